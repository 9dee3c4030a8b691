/** Looks at the hypervisors of a lab as places for machines. */
import type { Machine } from '#lab'
import { fail } from '../errors.ts'
import type { Reach } from '../reach.ts'
import type { Shelter } from './placing.ts'

/** Members of the cluster in which failures or loads of this hypervisor are answered; fails with `no-cluster`. */
export function neighboursOf(reach: Reach, path: string, wants: 'ha' | 'drs'): readonly Machine[] {
  const { lab } = reach
  const cluster = (lab.clusters ?? []).find((one) => one[wants] && one.members.includes(path))
  if (!cluster) throw fail('no-cluster', { path, wants })
  return lab.top.machines.filter((machine) => machine.path !== path && cluster.members.includes(machine.path))
}

/** Those that run and can be entered. */
export async function sheltersOf(
  reach: Reach,
  hypervisors: readonly Machine[],
  signal: AbortSignal,
): Promise<readonly Shelter[]> {
  const seen = await (await reach.level('')).inspect(signal)
  const running = hypervisors.filter(({ name }) =>
    seen.machines.some((one) => one.name === name && one.state === 'running'),
  )
  const all = await Promise.all(running.map((machine) => shelterOf(reach, machine, signal)))
  return all.filter((one) => one !== undefined)
}

async function shelterOf(reach: Reach, machine: Machine, signal: AbortSignal): Promise<Shelter | undefined> {
  const { hypervisor, path } = machine
  if (!hypervisor) return undefined
  const provider = await reach.level(path)
  if (!provider.moves) return undefined
  const [facts, { machines }] = await Promise.all([provider.moves.facts(signal), provider.inspect(signal)])
  const running = new Set(machines.filter(({ state }) => state === 'running').map(({ name }) => name))
  const usedMiB = hypervisor.inside.machines
    .filter(({ name }) => running.has(name))
    .reduce((sum, { memoryMiB }) => sum + memoryMiB, 0)
  return { path, inside: hypervisor.inside, freeMiB: facts.memoryAvailableMiB, usedMiB }
}
