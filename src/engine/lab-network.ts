/** Finds ports of a lab by the path of their machine, and the levels whose hypervisors run. */
import type { Level } from '#lab'
import type { LevelNetwork } from '#providers'
import { asFailure, fail } from './errors.ts'
import { levelStats } from './level-stats.ts'
import type { LabNetwork, NetworkLevel, NetworkLevels, PortsFound, PortsWanted } from './network-contract.ts'
import type { Reach } from './reach.ts'
import { ownerOf } from './select.ts'
import { checkedPaths } from './take-down.ts'
import { watchLevels } from './watch-levels.ts'

export function labNetwork(reach: Reach): LabNetwork {
  return {
    lab: reach.lab,
    ports: (wanted) => portsOf(reach, wanted),
    level: (owner) => networkOf(reach, owner),
    levels: (signal) => levelsOf(reach, signal),
    stats: (signal) => levelStats(reach, signal),
    watch: (owners, work, signal) =>
      watchLevels((owner) => networkOf(reach, owner), { owners, work, signal }),
    close: () => reach.close(),
  }
}

async function portsOf(reach: Reach, { path, nic }: PortsWanted): Promise<PortsFound> {
  checkedPaths(reach, [path])
  const machine = reach.index.machines.get(path)?.machine
  const nics = machine?.nics.map(({ name }) => name) ?? []
  if (nic !== undefined && !nics.includes(nic)) throw fail('no-such-nic', { path, nic, nics })
  if (nics.length === 0) throw fail('no-nic', { path })
  const owner = ownerOf(path)
  const ports = (nic === undefined ? nics : [nic]).map((name) => `${machine?.name}:${name}`)
  return { owner, ports, network: await networkOf(reach, owner) }
}

async function networkOf(reach: Reach, owner: string): Promise<LevelNetwork> {
  const { network } = await reach.level(owner)
  if (!network) throw fail('no-frames', { lab: reach.lab.name, site: reach.lab.site })
  return network
}

async function levelsOf(reach: Reach, signal: AbortSignal): Promise<NetworkLevels> {
  const levels: NetworkLevel[] = []
  const unreachable: { owner: string; why: string }[] = []
  await enter(reach.lab.top)
  return { levels: levels.toSorted(outermostFirst), unreachable }

  async function enter(level: Level): Promise<void> {
    const { owner } = level
    try {
      levels.push({ owner, network: await networkOf(reach, owner) })
      const { machines } = await (await reach.level(owner)).inspect(signal)
      const runs = (name: string) => machines.some((one) => one.name === name && one.state === 'running')
      const insides = level.machines.flatMap(({ name, hypervisor }) =>
        hypervisor && runs(name) ? [hypervisor.inside] : [],
      )
      await Promise.all(insides.map(enter))
    } catch (error) {
      signal.throwIfAborted()
      if (owner === '') throw error
      unreachable.push({ owner, why: asFailure(error, `ask ${owner}`).message })
    }
  }
}

function outermostFirst(a: NetworkLevel, b: NetworkLevel): number {
  const depth = ({ owner }: NetworkLevel) => (owner === '' ? 0 : owner.split('/').length)
  return depth(a) - depth(b) || a.owner.localeCompare(b.owner)
}
