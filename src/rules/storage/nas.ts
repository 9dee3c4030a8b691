/** Storage that several hypervisors share: that it is there, that all of a cluster see it, and how much it carries. */
import { sizingFigure } from '#facts'
import type { Datastore } from '#lab'
import { articles, page } from '../articles.ts'
import type { Rule } from '../rule.ts'
import { pathOfCluster, type Scene } from '../scene.ts'
import { counted, named } from '../words.ts'
import { datastoreOfMachine, type SeenDatastores, seenDatastores, sees } from './datastores.ts'

export const sharedForCluster: Rule = {
  id: 'storage/shared-for-cluster',
  severity: 'error',
  title: 'All members of a cluster with HA or DRS see one datastore.',
  why: 'HA starts a machine elsewhere, and DRS moves it, where its disks can be seen from. A machine on a datastore of one member can do neither.',
  covers: ['R102', 'R104'],
  sources: [
    articles.S3,
    articles.S4,
    page(
      'VMware: prerequisites of DRS clusters',
      'https://pubs.vmware.com/vsphere-4-esx-vcenter/topic/com.vmware.vsphere.resourcemanagement.doc_41/creating_a_drs_cluster/c_drs_cluster_prerequisites.html',
    ),
  ],
  *find(scene) {
    const seen = seenDatastores(scene)
    const isDeclared = declaredFor(scene, seen)
    for (const { name, drs, ha, vsan, members: all } of scene.lab.clusters ?? []) {
      const members = [...new Set(all)]
      if (members.length < 2 || vsan || !(drs || ha) || !isDeclared(members)) continue
      const nearest = mostShared(members, seen)
      const missing = nearest ? members.filter((member) => !sees(seen, member, nearest)) : members
      if (missing.length === 0) continue
      const features = [ha ? 'HA' : [], drs ? 'DRS' : []].flat().join(' and ')
      yield {
        at: pathOfCluster(name),
        text: `\`${name}\` has ${features}, but its ${members.length} members see no datastore in common.`,
        remedy: nearest
          ? `Add ${named(missing)} to the members of \`${nearest.name}\`.`
          : 'Add a datastore of kind `nfs`, `iscsi` or `vmfs` with all of them as members.',
      }
    }
  },
}

/** Whether the file speaks of datastores of such members at all: those of hosts tell nothing about machines. */
function declaredFor({ byPath }: Scene, { byMember, everywhere }: SeenDatastores) {
  const kinds = new Set([...byMember.keys()].map((member) => byPath.has(member)))
  return (members: readonly string[]) =>
    everywhere.length > 0 || kinds.has(members.some((member) => byPath.has(member)))
}

/** The datastore that can be shared and that most of them see. */
function mostShared(members: readonly string[], { everywhere, byMember }: SeenDatastores) {
  const ofAll = everywhere.find(isShareable)
  if (ofAll) return ofAll
  const counts = new Map<Datastore, number>()
  for (const member of members) {
    for (const datastore of byMember.get(member) ?? []) {
      if (isShareable(datastore)) counts.set(datastore, (counts.get(datastore) ?? 0) + 1)
    }
  }
  return [...counts].reduce<readonly [Datastore, number] | undefined>(
    (best, one) => (best === undefined || one[1] > best[1] ? one : best),
    undefined,
  )?.[0]
}

function isShareable({ kind }: Datastore): boolean {
  return kind !== 'local'
}

export const nasExists: Rule = {
  id: 'storage/nas-exists',
  severity: 'warning',
  title: 'A datastore on the network has a machine that serves it.',
  why: 'Storage for a cluster can be a machine of the lab, but somebody has to be it. A cluster whose datastore nobody serves comes up without its machines.',
  covers: ['R104'],
  sources: [articles.S4],
  *find({ lab, machines, byPath }) {
    const leads = lab.top.switches.some(({ uplinks }) => uplinks.length > 0)
    if (leads || lab.hosts || lab.cloud) return
    if (machines.some(({ machine: { traits } }) => traits?.role === 'nas')) return
    for (const { name, kind, members = [] } of lab.datastores ?? []) {
      const isOfLab = members.length > 0 && members.every((member) => byPath.has(member))
      if ((kind !== 'nfs' && kind !== 'iscsi') || !isOfLab) continue
      yield {
        at: ['datastores', name],
        text: `\`${name}\` is reached by ${kind === 'nfs' ? 'NFS' : 'iSCSI'}, but no machine of the lab is a NAS, and no switch leads out of it.`,
        remedy: 'Add a machine with `role: nas`, or say of an existing one that it is that.',
      }
    }
  },
}

export const nasLoad: Rule = {
  id: 'storage/nas-load',
  severity: 'warning',
  title: 'A mirrored pair of SATA disks carries no more machines than it has operations for.',
  why: 'A mirror writes as fast as one of its disks, which leaves each of 20 machines about five operations a second. A read cache of flash helps as long as most of the load is reading.',
  covers: ['R098', 'R099', 'R149'],
  sources: [articles.S3],
  *find(scene) {
    const { low, high } = sizingFigure('vms-per-mirrored-nas')
    const counts = machinesByDatastore(scene)
    for (const { name, disks, cacheMiB } of scene.lab.datastores ?? []) {
      const pairs = Math.floor((disks?.count ?? 0) / 2)
      if (disks?.layout !== 'mirror' || disks.kind !== 'sata' || pairs === 0) continue
      const count = counts.get(name) ?? 0
      const most = pairs * (cacheMiB === undefined ? low : high)
      if (count <= most) continue
      const cached = cacheMiB === undefined ? '' : ' with a cache'
      yield {
        at: ['datastores', name],
        text: `${counted(count, 'machine')} lie on \`${name}\`, and ${counted(pairs, 'mirrored pair')} of SATA disks${cached} ${pairs === 1 ? 'carries' : 'carry'} about ${most}.`,
        remedy:
          cacheMiB === undefined
            ? 'Use `kind: ssd`, give the hosts a read cache (`cache`), or move machines to another datastore.'
            : 'Use `kind: ssd`, or move machines to another datastore.',
      }
    }
  },
}

function machinesByDatastore(scene: Scene): ReadonlyMap<string, number> {
  const placeOf = datastoreOfMachine(scene, seenDatastores(scene))
  const counts = new Map<string, number>()
  for (const placed of scene.machines) {
    for (const name of placeOf(placed)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}
