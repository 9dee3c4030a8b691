/** What a lab asks of each physical machine under it, by the same model that says whether it fits. */
import type { ResolvedLab } from '#lab'
import { needOf } from '../cost/need.ts'
import { demandOf } from '../demand.ts'
import { disksOf } from '../disk-sizes.ts'
import { heavyShare } from '../fit.ts'
import { overheadOf, ownUse, refusesWideMachines } from '../hypervisor-use.ts'
import { declaredHost, type Host } from '../level0.ts'
import { spreadOut } from '../placement/first-fit.ts'
import { type Bin, type Item, needOn } from '../placement/item.ts'

/** What one machine must have, and how many of them carry the lab together. */
export interface HardwareRequirements {
  /** Of each physical machine: of what runs there, the overhead of each, and what its hypervisor takes itself. */
  readonly memoryMiB: number
  /** With so much it is not heavily used; absent: no more than that is wished for. */
  readonly comfortableMiB?: number
  readonly cores: number
  /** Of the machine with the most vCPUs, where the hypervisor starts none that has more; absent: it does not matter. */
  readonly threads?: number
  readonly nicPorts: number
  /** Absent: it does not matter. */
  readonly sataPorts?: number
  /** Absent: not needed. */
  readonly outOfBand?: boolean
  /** Whether hypervisors run inside machines. */
  readonly nested: boolean
  /** The hypervisor of the physical machines, where it is one on all of them. */
  readonly product?: string
  readonly version?: string
  /** What disks may grow to; absent: they are elsewhere, or nobody said. */
  readonly diskMiB?: number
  readonly hosts: number
}

/** What is counted with where the file says nothing: what Nestlab itself runs machines with. */
const usual: Host = { name: '', product: 'kvm', sockets: 1, disksMiB: [] }

/** All seats share the machines that are bought. */
export function requirementsOf(lab: ResolvedLab): HardwareRequirements {
  const declared = (lab.hosts ?? []).map(declaredHost)
  const hosts = declared.length > 0 ? declared : [usual]
  const copies = lab.class?.seats ?? 1
  const need = needOf(lab)
  const { product, version } = softwareOf(hosts)
  const diskMiB = ownDisksMiB(lab) * copies
  const isStrict = hosts.some((host) => refusesWideMachines(host.product))
  const memoryMiB = Math.ceil(memoryOfEach(lab, hosts, copies))
  return {
    memoryMiB,
    comfortableMiB: Math.ceil(memoryMiB / heavyShare()),
    cores: Math.max(1, Math.ceil((need.runnableVcpus * copies) / need.vcpusPerCore / hosts.length)),
    ...(isStrict && need.widestVcpus > 0 && { threads: need.widestVcpus }),
    nicPorts: Math.max(1, uplinksOf(lab).size),
    nested: lab.top.machines.some(({ hypervisor }) => hypervisor !== undefined),
    ...(product !== undefined && { product }),
    ...(version !== undefined && { version }),
    ...(diskMiB > 0 && { diskMiB: Math.ceil(diskMiB / hosts.length) }),
    hosts: hosts.length,
  }
}

/** More copies than this are not placed one by one. */
const mostPlaced = 5000

/** The most that one of them holds when the machines are spread over hosts that are large enough for anything. */
function memoryOfEach(lab: ResolvedLab, hosts: readonly Host[], copies: number): number {
  const items = demandOf(lab, hosts, copies)
  const bins = hosts.map(boundlessBin)
  const owns = hosts.map((host) => ownUse(host)?.MiB ?? 0)
  if (lab.top.machines.length * copies > mostPlaced) return evenShare(items, bins, owns)
  const { bins: packed } = spreadOut(items, bins)
  return Math.max(...packed.map(({ usedMiB }, index) => usedMiB + (owns[index] ?? 0)))
}

function boundlessBin(host: Host): Bin {
  return {
    name: host.name,
    freeMiB: Number.MAX_SAFE_INTEGER,
    overheadMiB: (item) => overheadOf(host, item)?.MiB ?? 0,
  }
}

function evenShare(items: readonly Item[], bins: readonly Bin[], owns: readonly number[]): number {
  const needs = items.map((item) => Math.max(...bins.map((bin) => needOn(item, bin) ?? 0)))
  const allMiB = items.reduce((sum, { copies }, index) => sum + copies * (needs[index] ?? 0), 0)
  return Math.max(allMiB / bins.length, ...needs) + Math.max(...owns)
}

const onNetwork: ReadonlySet<string> = new Set(['nfs', 'iscsi'])

/** Of one copy of the lab, what lies in the physical machines: all but the disks on storage in the network. */
function ownDisksMiB({ top, datastores = [] }: ResolvedLab): number {
  const elsewhere = new Set(datastores.flatMap(({ name, kind }) => (onNetwork.has(kind) ? [name] : [])))
  // Where there is a single datastore, disks of which the file does not say it are there.
  const usually = datastores.length === 1 ? datastores[0]?.name : undefined
  const disks = top.machines.flatMap((machine) => disksOf(machine).disks)
  return disks
    .filter(({ datastore = usually }) => datastore === undefined || !elsewhere.has(datastore))
    .reduce((sum, { sizeMiB }) => sum + sizeMiB, 0)
}

/** Names of the NICs that switches of level 0 lead out of. */
function uplinksOf({ top }: ResolvedLab): ReadonlySet<string> {
  const uplinks = top.switches.flatMap((labSwitch) => labSwitch.uplinks)
  return new Set(uplinks.flatMap((uplink) => (uplink.kind === 'nic' ? [uplink.name] : [])))
}

/** What the hosts run, when it is the same on all of them. */
function softwareOf([first, ...others]: readonly Host[]): Pick<Host, 'product' | 'version'> {
  const { product, version } = first ?? {}
  if (product === undefined || others.some((host) => host.product !== product)) return {}
  const isSame = others.every((host) => host.version === version)
  return { product, ...(isSame && version !== undefined && { version }) }
}
