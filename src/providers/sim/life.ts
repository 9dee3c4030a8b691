/** The life of simulated machines: each function takes a park and gives the park after one event. Pure. */
import type { MachineOrder } from '../provider.ts'
import { fail } from './errors.ts'
import {
  findMachine,
  levelOf,
  type Park,
  pausedAt,
  type SimFile,
  type SimHardware,
  type SimMachine,
  withLevel,
  withMachine,
  withoutInside,
  withoutMachine,
} from './park.ts'
import { bootTimeMs, crashTimeMs, rehearsalOf, shutdownMs } from './rehearsals.ts'

/** Of the simulated host: more than any one machine has a use for. */
const hostMemoryMiB = 1024 * 1024

/** Which machine: the level's owner and the machine's name there. */
export interface Place {
  readonly owner: string
  readonly name: string
}

export function pathOf(place: Place): string {
  return place.owner === '' ? place.name : `${place.owner}/${place.name}`
}

export function machineIn(park: Park, place: Place): SimMachine {
  const machine = findMachine(levelOf(park, place.owner), place.name)
  if (!machine) throw fail('machine-unknown', { machine: pathOf(place) })
  return machine
}

/** Tells one run of a machine from any other, also when the machine was made anew meanwhile. */
export const runOf = (machine: SimMachine) => `${machine.run}@${machine.runSinceMs ?? machine.bootedAtMs}`

export function isUp(machine: SimMachine, nowMs: number): boolean {
  if (machine.state !== 'running' || machine.isHung) return false
  return nowMs >= machine.bootedAtMs + bootTimeMs(machine.hardware)
}

export function keep(park: Park, owner: string, machine: SimMachine): Park {
  return withLevel(park, withMachine(levelOf(park, owner), machine))
}

/** What has happened by itself until `nowMs`: crashes, shutdowns and reboots that were due. */
export function settle(park: Park, nowMs: number): Park {
  let settled = park
  for (const { owner } of park.levels) {
    if (pausedAt(settled, owner) !== undefined) continue
    // Read again each time: a hypervisor that ended a moment ago took the levels inside it along.
    for (const machine of levelOf(settled, owner).machines)
      settled = settleOne(settled, { owner, machine, nowMs })
  }
  return settled
}

function settleOne(park: Park, due: { owner: string; machine: SimMachine; nowMs: number }): Park {
  const { owner, machine, nowMs } = due
  const { ending, ...rest } = machine
  if (!ending || ending.atMs > nowMs || machine.state === 'paused') return park
  const emptied = withoutInside(park, machine.hardware.path)
  if (ending.as !== 'reboot')
    return keep(emptied, owner, { ...rest, state: ending.as, endedAtMs: ending.atMs })
  const rebooted = running(rest, ending.atMs)
  return settleOne(keep(emptied, owner, rebooted), { owner, machine: rebooted, nowMs })
}

function running(machine: SimMachine, atMs: number): SimMachine {
  const rest = withoutRun(machine)
  const crashMs = crashTimeMs(machine.hardware)
  const begun = { ...rest, state: 'running', run: machine.run + 1, bootedAtMs: atMs, files: [] } as const
  return crashMs === undefined ? begun : { ...begun, ending: { atMs: atMs + crashMs, as: 'crashed' } }
}

/** Without what belongs to one run only. */
function withoutRun(machine: SimMachine) {
  const { ending, endedAtMs, pausedAtMs, runSinceMs, beginsAt, isHung, ...rest } = machine
  return rest
}

export function created(park: Park, owner: string, order: MachineOrder): Park {
  const hardware = hardwareOf(order)
  const machine = pathOf({ owner, name: hardware.name })
  const there = findMachine(levelOf(park, owner), hardware.name)
  if (there && there.digest === order.digest) return park
  if (there) throw fail('machine-exists', { machine })
  if (rehearsalOf(hardware.name) === 'too-big' || hardware.memoryMiB > hostMemoryMiB) {
    throw fail('does-not-fit', { machine, memoryMiB: hardware.memoryMiB })
  }
  const { settings } = order.boot
  const { frozen } = order
  const kept = frozen?.machine.memory && frozen.machine.files.memory
  return keep(park, owner, {
    hardware,
    settings,
    digest: order.digest,
    state: 'created',
    run: 0,
    bootedAtMs: 0,
    files: [],
    refusedRemovals: 0,
    ...(frozen && kept && { beginsAt: { folder: frozen.folder, sha256: kept.sha256 } }),
  })
}

function hardwareOf({ machine }: MachineOrder): SimHardware {
  const { path, name, uuid, level, cpus, memoryMiB, nics } = machine
  return { path, name, uuid, level, cpus, memoryMiB, nics, hypervisor: machine.hypervisor !== undefined }
}

export function started(park: Park, place: Place, nowMs: number): Park {
  const machine = machineIn(park, place)
  if (machine.state === 'running') return park
  refuseStart(park, place, machine)
  return keep(park, place.owner, running(machine, nowMs))
}

export function refuseStart(park: Park, place: Place, machine: SimMachine): void {
  const level = levelOf(park, place.owner)
  for (const { switchName } of machine.hardware.nics) {
    if (level.switches.some((each) => each.wanted.name === switchName)) continue
    throw fail('no-such-switch', { machine: pathOf(place), switchName })
  }
  if (rehearsalOf(place.name) === 'no-start') throw fail('cannot-start', { machine: pathOf(place) })
}

/** The guest was asked to end (power button, `poweroff`, `reboot`); a guest that is not up does not listen. */
export function asked(park: Park, place: Place, wish: { nowMs: number; as: 'stopped' | 'reboot' }): Park {
  const machine = machineIn(park, place)
  if (!isUp(machine, wish.nowMs) || rehearsalOf(place.name) === 'ignores-shutdown') return park
  const due = wish.nowMs + shutdownMs
  if (machine.ending && machine.ending.atMs <= due) return park
  return keep(park, place.owner, { ...machine, ending: { atMs: due, as: wish.as } })
}

/** A guest changed its files. */
export function withFiles(
  park: Park,
  place: Place,
  edit: (files: readonly SimFile[]) => readonly SimFile[],
): Park {
  const machine = machineIn(park, place)
  return keep(park, place.owner, { ...machine, files: edit(machine.files) })
}

export function poweredOff(park: Park, place: Place, nowMs: number): Park {
  const machine = machineIn(park, place)
  if (machine.state === 'created' || machine.state === 'stopped') return park
  const endedAtMs = machine.endedAtMs ?? machine.pausedAtMs ?? nowMs
  return keep(withoutInside(park, machine.hardware.path), place.owner, {
    ...withoutRun(machine),
    state: 'stopped',
    endedAtMs,
  })
}

/** Also true for the first removal of a machine named `stuck`, which is refused: then `refused` is set. */
export function removed(
  park: Park,
  place: Place,
  nowMs: number,
): { readonly park: Park; readonly refused: boolean } {
  const level = levelOf(park, place.owner)
  const machine = findMachine(level, place.name)
  if (!machine) return { park, refused: false }
  const off = poweredOff(park, place, nowMs)
  if (rehearsalOf(place.name) === 'stuck' && machine.refusedRemovals === 0) {
    const stays = { ...machineIn(off, place), refusedRemovals: 1 }
    return { park: keep(off, place.owner, stays), refused: true }
  }
  return { park: withLevel(off, withoutMachine(levelOf(off, place.owner), place.name)), refused: false }
}
