/** `migrate`: a running machine goes on inside another hypervisor of the lab, without being stopped. */
import type { LabKeys } from '#guests'
import type { Level, Machine } from '#lab'
import type { MachineMoves, Moved, Provider } from '#providers'
import { lockLab, saveLabRecord } from '#store'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { type EngineRecord, keysOf, needRecord } from '../lab-notes.ts'
import { Reach } from '../reach.ts'
import { nameOf, ownerOf, pathIn } from '../select.ts'
import { commonAddress, lacksMemory, lacksName, lacksNetworks, lacksProcessor } from './fits.ts'
import { machineAt, relocated, relocatedMade } from './relocate.ts'

export interface MoveWish {
  /** Path of the machine. */
  readonly path: string
  /** Path of the hypervisor that it goes to. */
  readonly to: string
}

export interface MoveDone extends Moved {
  /** Where it is now. */
  readonly path: string
}

export async function moveMachine(
  surroundings: Surroundings,
  of: { readonly lab: string; readonly wish: MoveWish },
  run: RunOptions,
): Promise<MoveDone> {
  const { roots, guests } = surroundings
  await using _lock = await lockLab(roots, of.lab, 'nestlab migrate')
  const record = await needRecord(roots, of.lab)
  const keys = await keysOf(roots, of.lab, guests)
  const reach = new Reach(surroundings, { ...record, keys }, run.signal)
  try {
    const parts = await partsOf(reach, of.wish)
    const moved = await move({ surroundings, reach, record, keys, parts }, of.wish, run)
    await noteMoved(surroundings, record, of.wish)
    return { ...moved, path: pathIn(of.wish.to, nameOf(of.wish.path)) }
  } finally {
    await reach.close()
  }
}

interface Side {
  readonly hypervisor: Machine
  readonly inside: Level
  readonly provider: Provider
  readonly moves: MachineMoves
}

interface Parts {
  readonly machine: Machine
  readonly from: Side
  readonly to: Side
}

async function partsOf(reach: Reach, { path, to }: MoveWish): Promise<Parts> {
  const { lab } = reach
  const machine = machineAt(lab.top, path)
  const paths = [...reach.index.machines.keys()]
  if (!machine) throw fail('no-such-machine', { lab: lab.name, path, paths })
  if (ownerOf(path) === '' || ownerOf(path) === to || to === path || to.startsWith(`${path}/`))
    throw fail('cannot-move', {
      path,
      to,
      reasons: ['Machines move from one hypervisor of the lab to another.'],
    })
  return { machine, from: await sideOf(reach, ownerOf(path), path), to: await sideOf(reach, to, path) }
}

async function sideOf(reach: Reach, owner: string, path: string): Promise<Side> {
  const { lab } = reach
  const hypervisor = machineAt(lab.top, owner)
  if (!hypervisor)
    throw fail('no-such-machine', { lab: lab.name, path: owner, paths: [...reach.index.machines.keys()] })
  const reasons = [`Nothing runs inside ${owner}.`]
  if (!hypervisor.hypervisor) throw fail('cannot-move', { path, to: owner, reasons })
  const provider = await reach.level(owner)
  const { moves } = provider
  if (!moves)
    throw fail('cannot-move', { path, to: owner, reasons: [`Machines inside ${owner} cannot move.`] })
  return { hypervisor, inside: hypervisor.hypervisor.inside, provider, moves }
}

interface Move {
  readonly surroundings: Surroundings
  readonly reach: Reach
  readonly record: EngineRecord
  readonly keys: LabKeys
  readonly parts: Parts
}

/** May be repeated after it was cut off: what has arrived and left is not sent again. */
async function move(one: Move, wish: MoveWish, { signal }: RunOptions): Promise<Moved> {
  const { machine, from, to } = one.parts
  const { name } = machine
  const [left, arrived] = await Promise.all([from.moves.state(name, signal), to.moves.state(name, signal)])
  let moved: Moved = { downtimeMs: 0, tookMs: 0, memoryBytes: 0 }
  if (!(left === 'gone' && arrived === 'arrived')) {
    await refuseMisfit(one.parts, wish, signal)
    const address = commonAddress(from.hypervisor, to.hypervisor) ?? ''
    const target = await to.moves.receive(await orderOf(one), address, signal)
    try {
      moved = await from.moves.send(name, target, signal)
    } catch (error) {
      await to.provider.remove(name, AbortSignal.timeout(removeLimitMs)).catch(() => undefined)
      throw error
    }
  }
  await to.moves.finish(name, signal)
  await from.provider.remove(name, signal)
  return moved
}

const removeLimitMs = 20_000

async function refuseMisfit(
  { machine, from, to }: Parts,
  wish: MoveWish,
  signal: AbortSignal,
): Promise<void> {
  const { owner } = to.inside
  const [here, there] = await Promise.all([from.moves.facts(signal), to.moves.facts(signal)])
  const state = await from.moves.state(machine.name, signal)
  const reasons = [
    ...(state === 'runs'
      ? []
      : [`${machine.path} does not run; machines that are stopped are moved in the lab file.`]),
    ...lacksName(machine, to.inside),
    ...lacksNetworks(machine, to.inside),
    ...lacksProcessor(here, there, owner),
    ...lacksMemory(machine, there, owner),
    ...(commonAddress(from.hypervisor, to.hypervisor)
      ? []
      : [
          `${from.inside.owner} and ${owner} have no addresses in one network over which the machine could be sent.`,
        ]),
  ]
  if (reasons.length > 0) throw fail('cannot-move', { ...wish, reasons })
}

async function orderOf({ surroundings, reach, record, keys, parts: { machine } }: Move) {
  const boot = await surroundings.guests.boot(reach.lab, machine, keys)
  const made = record.made?.[machine.path]
  if (!made)
    throw fail('cannot-move', {
      path: machine.path,
      to: '',
      reasons: ['It is not known what it was made from.'],
    })
  return { machine, boot, digest: made.digest }
}

async function noteMoved(
  { roots, clock }: Surroundings,
  record: EngineRecord,
  { path, to }: MoveWish,
): Promise<void> {
  const changed: EngineRecord = {
    ...record,
    lab: relocated(record.lab, path, to),
    made: relocatedMade(record.made ?? {}, path, to),
    savedAtMs: clock.nowMs(),
  }
  await saveLabRecord(roots, changed)
}
