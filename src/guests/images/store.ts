/** The image store: one folder an image, named by its SHA-256, and names that point at them. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, fail } from '../errors.ts'
import type { Image } from '../guest.ts'
import { hashFile } from './hash-file.ts'
import {
  imageOf,
  isSha256,
  type Manifest,
  manifestFile,
  manifestText,
  readManifest,
  sha256Of,
} from './manifest.ts'

export interface Stored extends Image {
  readonly manifest: Manifest
}

/** What `add` needs to know; the files' facts it finds out itself. */
export type NewImage = Omit<Manifest, 'format' | 'files'>

/** Names of all images in an image folder. */
export async function imageNames(imagesFolder: string): Promise<readonly string[]> {
  const files = await readdir(join(imagesFolder, 'names')).catch(() => [])
  return files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : [])).sort()
}

export class ImageStore {
  readonly #images: string
  readonly #scratch: string

  constructor(images: string, scratch: string) {
    this.#images = images
    this.#scratch = scratch
  }

  get folder(): string {
    return this.#images
  }

  get scratch(): string {
    return this.#scratch
  }

  names(): Promise<readonly string[]> {
    return imageNames(this.#images)
  }

  /** The image of that name, when all its files are there with their sizes. */
  async find(name: string): Promise<Stored | undefined> {
    if (!isImageName(name)) return undefined
    const text = await readFile(this.#nameFile(name), 'utf8').catch(() => undefined)
    const sha256 = text === undefined ? undefined : digestIn(text)
    return sha256 === undefined ? undefined : this.byDigest(sha256)
  }

  async byDigest(sha256: string): Promise<Stored | undefined> {
    const folder = join(this.#images, sha256)
    const text = await readFile(join(folder, manifestFile), 'utf8').catch(() => undefined)
    if (text === undefined || sha256Of(text) !== sha256) return undefined
    const manifest = readManifest(text)
    if (!manifest) return undefined
    for (const [file, { sizeBytes }] of Object.entries(manifest.files)) {
      const seen = await stat(join(folder, file)).catch(() => undefined)
      if (!seen?.isFile() || seen.size !== sizeBytes) return undefined
    }
    return { ...imageOf(manifest, sha256), manifest }
  }

  /** What is wrong with an image's files, each compared with its SHA-256; nothing = intact. */
  async verify(name: string, signal: AbortSignal): Promise<readonly string[]> {
    if (!(await this.names()).includes(name)) throw fail('image-unknown', { image: name })
    const sha256 = digestIn(await readFile(this.#nameFile(name), 'utf8'))
    if (sha256 === undefined) return ['the record of its name is damaged']
    const folder = join(this.#images, sha256)
    const text = await readFile(join(folder, manifestFile), 'utf8').catch(() => '')
    const manifest = sha256Of(text) === sha256 ? readManifest(text) : undefined
    if (!manifest) return [`${manifestFile} is missing or not the one it was`]
    const wrong: string[] = []
    for (const [file, { sha256: wanted }] of Object.entries(manifest.files)) {
      const found = await hashFile(join(folder, file), { signal }).catch((error: unknown) => {
        signal.throwIfAborted()
        return { sha256: errorCode(error) === 'ENOENT' ? 'missing' : 'unreadable' }
      })
      if (found.sha256 !== wanted) wrong.push(`${file} is ${found.sha256}, not ${wanted}`)
    }
    return wrong
  }

  /** Takes the name away, and the files unless another name means the same image. Resolves with the freed bytes. */
  async remove(name: string): Promise<number> {
    if (!(await this.names()).includes(name)) throw fail('image-unknown', { image: name })
    const sha256 = digestIn(await readFile(this.#nameFile(name), 'utf8'))
    await rm(this.#nameFile(name))
    if (sha256 === undefined || (await this.#isNamed(sha256))) return 0
    const folder = join(this.#images, sha256)
    const files = await readdir(folder).catch(() => [])
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size))
    await rm(folder, { recursive: true, force: true })
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  /** A folder of its own for half-finished work, taken away afterwards whatever happens. */
  async inScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
    const folder = await this.asWritten(async () => {
      await mkdir(this.#scratch, { recursive: true })
      return mkdtemp(join(this.#scratch, 'work-'))
    })
    try {
      return await this.asWritten(() => work(folder))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Moves a folder of files into the store, whole or not at all, under `image.name`. */
  async add(folder: string, image: NewImage): Promise<Stored> {
    return this.asWritten(async () => {
      const files: Record<string, Image['files'][string]> = {}
      for (const file of (await readdir(folder)).sort()) files[file] = await hashFile(join(folder, file))
      const manifest: Manifest = { format: 1, ...image, files }
      const text = manifestText(manifest)
      const sha256 = sha256Of(text)
      if (!(await this.byDigest(sha256))) {
        await writeFile(join(folder, manifestFile), text)
        await mkdir(this.#images, { recursive: true })
        await rm(join(this.#images, sha256), { recursive: true, force: true })
        await rename(folder, join(this.#images, sha256))
      }
      await this.#point(image.name, sha256)
      return { ...imageOf(manifest, sha256), manifest }
    })
  }

  /** Lets a name lead to an image that is there, unless it leads to another one; says whether it does now. */
  async claim(name: string, sha256: string): Promise<boolean> {
    return this.asWritten(async () => {
      if (!isImageName(name) || !(await this.byDigest(sha256))) return false
      if ((await this.names()).includes(name)) return (await this.find(name))?.sha256 === sha256
      await this.#point(name, sha256)
      return true
    })
  }

  async #point(name: string, sha256: string): Promise<void> {
    const file = this.#nameFile(name)
    await mkdir(join(this.#images, 'names'), { recursive: true })
    await writeFile(`${file}.new`, `${JSON.stringify({ sha256 })}\n`)
    await rename(`${file}.new`, file)
  }

  async #isNamed(sha256: string): Promise<boolean> {
    const texts = await Promise.all(
      (await this.names()).map((name) => readFile(this.#nameFile(name), 'utf8')),
    )
    return texts.some((text) => digestIn(text) === sha256)
  }

  #nameFile(name: string): string {
    return join(this.#images, 'names', `${name}.json`)
  }

  /** A full disk or a missing right, whatever was being done, is said in words about the store. */
  async asWritten<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const reason = unwritable[errorCode(error)]
      if (reason === undefined) throw error
      throw fail('store-unwritable', { folder: this.#images, reason }, error)
    }
  }
}

const unwritable: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
}

export function isImageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,62}$/.test(name)
}

function digestIn(text: string): string | undefined {
  try {
    const { sha256 }: { sha256?: unknown } = JSON.parse(text)
    return isSha256(sha256) ? sha256 : undefined
  } catch {
    return undefined
  }
}
