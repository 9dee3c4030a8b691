/** The image `tiny`: kernel, busybox and an SSH server in memory, for machines that are there to be reached. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCpio } from './cpio.ts'
import { tinyInit } from './init-tiny.ts'
import { addModules } from './kernel-files.ts'
import type { Recipe, Workshop } from './recipe.ts'
import { addFile, addFolder, addLink, cpioEntries, makeTree, type Tree } from './tree.ts'

const earlyModules = ['qemu_fw_cfg', 'virtio_net']
/** How virtio devices are found: on PCI, or on a board without it. */
const transports = ['virtio_pci', 'virtio_mmio']
const laterModules = ['evdev', 'button', '8021q', 'virtio_blk', 'virtio_rng', 'dummy', 'vxlan', 'bridge']

export const tinyRecipe: Recipe = {
  name: 'tiny',
  guest: 'tiny',
  version: 1,
  texts: [tinyInit('', { early: [], pci: [], mmio: [] }), ...earlyModules, ...transports, ...laterModules],
  packages: ['busybox-static', 'dropbear-bin'],
  make: makeTiny,
}

async function makeTiny({ kernel, out, files }: Workshop): Promise<void> {
  const tree = makeTree()
  baseFolders(tree)
  const system = files(tree)
  await system.program('bin/busybox')
  await system.program('usr/sbin/dropbear')
  addUsers(tree, '/bin/sh')
  for (const name of ['sh', 'modprobe', 'mount', 'ip']) addLink(tree, `usr/bin/${name}`, 'busybox')
  addModules(tree, kernel.release, kernel.modules([...earlyModules, ...transports, ...laterModules]))
  addFile(
    tree,
    'init',
    tinyInit(kernel.release, {
      early: kernel.modules(earlyModules),
      pci: kernel.modules(['virtio_pci']),
      mmio: kernel.modules(['virtio_mmio']),
    }),
    0o755,
  )
  await writeFile(join(out, 'vmlinux'), kernel.vmlinux)
  await writeFile(join(out, 'initrd'), writeCpio(cpioEntries(tree)))
}

/** As Debian has it: everything under usr, with links at the old places. */
export function baseFolders(tree: Tree): void {
  for (const name of ['dev', 'proc', 'sys', 'run', 'etc', 'mnt', 'var']) addFolder(tree, name)
  addFolder(tree, 'root', 0o700)
  addFolder(tree, 'tmp', 0o1777)
  addFolder(tree, 'usr/lib64')
  for (const name of ['bin', 'lib', 'lib64']) addLink(tree, name, `usr/${name}`)
  addLink(tree, 'sbin', 'usr/bin')
  addLink(tree, 'usr/sbin', 'bin')
}

export function addUsers(tree: Tree, shell: string): void {
  addFile(
    tree,
    'etc/passwd',
    `root:x:0:0:root:/root:${shell}\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n`,
  )
  addFile(tree, 'etc/group', 'root:x:0:\nnogroup:x:65534:\n')
  addFile(tree, 'etc/shells', '/bin/sh\n/bin/bash\n')
}
