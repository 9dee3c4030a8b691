/** The simulated machine park: a provider for tutorials, work on user interfaces and rehearsals of failures. */
import type { Machine } from '#lab'
import type { Provider } from '../provider.ts'
import { fastClock, type SimClock } from './clock.ts'
import { fail } from './errors.ts'
import { isUp, runOf, settle } from './life.ts'
import { machineAt, pausedAt } from './park.ts'
import { ParkFile } from './park-file.ts'
import { SimProvider } from './sim-provider.ts'

export { defaultSpeed, fastClock, type SimClock } from './clock.ts'
export { type Rehearsal, rehearsalOf } from './rehearsals.ts'

export interface SimOptions {
  readonly lab: string
  /** The simulation file: `labPaths().simulation`. */
  readonly file: string
  /** Default: real time, ten times as fast. */
  readonly clock?: SimClock
}

/** The provider of level 0. Rejects when the simulation file is damaged. */
export async function openSimProvider(options: SimOptions): Promise<Provider> {
  const park = new ParkFile(options.file, options.lab)
  await park.read()
  return new SimProvider({ park, clock: options.clock ?? fastClock(Date.now), owner: '' })
}

/**
 * The provider inside a simulated hypervisor that is up. What it makes ends with this run of the hypervisor, and
 * so does the provider: its calls then reject with code `hypervisor-lost`.
 */
export async function openSimInside(
  options: SimOptions & { readonly hypervisor: Pick<Machine, 'path'> },
): Promise<Provider> {
  const park = new ParkFile(options.file, options.lab)
  const clock = options.clock ?? fastClock(Date.now)
  const owner = options.hypervisor.path
  const nowMs = clock.now()
  const seen = settle(await park.read(), nowMs)
  const hypervisor = machineAt(seen, owner)
  const stands = pausedAt(seen, owner) !== undefined
  if (!hypervisor?.hardware.hypervisor || stands || !isUp(hypervisor, nowMs)) {
    throw fail('hypervisor-lost', { hypervisor: owner })
  }
  return new SimProvider({ park, clock, owner, hypervisorRun: runOf(hypervisor) })
}
