/** What the conformance suite needs of each provider's test, and what its cases share. */
import assert from 'node:assert/strict'
import { Failure } from '#failure'
import type { LabSwitch } from '#lab'
import type { MachineOrder, MachineState, Provider } from './provider.ts'

/** Where the machine's only NIC is plugged in. */
export interface Plug {
  readonly switchName: string
  readonly portgroup: string
}

export interface Fixture {
  readonly provider: Provider
  /** Another provider for the same place, as a new process would open it. */
  reopen(): Promise<Provider>
  /** A machine that boots here, the smallest there is. Names are unique in the place, so MACs must be, too. */
  order(name: string, plug: Plug): Promise<MachineOrder>
  /** An order that `create` must refuse. */
  impossible(name: string, plug: Plug): Promise<MachineOrder>
  /** Ends the machine's process from outside, as a crash does. */
  crash(name: string): Promise<void>
  /** Waits until the guest of a running machine is up. */
  untilUp(name: string): Promise<void>
  /** Waits as long as it is reasonable for `holds`; rejects with `what` in its message when it stays false. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>
  /** Absent where machines cannot be kept with their memory. */
  readonly copies?: CopyBench
  /** Takes the place away, whatever a failed case left in it. */
  close(): Promise<void>
}

/** What the cases about copies need besides. */
export interface CopyBench {
  /** A new empty folder for what is kept. */
  folder(): Promise<string>
  /** Level 0 of another lab, with nothing in it. */
  other(): Promise<Provider>
  /** Puts a text into the memory of a guest that is up. */
  tell(provider: Provider, name: string, text: string): Promise<void>
  /** What the guest was told last; empty when nothing. */
  told(provider: Provider, name: string): Promise<string>
}

export const signal = new AbortController().signal

export const plug: Plug = { switchName: 'board', portgroup: 'main' }

export const board: LabSwitch = {
  name: plug.switchName,
  kind: 'standard',
  mtu: 1500,
  uplinks: [],
  portgroups: [
    {
      name: plug.portgroup,
      vlan: { mode: 'none' },
      security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
    },
  ],
}

/** As far as it was brought in `to`. */
export async function machine(
  fixture: Fixture,
  name: string,
  to: 'created' | 'running',
): Promise<MachineOrder> {
  const { provider } = fixture
  await provider.putSwitch(board, 'board-1', signal)
  const order = await fixture.order(name, plug)
  await provider.create(order, signal)
  if (to === 'running') await provider.start(name, signal)
  return order
}

export async function stateOf(provider: Provider, name: string): Promise<MachineState | undefined> {
  const { machines } = await provider.inspect(signal)
  const found = machines.filter((each) => each.name === name)
  assert.ok(found.length <= 1, `${name} is listed ${found.length} times`)
  return found[0]?.state
}

export async function shows(
  provider: Provider,
  expected: Readonly<Record<string, MachineState>>,
): Promise<void> {
  const { machines } = await provider.inspect(signal)
  assert.deepEqual(Object.fromEntries(machines.map(({ name, state }) => [name, state])), { ...expected })
}

/** A failure for people: of our class, naming the machine and a remedy. */
export async function failsNaming(name: string, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (problem: unknown) => {
    assert.ok(problem instanceof Failure, `not a Failure: ${String(problem)}`)
    assert.match(problem.message, new RegExp(`\\b${name}\\b`))
    assert.notEqual(problem.remedy, '')
    return true
  })
}
