/** What a hypervisor starts from: its size, the room that it leaves, and USB sticks. */
import { type ProductFacts, productFacts } from '#facts'
import { formatMiB } from '#lab'
import { articles, page } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { counted } from '../words.ts'
import { dataDisks, type SeenDatastores, seenDatastores, seesAny } from './datastores.ts'

const partitions = page(
  'VMware: partitions of ESXi 7.0 (ESX-OSData, VMFS from 128 GB or 142 GB)',
  'https://docs.vmware.com/en/VMware-vSphere/7.0/com.vmware.esxi.install.doc/GUID-9947C778-0890-40C0-AC9E-FD4E56559F25.html',
)

const esxi5Boot = page(
  'VMware: storage requirements of ESXi 5.0, quoted by its community',
  'https://community.broadcom.com/vmware-cloud-foundation/discussion/installing-esxi-5-on-a-usb-flash-drive',
  'S',
)

export const bootDisk: Rule = {
  id: 'storage/boot-disk',
  severity: 'error',
  title: 'A hypervisor boots from a disk that is large enough for it.',
  why: 'The installer refuses a smaller disk. Since version 7.0 ESXi keeps logs, core dumps and tools beside the system.',
  covers: ['R090'],
  sources: [articles.S4, pages.esxi70, esxi5Boot],
  versions: 'ESXi 7.0 and later need 32 GiB, older ones 1 GiB',
  *find({ machines }) {
    for (const placed of machines) {
      const { traits } = placed.machine
      const facts = factsOf(placed)
      const size = traits?.bootDiskMiB
      const least = facts?.bootDiskMiB
      if (size === undefined || least === undefined || size >= least || !bootsFromDisk(placed)) continue
      const at = [...placed.at, 'bootDisk']
      yield {
        at,
        text: `\`${placed.machine.path}\` boots from ${formatMiB(size)}, and ${facts?.title} needs ${formatMiB(least)}.`,
        remedy: `Make the boot disk ${formatMiB(least)} or larger.`,
        edits: [{ at, value: formatMiB(least) }],
        // The figures of the other makers are no limits of their installers.
        ...(facts?.product !== 'esxi' && { severity: 'warning' }),
      }
    }
  },
}

export const datastoreRoom: Rule = {
  id: 'storage/datastore-room',
  severity: 'error',
  title: 'An ESXi host that holds machines has room for a datastore.',
  why: 'ESXi takes the first 128 GB of its boot disk for itself, or 142 GB by another page of its maker, and makes a datastore of what is left. Without a datastore no machine can be created inside.',
  covers: ['R091', 'R092'],
  sources: [articles.S4, partitions, esxi5Boot],
  versions: 'ESXi 7.0 and later from 128 GiB or 142 GiB on, older ones from 5.2 GiB on',
  *find(scene) {
    const seen = seenDatastores(scene)
    for (const placed of scene.machines) {
      const hit = placed.machine.hypervisor?.product === 'esxi' && roomHit(scene, seen, placed)
      if (hit) yield hit
    }
  },
}

function roomHit(scene: Scene, seen: SeenDatastores, placed: Placed): Hit | undefined {
  const { hypervisor, path, traits } = placed.machine
  const inside = hypervisor?.inside.machines.length ?? 0
  const facts = factsOf(placed)
  if (inside === 0 || !facts || dataDisks(placed).length > 0 || seesAny(seen, path)) return undefined
  if (scene.clustersOf.get(path)?.some(({ vsan }) => vsan)) return undefined
  const remedy = `Add a disk, such as \`disks: [{ size: 40GiB }]\`, or a datastore that \`${path}\` sees.`
  const without = `no datastore for the ${counted(inside, 'machine')} inside`
  if (!bootsFromDisk(placed)) {
    const text = `\`${path}\` boots from ${mediumOf(placed)}, on which ESXi makes ${without}.`
    return { at: [...placed.at, 'bootMedia'], text, remedy }
  }
  const size = traits?.bootDiskMiB
  const { title, datastoreBootDiskMiB: enough, datastoreSureBootDiskMiB: sure } = facts
  if (size === undefined || enough === undefined || sure === undefined || size >= sure) return undefined
  const at = [...placed.at, 'bootDisk']
  const boots = `\`${path}\` boots from ${formatMiB(size)} and has no other disk`
  if (size < enough) return { at, text: `${boots}, so ${title} leaves ${without}.`, remedy }
  const text = `${boots}, so ${title} may leave ${without}: its pages disagree below ${formatMiB(sure)}.`
  return { at, text, remedy, severity: 'warning' }
}

function factsOf({ machine: { hypervisor } }: Placed): ProductFacts | undefined {
  return hypervisor && productFacts(hypervisor.product, hypervisor.version)
}

function bootsFromDisk({ machine: { traits } }: Placed): boolean {
  return traits?.bootMedia === undefined || traits.bootMedia === 'disk'
}

function mediumOf({ machine: { traits } }: Placed): string {
  if (traits?.bootMedia === 'network') return 'the network'
  return traits?.bootMedia === 'sd' ? 'an SD card' : 'USB'
}
