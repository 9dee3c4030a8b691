/** Hypervisors that start from a USB stick or an SD card, and where their logs then go. */
import { productFacts } from '#facts'
import { type Datastore, formatMiB } from '#lab'
import { articles, page } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, LabPath, Rule } from '../rule.ts'
import { pathOfHost, type Scene } from '../scene.ts'
import { dataDisks, seenDatastores } from './datastores.ts'

/** A machine or a host of the site, as far as this is about it. */
interface Booting {
  readonly name: string
  readonly at: LabPath
  readonly product: string
  readonly version?: string | undefined
  readonly medium: string
  readonly logs?: string | undefined
  /** Undefined: nothing is said about its disks. */
  readonly disksMiB?: readonly number[] | undefined
}

/** ESXi 7.0 and later want that much persistent storage for everything but the boot banks. */
const persistentMiB = 32 * 1024

export const usbBoot: Rule = {
  id: 'storage/usb-boot',
  severity: 'warning',
  title: 'A hypervisor that boots from USB or an SD card has its logs elsewhere.',
  why: 'Such media wear out under logs, so ESXi keeps them in memory, where they are lost at every start. Since version 7.0 only the boot banks may be on such a medium, and without persistent storage ESXi runs in a degraded mode.',
  covers: ['R101'],
  sources: [
    articles.S3,
    pages.esxi70,
    page(
      'VMware: ESXi 7.0 on USB and SD devices',
      'https://www.manualshelf.com/manual/vmware/vsphere/7-0-english/page-16.html',
      'S',
    ),
    page(
      'VMware: booting ESXi off USB or SD',
      'https://blogs.vmware.com/vsphere/2011/09/booting-esxi-off-usbsd.html',
    ),
  ],
  versions: 'ESXi 5.0 to 6.7 need logs elsewhere; ESXi 7.0 and later need a disk of 32 GiB too',
  *find(scene) {
    const { byName } = seenDatastores(scene)
    for (const booting of bootingFromFlash(scene)) {
      const hit = flashHit(booting, byName)
      if (hit) yield hit
    }
  },
}

function* bootingFromFlash({ machines, site }: Scene): Generator<Booting> {
  for (const { name, product, version, bootMedia, logs, disksMiB } of site.hosts) {
    const medium = mediumOf(bootMedia)
    if (medium === undefined || product === undefined) continue
    const disks = disksMiB.length > 0 ? disksMiB : undefined
    yield { name, at: pathOfHost(name), product, version, medium, logs, disksMiB: disks }
  }
  for (const placed of machines) {
    const { path: name, hypervisor, traits } = placed.machine
    const medium = mediumOf(traits?.bootMedia)
    if (medium === undefined || !hypervisor) continue
    const { product, version } = hypervisor
    const disksMiB = dataDisks(placed).map(({ sizeMiB }) => sizeMiB)
    yield { name, at: placed.at, product, version, medium, logs: traits?.logs, disksMiB }
  }
}

function mediumOf(bootMedia: string | undefined): string | undefined {
  if (bootMedia === 'usb') return 'USB'
  return bootMedia === 'sd' ? 'an SD card' : undefined
}

function flashHit(booting: Booting, datastores: ReadonlyMap<string, Datastore>): Hit | undefined {
  const { name, product, version, medium } = booting
  const at = [...booting.at, 'bootMedia']
  const facts = productFacts(product, version)
  if (facts?.usbBoot === 'no') {
    const text = `\`${name}\` boots from ${medium}, for which ${facts.title} is not made.`
    return { at, text, remedy: 'Boot it from a disk.' }
  }
  if (product !== 'esxi' || !facts) return undefined
  if (facts.usbBoot === 'restricted') return restricted(booting, facts.title, datastores)
  if (booting.logs !== undefined || (booting.disksMiB?.length ?? 0) > 0) return undefined
  return {
    at,
    text: `\`${name}\` boots from ${medium} and keeps its logs nowhere else, so they are gone after every start.`,
    remedy: 'Name a datastore, or `remote`, in `logs`.',
  }
}

/** ESXi 7.0 and later. */
function restricted(
  { name, at, medium, logs, disksMiB }: Booting,
  title: string,
  datastores: ReadonlyMap<string, Datastore>,
): Hit {
  const place = [...at, 'bootMedia']
  const least = formatMiB(persistentMiB)
  const boots = `\`${name}\` boots from ${medium}`
  const remedy = `Boot it from a disk of ${least} or more.`
  const store = logs === undefined ? undefined : datastores.get(logs)
  const isLocal = (store?.kind === 'local' || store?.kind === 'vmfs') && (store.sizeMiB ?? 0) >= persistentMiB
  if (isLocal || disksMiB?.some((size) => size >= persistentMiB)) {
    const text = `${boots}, where ${title} keeps its boot banks only and wears the medium out.`
    return { at: place, text, remedy, severity: 'advice' }
  }
  const without = `and ${title} needs ${least} of persistent storage of its own beside it`
  if (logs === undefined && disksMiB !== undefined) {
    return { at: place, text: `${boots}, ${without}.`, remedy, severity: 'error' }
  }
  const instead = logs === undefined ? 'nothing is said about its disks' : `\`${logs}\` takes only the logs`
  return { at: place, text: `${boots}, ${without}, but ${instead}.`, remedy }
}
