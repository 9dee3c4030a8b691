/** Simulated machines that stand still, and what is kept of them: each function takes a park and gives one. Pure. */
import { keep, machineIn, type Place, pathOf, refuseStart } from './life.ts'
import { type Park, type SimLevel, type SimMachine, withLevel, withoutInside } from './park.ts'
import { rehearsalOf } from './rehearsals.ts'

/** Changes when what was kept by one version of the simulation cannot be used by another. */
export const simulationVersion = '1'

/** All that is remembered of a machine and of everything inside it. */
export interface KeptMemory {
  readonly simulation: string
  readonly atMs: number
  readonly machine: SimMachine
  readonly levels: readonly SimLevel[]
}

/** One that does not run stays as it is. */
export function paused(park: Park, place: Place, nowMs: number): Park {
  const machine = machineIn(park, place)
  if (machine.state !== 'running') return park
  return keep(park, place.owner, { ...machine, state: 'paused', pausedAtMs: nowMs })
}

/** For what goes on, no time has passed. */
export function resumed(park: Park, place: Place, nowMs: number): Park {
  const machine = machineIn(park, place)
  if (machine.state !== 'paused') return park
  const { pausedAtMs = nowMs, ...rest } = later(machine, nowMs - (machine.pausedAtMs ?? nowMs))
  const running: SimMachine = { ...rest, state: 'running' }
  const inside = levelsIn(park, pathOf(place)).map((level) => levelLater(level, nowMs - pausedAtMs))
  return inside.reduce(withLevel, keep(park, place.owner, running))
}

/** Of a machine that has power. */
export function memoryOf(park: Park, place: Place, nowMs: number): KeptMemory {
  const machine = machineIn(park, place)
  const { pausedAtMs = nowMs, ...rest } = machine
  return {
    simulation: simulationVersion,
    atMs: pausedAtMs,
    machine: { ...rest, state: 'running' },
    levels: levelsIn(park, pathOf(place)),
  }
}

/** The machine is what the kept one was, and stands still at that instant. */
export function thawed(park: Park, place: Place, kept: KeptMemory & { readonly nowMs: number }): Park {
  const { nowMs, atMs, levels } = kept
  const machine = machineIn(park, place)
  if (machine.state !== 'created') return park
  refuseStart(park, place, machine)
  const { runSinceMs, ...memory } = later(kept.machine, nowMs - atMs)
  const isHung = rehearsalOf(place.name) === 'never-wakes'
  const standing: SimMachine = {
    ...memory,
    hardware: machine.hardware,
    digest: machine.digest,
    state: 'paused',
    pausedAtMs: nowMs,
    // Another run than that of the kept one, which may be there, too.
    run: memory.run + 1,
    ...(isHung && { isHung }),
  }
  const emptied = withoutInside(park, pathOf(place))
  const inside = levels.map((level) => levelLater(level, nowMs - atMs))
  return inside.reduce(withLevel, keep(emptied, place.owner, standing))
}

function levelsIn({ levels }: Park, path: string): SimLevel[] {
  return levels.filter(({ owner }) => owner === path || owner.startsWith(`${path}/`))
}

function levelLater(level: SimLevel, byMs: number): SimLevel {
  return { ...level, machines: level.machines.map((machine) => later(machine, byMs)) }
}

/** The machine as if all that happened to it had happened later; it is still the same run. */
function later(machine: SimMachine, byMs: number): SimMachine {
  const { bootedAtMs, endedAtMs, ending, runSinceMs = bootedAtMs } = machine
  return {
    ...machine,
    bootedAtMs: bootedAtMs + byMs,
    runSinceMs,
    ...(endedAtMs !== undefined && { endedAtMs: endedAtMs + byMs }),
    ...(ending && { ending: { ...ending, atMs: ending.atMs + byMs } }),
  }
}
