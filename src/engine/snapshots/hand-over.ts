/** Hands a lab that is kept warm to another installation, and takes in one that came from there. */
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabKeys } from '#guests'
import type { Boot, ResolvedLab } from '#lab'
import type { FrozenMachine } from '#providers'
import {
  beginFrozen,
  frozenPaths,
  loadWarmKeys,
  lockLab,
  removeFrozen,
  saveFrozen,
  saveWarmKeys,
  settleFrozen,
} from '#store'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { imagesOf } from '../images.ts'
import { indexLab } from '../lab-index.ts'
import { madeFrom } from '../made.ts'
import { Reach } from '../reach.ts'
import { collectInstants } from './collect.ts'
import { bytesOf, type FrozenLab, needFrozen, newFrozenId, sourcesOf } from './frozen-lab.ts'
import {
  hardwareDigest,
  type MachineFiles,
  otherHardware,
  type PortableInstant,
  readInstant,
  readKeys,
  unfit,
} from './portable.ts'
import { loadWarm, saveWarm, type Warm, warmDigest } from './warm-list.ts'

export interface HandedOut {
  readonly instant: PortableInstant
  /** Whoever takes the lab in needs them once. Secrets, unless nothing but this instant has them. */
  readonly keys: LabKeys
  readonly machines: readonly {
    readonly name: string
    /** Absolute. */
    readonly folder: string
    readonly boot: Boot
    readonly files: MachineFiles
  }[]
}

/** The instant of a lab that is kept warm, as long as its images are those it was made from; undefined: there is none. */
export async function handOut(
  { roots, guests }: Surroundings,
  lab: ResolvedLab,
): Promise<HandedOut | undefined> {
  const digest = warmDigest(lab, await imagesOf(guests, lab))
  const warm = (await loadWarm(roots)).find((one) => one.digest === digest)
  const keys = warm && (await loadWarmKeys(roots, warm.id))
  if (!warm || !keys) return undefined
  const frozen = await needFrozen(roots, warm.id, lab.name)
  const machines: HandedOut['machines'][number][] = []
  const told: PortableInstant['machines'][number][] = []
  for (const { machine, folder } of sourcesOf(roots, frozen)) {
    const wanted = lab.top.machines.find(({ name }) => name === machine.name)
    if (!wanted || !machine.memory) throw fail('not-warm', { lab: lab.name, paths: [machine.name] })
    const boot = await guests.boot(lab, wanted, keys)
    machines.push({ name: machine.name, folder, boot, files: machine.files })
    told.push({ name: machine.name, memory: machine.memory, hardware: hardwareDigest(wanted, boot) })
  }
  const { atMs, insideName } = frozen
  return { instant: { version: 1, atMs, insideName, machines: told }, keys, machines }
}

/** What came from elsewhere; nothing of it is believed. */
export interface TakingIn {
  /** As its machines are: made from the lab file that came with it, under the name that it gets here. */
  readonly lab: ResolvedLab
  /** As the next `up` will read it. */
  readonly asRead: ResolvedLab
  readonly instant: unknown
  readonly keys: unknown
  /** Absolute; one folder a machine, whose files become the store's. */
  readonly folder: string
  /** By machine; measured here. */
  readonly files: ReadonlyMap<string, MachineFiles>
}

/**
 * The next `up` of the lab goes on from there, with new keys. Fails with `instant-unfit`, `snapshot-misfits` and
 * `warm-there`; nothing of it is kept then.
 */
export async function takeIn(surroundings: Surroundings, of: TakingIn, run: RunOptions): Promise<Warm> {
  const { roots, guests } = surroundings
  const { lab, asRead } = of
  await using _lock = await lockLab(roots, lab.name, 'nestlab blueprint unpack')
  const digest = warmDigest(asRead, await imagesOf(guests, asRead))
  const there = (await loadWarm(roots)).find((one) => one.lab === lab.name)
  if (there?.digest === digest && there.isHandedOver) return there
  if (there) throw fail('warm-there', { lab: lab.name })
  await collectInstants(roots)
  const keys = readKeys(of.keys)
  const refused = (reason: string) => fail('instant-unfit', { lab: lab.name, reason })
  if (!keys) throw refused('the keys it is handed over with are no keys')
  const frozen = await checkedInstant(surroundings, of, { keys, refused })
  await refuseMisfits(surroundings, { lab, frozen, folder: of.folder }, run)
  await moveIn(surroundings, frozen, of.folder)
  const warm: Warm = {
    digest,
    id: frozen.id,
    lab: lab.name,
    atMs: frozen.atMs,
    bytes: bytesOf(frozen),
    isHandedOver: true,
  }
  // A warm lab without keys is forgotten when it is to be used; keys without one would stay.
  await saveWarm(roots, [...(await loadWarm(roots)), warm])
  await saveWarmKeys(roots, frozen.id, keys)
  await settleFrozen(roots, frozen.id)
  return warm
}

interface Checking {
  readonly keys: LabKeys
  readonly refused: (reason: string) => Error
}

/** The record is made here, out of the lab: of what came along only memory, devices and disks are used. */
async function checkedInstant(
  { guests }: Surroundings,
  { lab, instant: given, files }: TakingIn,
  { keys, refused }: Checking,
): Promise<FrozenLab> {
  const instant = readInstant(given)
  if (!instant) throw refused('its description is not as it should be')
  const boots = new Map<string, Boot>()
  for (const machine of lab.top.machines) boots.set(machine.name, await guests.boot(lab, machine, keys))
  const reason = unfit(instant, { lab, boots, files })
  if (reason) throw refused(reason)
  const others = otherHardware(instant, { lab, boots })
  if (others.length > 0) {
    const why = `This version or its tools give ${others.join(', ')} other hardware, images or kernel parameters.`
    throw fail('snapshot-misfits', { name: 'the blueprint', reasons: [why] })
  }
  const images = await imagesOf(guests, lab)
  const placed = [...indexLab(lab).machines.values()]
  const made = Object.fromEntries(placed.map((one) => [one.machine.path, madeFrom(one, lab, images)]))
  const machines = instant.machines.map(
    ({ name, memory }): FrozenMachine => ({
      name,
      digest: made[name]?.digest ?? '',
      memory,
      record: undefined,
      disks: indexesOf(files.get(name) ?? {}),
      files: files.get(name) ?? {},
    }),
  )
  const { atMs, insideName } = instant
  return { version: 1, id: newFrozenId(), atMs, lab, sourceFile: '', made, insideName, machines }
}

function indexesOf(files: MachineFiles): readonly number[] {
  return Object.keys(files).flatMap((file) => (file.startsWith('disk') ? [Number(file.slice(4))] : []))
}

async function refuseMisfits(
  surroundings: Surroundings,
  of: { readonly lab: ResolvedLab; readonly frozen: FrozenLab; readonly folder: string },
  { signal }: RunOptions,
): Promise<void> {
  const { lab, frozen, folder } = of
  const reach = new Reach(surroundings, { lab, keys: undefined }, signal)
  try {
    const { copies } = await reach.level('')
    if (!copies) throw fail('no-copies', { lab: lab.name, site: lab.site })
    const sources = frozen.machines.map((machine) => ({ folder: join(folder, machine.name), machine }))
    const reasons = await copies.misfits(sources, signal)
    if (reasons.length > 0) throw fail('snapshot-misfits', { name: 'the blueprint', reasons })
  } finally {
    await reach.close()
  }
}

/** What is cut off in here is not whole, and the next command takes it away. */
async function moveIn({ roots }: Surroundings, frozen: FrozenLab, from: string): Promise<void> {
  const paths = frozenPaths(roots, frozen.id)
  await beginFrozen(roots, frozen.id, frozen.lab.name)
  try {
    for (const { name, files } of frozen.machines) {
      await mkdir(paths.machine(name), { mode: 0o700 })
      for (const file of Object.keys(files))
        await rename(join(from, name, file), join(paths.machine(name), file))
    }
    await saveFrozen(roots, frozen.id, frozen)
  } catch (error) {
    await removeFrozen(roots, frozen.id).catch(() => undefined)
    throw error
  }
}
