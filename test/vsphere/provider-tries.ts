/** A provider on a vCenter of its own for each test, and switches for it. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Failure } from '#failure'
import type { LabSwitch, PortGroup } from '#lab'
import { type LevelWish, openOn } from './provider-bench.ts'
import { startVcsim, type Vcsim, type VcsimOptions } from './vcsim.ts'

const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }
export const host = '/DC0/host/DC0_C0/DC0_C0_H1'

export async function simulator(t: TestContext, more: VcsimOptions = {}): Promise<Vcsim> {
  const vcsim = await startVcsim({ inventory, apiVersion: '8.0.2.0', ...more })
  t.after(() => vcsim[Symbol.asyncDispose]())
  return vcsim
}

export async function openFor(t: TestContext, vcsim: Vcsim, wish: LevelWish = {}) {
  const provider = await openOn(vcsim, { lab: 'tried', ...wish })
  t.after(() => provider.close())
  return provider
}

const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'reject' } as const

export function group(name: string, more: Partial<PortGroup> = {}): PortGroup {
  return { name, vlan: { mode: 'none' }, security, ...more }
}

export function switchOf(more: Partial<LabSwitch> = {}): LabSwitch {
  return { name: 'lan', kind: 'standard', mtu: 1500, uplinks: [], portgroups: [group('main')], ...more }
}

export async function refusal(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Failure, String(error))
  return error
}

export const learning = {
  by: 'switch',
  limit: 4096,
  limitPolicy: 'drop',
  flooding: true,
  ageingS: 300,
} as const
export const trunk = {
  mode: 'trunk',
  ranges: [
    { from: 10, to: 20 },
    { from: 30, to: 30 },
  ],
} as const
