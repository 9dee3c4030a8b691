/** A file tree in memory: what an image will hold, before it becomes an archive or a file system. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CpioEntry } from './cpio.ts'

export type Node =
  | { readonly kind: 'file'; readonly content: Uint8Array; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder'; readonly mode: number }

/** Keys are paths without a slash in front. */
export type Tree = Map<string, Node>

export function makeTree(): Tree {
  return new Map()
}

export function addFile(tree: Tree, path: string, content: Uint8Array | string, mode = 0o644): void {
  addFolders(tree, path)
  tree.set(path, {
    kind: 'file',
    content: typeof content === 'string' ? Buffer.from(content) : content,
    mode,
  })
}

export function addLink(tree: Tree, path: string, target: string): void {
  addFolders(tree, path)
  tree.set(path, { kind: 'link', target })
}

export function addFolder(tree: Tree, path: string, mode = 0o755): void {
  addFolders(tree, path)
  tree.set(path, { kind: 'folder', mode })
}

export function cpioEntries(tree: Tree): CpioEntry[] {
  return [...tree].map(([path, node]) => {
    if (node.kind === 'file') return { path, mode: 0o100000 | node.mode, content: node.content }
    if (node.kind === 'link') return { path, mode: 0o120777, content: Buffer.from(node.target) }
    return { path, mode: 0o040000 | node.mode, content: new Uint8Array() }
  })
}

/** In the order of the paths, so that tools that follow the folder's order see the same one every time. */
export async function writeTree(tree: Tree, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [path, node] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const place = join(folder, path)
    if (node.kind === 'folder') await mkdir(place, { recursive: true })
    else if (node.kind === 'link') await symlink(node.target, place)
    else await writeFile(place, node.content)
    if (node.kind !== 'link') await chmod(place, node.mode)
  }
}

function addFolders(tree: Tree, path: string): void {
  const folder = dirname(path)
  if (folder === '.' || tree.has(folder)) return
  addFolders(tree, folder)
  tree.set(folder, { kind: 'folder', mode: 0o755 })
}
