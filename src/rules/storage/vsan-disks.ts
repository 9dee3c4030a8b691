/** Disks and memory of nested hosts with vSAN, and nested hosts on a vSAN. */
import { compareVersions } from '#facts'
import { type DeclaredDisk, formatMiB } from '#lab'
import { articles, page } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { namedMachines } from '../words.ts'
import { seenDatastores } from './datastores.ts'
import { vsanMembers } from './vsan.ts'

const diskGroups = page(
  'VMware: claiming disks for vSAN, disk groups and storage pools',
  'https://docs.vmware.com/br/VMware-vSphere/8.0/vsan-administration/GUID-88790522-2FA0-476F-B874-6FE4E8E5B908.html',
)

const nestedLab = page(
  'William Lam: automated vSphere 8 lab, three hosts with vSAN',
  'https://github.com/lamw/vsphere-8-lab-deployment',
)

/** The first version with the Express Storage Architecture. */
const firstExpress = '8.0'

export const vsanDisks: Rule = {
  id: 'storage/vsan-disks',
  severity: 'error',
  title:
    'A nested host gives vSAN a cache disk and capacity disks that can be told apart, or only NVMe disks.',
  why: 'A disk group is one cache disk with capacity disks behind it, and only the Express Storage Architecture of 8.0 and later does without, on NVMe alone. Virtual disks look alike, so what claims them for a lab goes by their sizes.',
  covers: ['R096'],
  sources: [articles.S1, diskGroups, pages.holodeck],
  *find(scene) {
    for (const placed of vsanMembers(scene)) {
      if (placed.machine.hypervisor?.product === 'esxi') yield* diskHits(placed)
    }
  },
}

function* diskHits(placed: Placed): Generator<Hit> {
  const { path, hypervisor, traits } = placed.machine
  const disks = traits?.disks ?? []
  const at = [...placed.at, 'disks']
  const caches = disks.filter(({ use }) => use === 'cache')
  const capacity = disks.findIndex(({ use }) => use === 'capacity')
  if (caches.length > 0) {
    if (capacity >= 0) yield* sameSize(placed, caches)
    else {
      const text = `\`${path}\` has a cache disk for vSAN, but no disk with \`use: capacity\` behind it.`
      yield { at, text, remedy: 'Add a disk with `use: capacity`.' }
    }
    return
  }
  if (capacity < 0) return
  const remedy = 'Add a disk with `use: cache`, of another size than the capacity disks.'
  if (compareVersions(hypervisor?.version ?? firstExpress, firstExpress) < 0) {
    const text = `\`${path}\` has capacity disks for vSAN, but no cache disk, which vSAN needs before ${firstExpress}.`
    yield { at, text, remedy }
    return
  }
  const odd = disks.findIndex(({ use, kind }) => use === 'capacity' && kind !== undefined && kind !== 'nvme')
  if (odd < 0) return
  const text = `\`${path}\` has a \`${disks[odd]?.kind}\` disk without a cache disk, and vSAN does without one on NVMe only.`
  yield {
    at: [...at, odd, 'kind'],
    text,
    remedy: `${remedy.slice(0, -1)}, or make all of them \`kind: nvme\`.`,
  }
}

function* sameSize({ at, machine }: Placed, caches: readonly DeclaredDisk[]): Generator<Hit> {
  const alike = (disk: DeclaredDisk) =>
    caches.some(({ sizeMiB, kind }) => {
      const mayBeAlike = kind === undefined || disk.kind === undefined || kind === disk.kind
      return sizeMiB === disk.sizeMiB && mayBeAlike
    })
  const disks = machine.traits?.disks ?? []
  const same = disks.findIndex((disk) => disk.use === 'capacity' && alike(disk))
  const disk = disks[same]
  if (!disk) return
  yield {
    at: [...at, 'disks', same, 'size'],
    text: `Of \`${machine.path}\`, a capacity disk is as large as the cache disk (${formatMiB(disk.sizeMiB)}), so what claims them cannot tell which is which.`,
    remedy: 'Make the cache disk smaller than the capacity disks.',
    severity: 'warning',
  }
}

/** The smallest nested host with vSAN in a published lab. */
const publishedMiB = 10 * 1024
/** That of the article. */
const articleMiB = 32 * 1024

export const vsanMemory: Rule = {
  id: 'storage/vsan-memory',
  severity: 'advice',
  title: 'A nested host with vSAN has memory for it.',
  why: `vSAN takes memory of its own from every host before the first machine starts. The smallest hosts in a published nested lab have ${formatMiB(publishedMiB)}, those of the article ${formatMiB(articleMiB)}.`,
  covers: ['R096'],
  sources: [articles.S1, nestedLab],
  *find(scene) {
    for (const { at, machine } of vsanMembers(scene)) {
      const { path, memoryMiB, hypervisor } = machine
      if (hypervisor?.product !== 'esxi' || memoryMiB >= publishedMiB) continue
      yield {
        at: [...at, 'memory'],
        text: `\`${path}\` has ${formatMiB(memoryMiB)} for ESXi with vSAN, less than in any published nested lab.`,
        remedy: `Give it ${formatMiB(publishedMiB)} or more.`,
      }
    }
  },
}

export const vsanOnVsan: Rule = {
  id: 'storage/vsan-on-vsan',
  severity: 'advice',
  title: 'Nested hosts whose disks lie on a vSAN get SCSI reservations from it.',
  why: 'A nested ESXi reserves its disk before it makes a datastore on it, and a vSAN answers such requests with an error unless it is told to pretend. The setting belongs to the outer hosts, where a lab file cannot see it.',
  covers: [],
  sources: [pages.holodeck],
  *find(scene) {
    for (const [name, machines] of nestedOnVsan(scene)) {
      const lie = machines.length === 1 ? 'has its disks' : 'have their disks'
      yield {
        at: ['datastores', name],
        text: `${namedMachines(machines)} ${lie} on the vSAN \`${name}\`, whose hosts must pretend SCSI reservations.`,
        remedy:
          'On each host under it, run `esxcli system settings advanced set -o /VSAN/FakeSCSIReservations -i 1`.',
      }
    }
  },
}

function nestedOnVsan(scene: Scene): ReadonlyMap<string, readonly Placed[]> {
  const { byName } = seenDatastores(scene)
  const found = new Map<string, Placed[]>()
  for (const placed of scene.machines) {
    const { hypervisor, traits } = placed.machine
    if (hypervisor?.product !== 'esxi') continue
    for (const name of new Set((traits?.disks ?? []).map(({ datastore }) => datastore))) {
      if (name === undefined || byName.get(name)?.kind !== 'vsan') continue
      const known = found.get(name)
      if (known) known.push(placed)
      else found.set(name, [placed])
    }
  }
  return found
}
