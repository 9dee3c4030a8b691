/** What has to be licensed: every instance of a product, physical or nested, by the rule of a year. */
import { evaluationOf, type LicenceNeed, type LicensedHost, licencesFor } from '#facts'
import { type Machine, machinesOf, type ResolvedLab } from '#lab'
import { type Assumption, assumption } from './assumption.ts'
import type { Host } from './level0.ts'

export interface LicenceReport {
  readonly year: number
  /** By product, for those that are licensed. */
  readonly instances: readonly ProductInstances[]
  /** ESXi, by the rule of the year; absent when nothing of it is to be bought, or no rule is known. */
  readonly vsphere?: LicenceNeed
  /** ESXi hosts whose sockets or cores are not known: they are not in `vsphere`. */
  readonly unknownHosts: readonly string[]
  readonly assumptions: readonly Assumption[]
}

export interface ProductInstances {
  readonly product: string
  /** Hosts of level 0. */
  readonly physical: number
  /** Machines of the lab, all seats. */
  readonly nested: number
  /** Of both: how many need no licence that is bought, because the file says so. */
  readonly unpaid: number
  /** How long it runs without a licence, in days. */
  readonly evaluationDays?: number
}

const licensed = ['esxi', 'vcenter', 'hyperv'] as const
type Licensed = (typeof licensed)[number]

interface Instance {
  readonly product: Licensed
  readonly name: string
  readonly copies: number
  readonly isPhysical: boolean
  readonly isUnpaid: boolean
  readonly version?: string | undefined
  /** Sockets and cores as the licence counts them. */
  readonly size?: LicensedHost
}

export interface LicenceOptions {
  readonly year: number
  /** Copies of the lab, all seats together. */
  readonly copies: number
}

export function licenceReport(
  lab: ResolvedLab,
  hosts: readonly Host[],
  { year, copies }: LicenceOptions,
): LicenceReport {
  const nested = [...machinesOf(lab.top)].flatMap((machine) => instanceOf(machine, copies) ?? [])
  const all = [...hosts.flatMap((host) => physicalInstance(host) ?? []), ...nested]
  const paid = all.filter(({ product, isUnpaid }) => product === 'esxi' && !isUnpaid)
  const sizes = paid.flatMap(({ size, copies: count }) =>
    size ? [{ ...size, sockets: size.sockets * count }] : [],
  )
  const vsphere = sizes.length > 0 ? licencesFor({ year, hosts: sizes }) : undefined
  return {
    year,
    instances: licensed.flatMap((product) => instancesOf(product, all)),
    ...(vsphere && { vsphere }),
    unknownHosts: paid.flatMap(({ name, size }) => (size ? [] : [name])),
    assumptions: [
      assumption(
        'A nested hypervisor is licensed like a physical one, by the sockets and cores it seems to have.',
      ),
      ...(vsphere ? [assumption(vsphere.text, vsphere.source)] : []),
    ],
  }
}

function instancesOf(product: Licensed, all: readonly Instance[]): readonly ProductInstances[] {
  const own = all.filter((instance) => instance.product === product)
  const sum = (some: readonly Instance[]) => some.reduce((total, { copies }) => total + copies, 0)
  if (own.length === 0) return []
  const days = evaluationOf(product, own[0]?.version)?.days
  return [
    {
      product,
      physical: sum(own.filter(({ isPhysical }) => isPhysical)),
      nested: sum(own.filter(({ isPhysical }) => !isPhysical)),
      unpaid: sum(own.filter(({ isUnpaid }) => isUnpaid)),
      ...(days !== undefined && { evaluationDays: days }),
    },
  ]
}

function physicalInstance({ name, product, version, cores, sockets }: Host): Instance | undefined {
  if (!isLicensed(product)) return undefined
  const size = cores === undefined ? undefined : { sockets, coresPerSocket: Math.ceil(cores / sockets) }
  return { product, name, copies: 1, isPhysical: true, isUnpaid: false, version, ...(size && { size }) }
}

function instanceOf({ path, cpus, hypervisor, traits }: Machine, copies: number): Instance | undefined {
  const product = traits?.role === 'vcenter' ? 'vcenter' : hypervisor?.product
  if (!isLicensed(product)) return undefined
  const coresPerSocket = traits?.hardware?.coresPerSocket ?? 1
  const kind = traits?.licence?.kind
  return {
    product,
    name: path,
    copies,
    isPhysical: false,
    // The witness of a vSAN is an ESXi that comes with its licence.
    isUnpaid: kind === 'evaluation' || kind === 'free' || traits?.role === 'vsan-witness',
    version: hypervisor?.version,
    size: { sockets: Math.ceil(cpus / coresPerSocket), coresPerSocket },
  }
}

function isLicensed(product: string | undefined): product is Licensed {
  return licensed.some((one) => one === product)
}
