/** A place of its own for each test of the QEMU provider at level 0, with a real switch process. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openLocalHost } from '#host'
import type { Boot, Machine, Nic } from '#lab'
import type { MachineOrder, Provider } from '#providers'
import { type LevelPaths, levelPaths, type MachinePaths, machinePaths, type Roots } from '#store'
import { openQemuProvider, openUserSwitchPlane } from '../../src/providers/qemu/index.ts'
import { bootDisk } from './boot-sector.ts'

export const signal = new AbortController().signal

/** Between two looks, so that looking does not slow down what is waited for. */
const lookAgainMs = 20

const entry = new URL('../../src/switch/live-main.ts', import.meta.url).pathname
const uplinkEntry = new URL('../../src/providers/qemu/uplinks/serve-main.ts', import.meta.url).pathname

export interface Bench {
  readonly provider: Provider
  /** A later command: another object that knows only what is on disk. */
  readonly again: (random?: () => number) => Provider
  /** Level 0 of another lab, with switches of its own. */
  readonly other: (lab: string) => Provider
  readonly roots: Roots
  readonly images: string
  readonly level: LevelPaths
  readonly paths: (machine: string) => MachinePaths
  readonly close: () => Promise<void>
}

export async function openBench(): Promise<Bench> {
  // A comma is the one character that QEMU's options do not take as it is.
  const home = await mkdtemp(join(tmpdir(), 'nestlab-q,'))
  const roots = { state: join(home, 'state'), run: join(home, 'run') }
  const images = join(home, 'images')
  const level = levelPaths(roots, 'demo')
  const host = openLocalHost()
  const open = (lab: string, random: () => number = Math.random) =>
    openQemuProvider({
      lab,
      host,
      roots,
      imagesFolder: images,
      accelerator: { name: 'tcg', cpuModel: 'max' },
      network: openUserSwitchPlane({
        host,
        lab,
        level: levelPaths(roots, lab),
        roots,
        node: process.execPath,
        entry,
        uplinkEntry,
      }),
      sandbox: true,
      random,
      nowMs: Date.now,
    })
  const again = (random?: () => number) => open('demo', random)
  const provider = again()
  const others: Provider[] = []
  const other = (lab: string) => {
    const opened = open(lab)
    others.push(opened)
    return opened
  }
  const close = async () => {
    for (const one of [provider, ...others]) await takeAway(one)
    await rm(home, { recursive: true, force: true })
  }
  const paths = (machine: string) => machinePaths(level, machine)
  return { provider, again, other, roots, images, level, paths, close }
}

async function takeAway(provider: Provider): Promise<void> {
  const { machines, switches } = await provider.inspect(signal)
  for (const { name } of machines) await provider.remove(name, signal)
  for (const { name } of switches) await provider.dropSwitch(name, signal)
  await provider.clear(signal)
}

/** Adds an image of one file to the image folder; returns its digest. */
export async function addImage(images: string, file: string, content: Uint8Array | string): Promise<string> {
  const image = createHash('sha256').update(content).digest('hex')
  await mkdir(join(images, image), { recursive: true })
  await writeFile(join(images, image, file), content)
  return image
}

/** Boots the boot sector from a disk. */
export async function bootable({ images }: Pick<Bench, 'images'>): Promise<Boot> {
  const image = await addImage(images, 'boot.img', bootDisk())
  const source = { image, file: 'boot.img' }
  return { settings: '', disks: [{ kind: 'image', source, format: 'raw', overlay: true }] }
}

export function orderOf(name: string, boot: Boot, plug: Pick<Nic, 'switchName' | 'portgroup'>): MachineOrder {
  const hash = createHash('sha256').update(name).digest('hex')
  const machine: Machine = {
    path: name,
    name,
    level: 1,
    uuid: hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5'),
    image: { from: 'catalogue', name: 'tiny' },
    cpus: 1,
    memoryMiB: 32,
    nics: [{ name: 'nic0', ...plug, mac: `52:54:00:${hash.replace(/^(..)(..)(..).*/, '$1:$2:$3')}` }],
  }
  return { machine, boot, digest: 'd1' }
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(60_000)
  while (!(await holds())) {
    if (limit.aborted) throw new Error(`waited too long until ${what}`)
    await setTimeout(lookAgainMs)
  }
}
