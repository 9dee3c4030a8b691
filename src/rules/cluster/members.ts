/** The members of clusters with what runs on them and which CPU they have, as far as that is known. */
import { type ProcessorGeneration, processorGeneration, processorOf } from '#facts'
import type { Cluster, HostFacts } from '#lab'
import type { LabPath } from '../rule.ts'
import { type Placed, pathOfCluster, type Scene } from '../scene.ts'

export interface Member {
  readonly name: string
  /** A host of the site; absent for a machine of the lab. */
  readonly host?: HostFacts | undefined
  readonly placed?: Placed | undefined
  readonly product?: string | undefined
  readonly version?: string | undefined
  readonly memoryMiB?: number | undefined
  /** Of a machine: only where the file names its CPU model. */
  readonly generation?: ProcessorGeneration | undefined
}

export interface ClusterWithMembers {
  readonly cluster: Cluster
  /** Each of them once. */
  readonly members: readonly Member[]
  readonly at: LabPath
}

export function clustersOf({ lab, site, byPath }: Scene): readonly ClusterWithMembers[] {
  const hosts = new Map(site.hosts.map((host) => [host.name, host]))
  return (lab.clusters ?? []).map((cluster) => {
    const names = [...new Set(cluster.members)]
    const members = names.map((name) => memberOf(name, byPath.get(name), hosts.get(name)))
    return { cluster, members, at: pathOfCluster(cluster.name) }
  })
}

/** A machine comes before a host of the same name, as in the lab file. */
function memberOf(name: string, placed: Placed | undefined, host: HostFacts | undefined): Member {
  if (placed) {
    const { hypervisor, memoryMiB, traits } = placed.machine
    const model = traits?.hardware?.cpuModel
    return {
      name,
      placed,
      product: hypervisor?.product,
      version: hypervisor?.version,
      memoryMiB,
      generation: model === undefined ? undefined : processorGeneration(model),
    }
  }
  const { product, version, memoryMiB, cpu } = host ?? {}
  return { name, host, product, version, memoryMiB, generation: cpu && processorOf(cpu) }
}
