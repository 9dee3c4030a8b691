/** The kernel of an image, and those of its modules that the image can use. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KernelModule, moduleIndex, moduleName, readModule, withDependencies } from './modules.ts'
import { filesBelow } from './system-files.ts'
import { addFile, type Tree } from './tree.ts'
import { vmlinuxOf } from './vmlinux.ts'

export interface KernelFiles {
  readonly release: string
  readonly vmlinux: Buffer
  /** With everything they need, in an order in which they can be loaded. */
  modules(wanted: readonly string[]): readonly KernelModule[]
}

export async function openKernel(unpacked: string): Promise<KernelFiles> {
  const [release = ''] = await readdir(join(unpacked, 'lib/modules')).catch(() =>
    readdir(join(unpacked, 'usr/lib/modules')),
  )
  const bzImage = await readFile(join(unpacked, 'boot', `vmlinuz-${release}`))
  const roots = [join(unpacked, 'lib/modules', release), join(unpacked, 'usr/lib/modules', release)]
  const found = await Promise.all(roots.map((root) => filesBelow(root, '.ko').catch(() => [])))
  const files = new Map(found.flat().map((file) => [moduleName(file), file]))
  const contents = new Map<string, Buffer>()
  for (const [name, file] of files) contents.set(name, await readFile(file))
  const load = (name: string): KernelModule => {
    const content = contents.get(name)
    if (!content) throw new Error(`the kernel has no module ${name}`)
    return readModule(name, content)
  }
  return {
    release,
    vmlinux: vmlinuxOf(bzImage),
    modules: (wanted) => withDependencies(wanted, load),
  }
}

/** Where modprobe looks for them. */
export function addModules(tree: Tree, release: string, modules: readonly KernelModule[]): void {
  const folder = `usr/lib/modules/${release}`
  for (const { name, content } of modules) addFile(tree, `${folder}/${name}.ko`, content)
  const { dep, alias } = moduleIndex(modules)
  addFile(tree, `${folder}/modules.dep`, dep)
  addFile(tree, `${folder}/modules.alias`, alias)
}
