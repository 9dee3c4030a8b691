/** The library: one read-only disk with all the images that hypervisors of a lab hand to machines inside them. */
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ImageFile, type Level, type Machine, machinesOf, type ResolvedLab } from '#lab'
import { makeErofs } from './build/erofs.ts'
import type { Image } from './guest.ts'
import { hashFile } from './images/hash-file.ts'
import { isSha256, sha256Of } from './images/manifest.ts'
import type { ImageStore } from './images/store.ts'

export const libraryFile = 'library.img'

/** Machines at level 2 and further in. */
export function innerMachines(lab: ResolvedLab): readonly Machine[] {
  const inside = lab.top.machines.flatMap(({ hypervisor }) => (hypervisor ? [hypervisor.inside] : []))
  return inside.flatMap((level: Level) => [...machinesOf(level)])
}

/** The library of these images, when it is there. */
export async function findLibrary(
  store: ImageStore,
  images: readonly Image[],
): Promise<ImageFile | undefined> {
  const text = await readFile(recordFile(store, images), 'utf8').catch(() => '')
  const sha256 = text.trim()
  if (!isSha256(sha256)) return undefined
  const seen = await stat(join(store.folder, sha256, libraryFile)).catch(() => undefined)
  return seen?.isFile() ? { image: sha256, file: libraryFile } : undefined
}

export async function makeLibrary(
  store: ImageStore,
  images: readonly Image[],
  signal: AbortSignal,
): Promise<ImageFile> {
  const there = await findLibrary(store, images)
  if (there) return there
  return store.inScratch(async (scratch) => {
    const staging = join(scratch, 'staging')
    const out = join(scratch, 'out')
    await mkdir(out)
    for (const { sha256, files } of sorted(images)) {
      await mkdir(join(staging, sha256), { recursive: true })
      for (const file of Object.keys(files).sort()) {
        await link(join(store.folder, sha256, file), join(staging, sha256, file))
      }
    }
    const file = join(out, libraryFile)
    await makeErofs({ folder: staging, file, signal })
    const { sha256 } = await hashFile(file, { signal })
    await rm(join(store.folder, sha256), { recursive: true, force: true })
    await rename(out, join(store.folder, sha256))
    await mkdir(join(store.folder, 'libraries'), { recursive: true })
    await writeFile(recordFile(store, images), `${sha256}\n`)
    return { image: sha256, file: libraryFile }
  })
}

/** Takes away the libraries that hold an image, since they could not be made again without it. */
export async function dropLibrariesOf(store: ImageStore, sha256: string): Promise<void> {
  const folder = join(store.folder, 'libraries')
  for (const record of await readdir(folder).catch(() => [])) {
    if (!record.split('+').includes(sha256.slice(0, 16))) continue
    const digest = (await readFile(join(folder, record), 'utf8')).trim()
    if (isSha256(digest)) await rm(join(store.folder, digest), { recursive: true, force: true })
    await rm(join(folder, record), { force: true })
  }
}

/** Named by the images within, shortened: the file system allows 255 bytes. */
function recordFile(store: ImageStore, images: readonly Image[]): string {
  const digests = sorted(images).map(({ sha256 }) => sha256)
  const name = digests.map((digest) => digest.slice(0, 16)).join('+')
  const short = name.length <= 200 ? name : sha256Of(digests.join())
  return join(store.folder, 'libraries', short)
}

function sorted(images: readonly Image[]): readonly Image[] {
  return [...new Map(images.map((image) => [image.sha256, image])).values()].sort((a, b) =>
    a.sha256 < b.sha256 ? -1 : 1,
  )
}
