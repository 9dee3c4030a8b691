/** Picks programs, their libraries and other files out of unpacked packages. */
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { neededLibraries } from './elf.ts'
import { addFile, type Tree } from './tree.ts'

const libraryFolders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu']
const loader = 'lib64/ld-linux-x86-64.so.2'

/** Adds files to `tree` under `usr/`; `lib`, `bin` and so on are links there (as in Debian). */
export class SystemFiles {
  readonly #unpacked: string
  readonly #tree: Tree
  readonly #libraries = new Set<string>()

  constructor(unpacked: string, tree: Tree) {
    this.#unpacked = unpacked
    this.#tree = tree
  }

  /** `from` is the path in its package; it lands in `usr/bin` unless `to` says otherwise. */
  async program(from: string, to = `usr/bin/${basename(from)}`): Promise<void> {
    const content = await this.#read(from)
    addFile(this.#tree, to, content, 0o755)
    for (const library of neededLibraries(content)) await this.#library(library)
  }

  async data(from: string, to = from): Promise<void> {
    addFile(this.#tree, to, await this.#read(from))
  }

  async read(from: string): Promise<Buffer> {
    return this.#read(from)
  }

  async #library(name: string): Promise<void> {
    if (this.#libraries.has(name)) return
    this.#libraries.add(name)
    if (name === basename(loader)) {
      addFile(this.#tree, `usr/${loader}`, await this.#read(await this.#find(name)), 0o755)
      return
    }
    const path = await this.#find(name)
    const content = await this.#read(path)
    addFile(this.#tree, `usr/lib/x86_64-linux-gnu/${name}`, content, 0o755)
    for (const needed of neededLibraries(content)) await this.#library(needed)
    // Every program names the loader in its header, few in their list of libraries.
    await this.#library(basename(loader))
  }

  async #find(name: string): Promise<string> {
    for (const folder of libraryFolders) {
      const path = `${folder}/${name}`
      if (await this.#exists(path)) return path
    }
    throw new Error(`the library ${name} is in none of the packages`)
  }

  async #exists(path: string): Promise<boolean> {
    return lstat(join(this.#unpacked, path)).then(
      () => true,
      () => false,
    )
  }

  /** Links in packages may be absolute, meaning the guest's root; they must stay among the unpacked files. */
  async #read(path: string): Promise<Buffer> {
    const place = await this.#follow(path)
    const root = await realpath(this.#unpacked)
    const real = place && (await realpath(place).catch(() => undefined))
    if (!real || relative(root, real).startsWith('..')) throw new Error(`${path} is in none of the packages`)
    return readFile(real)
  }

  /** Newer packages have under `usr` what older ones have at the top. */
  async #follow(path: string): Promise<string | undefined> {
    for (const candidate of [path, `usr/${path}`]) {
      const place = join(this.#unpacked, candidate)
      if (!(await this.#exists(candidate))) continue
      const target = await readlink(place).catch(() => undefined)
      return target?.startsWith('/') ? join(this.#unpacked, target) : place
    }
    return undefined
  }
}

/** All files below a folder whose names end so, as paths in that folder's own terms. */
export async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
