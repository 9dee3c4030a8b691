/** What the level inside a nested ESXi is told about its place: where its machines go. */
import type { Machine, ResolvedLab } from '#lab'
import { datastoreNameOf, type VsphereLevel } from './providers/vsphere/index.ts'

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
