/** A lab for tests: hypervisors on one switch, with machines inside; and the ways to bring it up and to fail. */
import assert from 'node:assert/strict'
import type { EngineEvent, LabStatus } from '#engine'
import { Failure } from '#failure'
import { type Bench, doneSteps, labOf, recorder } from './simulated.ts'

export const lan = { lan: { portgroups: { main: {} } } }
export const web = { image: 'tiny', memory: '96MiB', nics: [{ portgroup: 'inner' }] }
export const lone = { image: 'tiny', memory: '64MiB', nics: [{ portgroup: 'main' }] }

export const node = (inside: Record<string, unknown> = { web }) => ({
  image: 'kvm-node',
  memory: '1GiB',
  nics: [{ portgroup: 'main' }],
  hypervisor: {
    product: 'kvm',
    switches: { br0: { uplinks: ['nic0'], portgroups: { inner: {} } } },
    machines: inside,
  },
})

export const two = { name: 'two', switches: lan, machines: { 'kvm-1': node(), 'kvm-2': node() } }

export interface Upped {
  readonly status: LabStatus
  readonly events: readonly EngineEvent[]
  readonly steps: readonly string[]
}

export async function up(
  { engine, never }: Bench,
  lab: Record<string, unknown>,
  more: { only?: string[]; file?: string; parallel?: number } = {},
): Promise<Upped> {
  const { events, onEvent } = recorder()
  const status = await engine.up(labOf(lab), { ...more, onEvent, signal: never })
  return { status, events, steps: doneSteps(events) }
}

export async function down({ engine, never }: Bench, lab: string): Promise<readonly string[]> {
  return await engine.down(lab, { onEvent: recorder().onEvent, signal: never })
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Failure, String(error))
  return error
}

/** `kvm-1 ready`, … in the order of the status. */
export function states(status: LabStatus): string[] {
  return status.machines.map((one) => `${one.path} ${one.state}`)
}

/** The smallest lab with every kind of step. */
export const small = { name: 'small', switches: lan, machines: { kvm: node(), lone } }
