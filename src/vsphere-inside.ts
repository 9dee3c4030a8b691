/** What the level inside a nested ESXi is told about its place: where its machines go, and what is passed on to it. */
import { type Machine, machinesOf, type ResolvedLab } from '#lab'
import type { VsphereSite } from '#store'
import {
  type CopyIdentity,
  datastoreNameOf,
  type ImageSource,
  type VsphereLevel,
} from './providers/vsphere/index.ts'
import { type Found, sourceIn } from './vsphere-images.ts'

/** The first datastore of the lab that the host sees is where machines go that say nothing. */
export function placeInside(
  lab: ResolvedLab,
  hypervisor: Machine,
): Pick<VsphereLevel, 'hypervisor' | 'stores' | 'target'> {
  const stores = new Map(
    (lab.datastores ?? []).flatMap(({ name, kind, members }) => {
      if (!members?.includes(hypervisor.path) || kind === 'vsan' || kind === 'iscsi') return []
      return [[name, datastoreNameOf(lab.name, name, kind === 'nfs' ? undefined : hypervisor.name)] as const]
    }),
  )
  return { hypervisor, stores, target: { stores: [...stores.values()] } }
}

/** What is to be its own of a host that is a copy of a prepared one; undefined where it is none. */
export function copyOf(site: VsphereSite, lab: ResolvedLab, machine: Machine): CopyIdentity | undefined {
  const found = sourceIn(site, lab, machine)
  const isCopied = 'source' in found && found.source?.kind === 'template'
  if (!isCopied || machine.hypervisor?.product !== 'esxi') return undefined
  return { hostName: machine.name, resignature: machine.traits?.clone?.resignature ?? false }
}

/**
 * ISO files of the site that machines inside this one start from, each once, in the order of the file. What an inner
 * machine starts from is passed on to it by the hosts around it, unless the file says that it lies on a datastore inside.
 */
export function isosPassedOn(
  site: VsphereSite,
  lab: ResolvedLab,
  { hypervisor }: Machine,
): readonly string[] {
  if (hypervisor?.product !== 'esxi') return []
  const paths = [...machinesOf(hypervisor.inside)].flatMap((machine) => {
    const source = passedOnTo(sourceIn(site, lab, machine), machine)
    return source?.kind === 'iso' && source.isPassedOn ? [source.path] : []
  })
  return [...new Set(paths)]
}

/** Undefined where nobody has said what it starts from. */
export function passedOnTo(found: Found, { level, traits }: Machine): ImageSource | undefined {
  const source = 'source' in found ? found.source : undefined
  if (source?.kind !== 'iso' || level === 1 || traits?.iso === 'datastore') return source
  return { ...source, isPassedOn: true }
}
