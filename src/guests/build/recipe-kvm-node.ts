/** The image `kvm-node`: a hypervisor whose system stays on a read-only disk, so that its memory is for machines. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeCpio } from './cpio.ts'
import { makeErofs } from './erofs.ts'
import { kvmNodeInit, kvmNodeStage } from './init-kvm-node.ts'
import { addModules, type KernelFiles } from './kernel-files.ts'
import { kvmProof } from './kvm-proof.ts'
import type { Recipe, Workshop } from './recipe.ts'
import { addUsers, baseFolders } from './recipe-tiny.ts'
import { runTool } from './run-tool.ts'
import type { SystemFiles } from './system-files.ts'
import { addFile, addFolder, addLink, cpioEntries, makeTree, type Tree, writeTree } from './tree.ts'

const stageModules = ['virtio_pci', 'virtio_blk', 'erofs']
/** Loaded already by the time process 1 starts, so left out of its list. */
const earlyModules = ['qemu_fw_cfg', 'virtio_net', 'kvm']
const network = [
  'tun',
  'tap',
  'bridge',
  'br_netfilter',
  '8021q',
  'vxlan',
  'dummy',
  'veth',
  'macvlan',
  'vhost_net',
]
const filters = [
  ...[
    'nf_tables',
    'nft_meta_bridge',
    'nft_objref',
    'nft_reject_bridge',
    'nf_conntrack_bridge',
    'nft_reject_inet',
    'nft_ct',
  ],
  ...['nft_chain_nat', 'nft_masq', 'nft_nat', 'nft_limit', 'nft_counter', 'nft_log', 'nft_fib_inet'],
  ...['nft_dup_netdev', 'nft_fwd_netdev'],
]
const rest = ['kvm_amd', 'kvm_intel', 'evdev', 'button', 'virtio_console', 'virtio_rng', 'isofs', 'overlay']
/** Bad links of ports (`nestlab net impair`), and the log that drops are captured from. */
const conditions = ['sch_netem', 'sch_ingress', 'ifb', 'cls_matchall', 'act_mirred', 'nfnetlink_log']
/** Built into the kernel of some releases, a module in others. */
const perhaps = new Set(['nft_counter'])

const programs = [
  ...[
    'bin/busybox',
    'usr/sbin/dropbear',
    'usr/bin/qemu-system-x86_64',
    'usr/bin/qemu-img',
    'usr/sbin/qemu-ga',
  ],
  ...[
    'bin/ip',
    'sbin/bridge',
    'sbin/tc',
    'usr/sbin/nft',
    'usr/bin/socat',
    'usr/bin/tcpdump',
    'bin/dash',
    'bin/bash',
  ],
]
const firmware = ['linuxboot_dma.bin', 'kvmvapic.bin', 'pvh.bin', 'qboot.rom']
/**
 * The guest agent calls it, with words that busybox does not know, and takes a child that ends with the system for one
 * that failed: so it answers first.
 */
const shutdownScript = `#!/bin/sh
(sleep 0.2; exec poweroff) < /dev/null > /dev/null 2>&1 &
`

const profile = `export PATH=/usr/bin PS1='\\h:\\w# '
if [ -z "$BASH_VERSION" ] && [ -t 0 ]; then exec bash -l; fi
`

const emulation = 'usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so'

export const kvmNodeRecipe: Recipe = {
  name: 'kvm-node',
  guest: 'kvm-node',
  version: 4,
  texts: [
    kvmNodeInit('', []),
    kvmNodeStage('', []),
    ...programs,
    ...network,
    ...filters,
    ...conditions,
    ...rest,
  ],
  packages: [
    ...[
      'busybox-static',
      'dropbear-bin',
      'dash',
      'bash',
      'qemu-system-x86',
      'qemu-utils',
      'qemu-guest-agent',
    ],
    ...['iproute2', 'nftables', 'socat', 'tcpdump'],
  ],
  make: makeKvmNode,
}

async function makeKvmNode(workshop: Workshop): Promise<void> {
  const { kernel, out, staging, signal } = workshop
  const root = makeTree()
  baseFolders(root)
  const system = workshop.files(root)
  for (const program of programs) await system.program(program)
  await addMachineFiles(root, system)
  await addShells(root, workshop)
  const wanted = [...stageModules, ...earlyModules, ...network, ...filters, ...conditions, ...rest]
  addModules(root, kernel.release, modulesThere(kernel, wanted))
  const inStage = new Set(kernel.modules(stageModules).map(({ name }) => name))
  const early = kernel.modules(earlyModules).filter(({ name }) => !inStage.has(name))
  addFile(root, 'usr/bin/shutdown', shutdownScript, 0o755)
  addFile(root, 'usr/bin/nestlab-init', kvmNodeInit(kernel.release, early), 0o755)
  await writeTree(root, staging)
  await makeErofs({ folder: staging, file: join(out, 'root.erofs'), signal })
  await writeFile(join(out, 'vmlinux'), kernel.vmlinux)
  await writeFile(join(out, 'initrd'), await stage(workshop))
}

async function stage({ kernel, files }: Workshop): Promise<Buffer> {
  const tree = makeTree()
  baseFolders(tree)
  addFolder(tree, 'root-disk')
  await files(tree).program('bin/busybox')
  for (const name of ['sh', 'mount', 'insmod']) addLink(tree, `usr/bin/${name}`, 'busybox')
  const modules = kernel.modules(stageModules)
  for (const { name, content } of modules)
    addFile(tree, `usr/lib/modules/${kernel.release}/${name}.ko`, content)
  addFile(tree, 'init', kvmNodeStage(kernel.release, modules), 0o755)
  return writeCpio(cpioEntries(tree))
}

function modulesThere(kernel: KernelFiles, wanted: readonly string[]) {
  const there = wanted.filter((name) => !perhaps.has(name) || hasModule(kernel, name))
  return kernel.modules(there)
}

function hasModule(kernel: KernelFiles, name: string): boolean {
  try {
    return kernel.modules([name]).length > 0
  } catch {
    return false
  }
}

async function addMachineFiles(root: Tree, system: SystemFiles): Promise<void> {
  for (const name of firmware) await system.data(`usr/share/qemu/${name}`)
  await system.data('usr/share/seabios/bios-256k.bin', 'usr/share/qemu/bios-256k.bin')
  await system.program(emulation, emulation)
  addFile(root, 'usr/share/qemu/nestlab-proof.bin', kvmProof())
}

/** Commands run under dash, which looks into PATH (busybox's shell prefers its own `ip`); people get bash. */
async function addShells(root: Tree, { staging, signal, files }: Workshop): Promise<void> {
  addUsers(root, '/bin/sh')
  addLink(root, 'usr/bin/sh', 'dash')
  addFile(root, 'etc/profile', profile)
  addLink(root, 'etc/hosts', '/run/hosts')
  addLink(root, 'etc/resolv.conf', '/run/resolv.conf')
  for (const name of ['log', 'tmp', 'lib']) addLink(root, `var/${name}`, `/run/var/${name}`)
  addLink(root, 'var/run', '/run')
  const busybox = await files(makeTree()).read('bin/busybox')
  for (const applet of await appletsOf(busybox, staging, signal)) {
    const path = `usr/bin/${applet}`
    if (!root.has(path)) addLink(root, path, 'busybox')
  }
}

async function appletsOf(busybox: Buffer, staging: string, signal: AbortSignal): Promise<readonly string[]> {
  // It does what its name says.
  const program = join(`${staging}-tools`, 'busybox')
  await mkdir(dirname(program))
  await writeFile(program, busybox, { mode: 0o755 })
  const list = await runTool([program, '--list'], { signal })
  return list.split('\n').filter((name) => /^[a-z0-9_[-]+$/.test(name))
}
