/** vSAN of several hosts: how many there are, and the witness of two of them. */
import { type ApplianceSize, applianceSizes } from '#facts'
import type { Cluster } from '#lab'
import { articles, page } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, LabPath, Rule } from '../rule.ts'
import { type Placed, pathOfCluster, type Scene } from '../scene.ts'
import { counted } from '../words.ts'

const vsanDesign = page(
  'VMware: design of a vSAN cluster, two and three hosts',
  'https://docs.vmware.com/en/VMware-vSphere/8.0/vsan-planning/GUID-57575456-0AD9-4655-9D6B-58509C1DF33C.html',
)

const witnessPlace = page(
  'VMware: the witness host as an appliance',
  'https://download3.vmware.com/vcat/vmw-vcloud-architecture-toolkit-spv1-webworks/Storage%20and%20Availability/Leveraging%20vSAN%20for%20Highly%20Available%20Management%20Clusters/Leveraging%20Virtual%20SAN%20for%20HA%20Management%20Clusters.3.22.html',
)

export const vsanHosts: Rule = {
  id: 'storage/vsan-hosts',
  severity: 'error',
  title: 'A vSAN has three hosts, better four, or two and a witness.',
  why: 'Every object needs two copies and a third host that breaks the tie when one is lost. With exactly three hosts there is nowhere to rebuild a lost copy, and none can be emptied for maintenance.',
  covers: ['R096', 'R104'],
  sources: [articles.S1, vsanDesign],
  *find({ lab }) {
    for (const { name, members, vsan, witness } of lab.clusters ?? []) {
      const count = new Set(members).size
      if (!vsan || count === 0 || count > 3 || (witness !== undefined && count > 1)) continue
      const at = [...pathOfCluster(name), 'members']
      const has = `The vSAN of \`${name}\` has ${counted(count, 'host')}`
      if (count === 3) {
        const text = `${has}, so it cannot rebuild what a lost one held.`
        yield { at, text, remedy: 'Add a fourth host.', severity: 'warning' }
        continue
      }
      const and = witness === undefined ? 'and no witness' : 'beside its witness'
      const remedy = count === 2 ? 'Add a third host, or a `witness`.' : 'Add hosts until there are three.'
      yield { at, text: `${has} ${and}, which cannot hold two copies and a tie-breaker.`, remedy }
    }
  },
}

export const vsanWitness: Rule = {
  id: 'storage/vsan-witness',
  severity: 'error',
  title: 'The witness of a vSAN stands outside of it, is large enough, and holds no machines.',
  why: 'A witness that fails together with the hosts it watches cannot say which of them still has the data. It is an ESXi host by its build only, made to hold votes and no machines.',
  covers: ['R131'],
  sources: [articles.S4, pages.witness, witnessPlace],
  *find(scene) {
    for (const cluster of scene.lab.clusters ?? []) {
      const hit = cluster.witness !== undefined && placeHit(scene, cluster, cluster.witness)
      if (hit) yield hit
    }
    for (const placed of scene.machines) {
      const { path, hypervisor, traits } = placed.machine
      const inside = hypervisor?.inside.machines.length ?? 0
      if (traits?.role !== 'vsan-witness' || inside === 0) continue
      yield {
        at: [...placed.at, 'hypervisor', 'machines'],
        text: `\`${path}\` is a vSAN witness with ${counted(inside, 'machine')} inside.`,
        remedy: 'Move them to a host that is not a witness.',
      }
    }
    yield* tooSmallWitnesses(scene)
  },
}

function placeHit(scene: Scene, { name, members }: Cluster, witness: string): Hit | undefined {
  const at = [...pathOfCluster(name), 'witness']
  const remedy = `Let the witness of \`${name}\` run on a host that is not one of its members.`
  const placed = scene.byPath.get(witness)
  if (!placed && !scene.site.hosts.some((host) => host.name === witness)) {
    const text = `The witness of \`${name}\` is to be \`${witness}\`, which is neither a machine nor a host.`
    return { at, text, remedy: 'Name a machine with `role: vsan-witness`, or a host.' }
  }
  if (members.includes(witness)) {
    return { at, text: `\`${witness}\` is a member of \`${name}\` and its witness at once.`, remedy }
  }
  if (!placed || !runsOn(placed, new Set(members), scene)) return undefined
  return { at, text: `The witness \`${witness}\` runs on \`${name}\`, the cluster it watches.`, remedy }
}

/** Whether one of its hypervisors is a member, or all hosts of the site are, on one of which it must be. */
function runsOn(placed: Placed, members: ReadonlySet<string>, { site }: Scene): boolean {
  for (let around = placed.host; around; around = around.host) {
    if (members.has(around.machine.path)) return true
  }
  return site.hosts.length > 0 && site.hosts.every(({ name }) => members.has(name))
}

function* tooSmallWitnesses({ lab, byPath }: Scene): Generator<Hit> {
  const sizes = applianceSizes('vsan-witness').toSorted((a, b) => a.memoryMiB - b.memoryMiB)
  for (const { name, vsan, witness = '', members } of lab.clusters ?? []) {
    const placed = byPath.get(witness)
    if (!vsan || placed?.machine.traits?.role !== 'vsan-witness') continue
    const { cpus, memoryMiB } = placed.machine
    const inside = members.reduce((sum, member) => sum + insideOf(byPath.get(member)), 0)
    const size = sizes.findLast((one) => cpus >= one.cpus && memoryMiB >= one.memoryMiB)
    if (size?.vms === undefined || inside <= size.vms) continue
    yield witnessHit(placed.at, { cluster: name, witness, inside, size })
  }
}

function insideOf(placed: Placed | undefined): number {
  return placed?.machine.hypervisor?.inside.machines.length ?? 0
}

function witnessHit(
  at: LabPath,
  {
    cluster,
    witness,
    inside,
    size,
  }: Readonly<Record<'cluster' | 'witness', string>> & {
    readonly inside: number
    readonly size: ApplianceSize
  },
): Hit {
  return {
    at: [...at, 'memory'],
    severity: 'warning',
    text: `The witness \`${witness}\` is of size ${size.size}, made for ${size.vms} machines, and \`${cluster}\` has ${inside}.`,
    remedy: 'Give it the CPUs and the memory of the next size.',
  }
}

/** The machines that are members of a vSAN. */
export function vsanMembers({ lab, byPath }: Scene): readonly Placed[] {
  const members = (lab.clusters ?? []).flatMap((cluster) => (cluster.vsan ? cluster.members : []))
  return [...new Set(members)].flatMap((member) => byPath.get(member) ?? [])
}
