/** Rule about virtualization-based security in Windows machines, the one use of nesting that VMware supports outright. */
import {
  type CpuVendor,
  compareVersions,
  hardwareVersion,
  lastUpdate,
  type ProcessorGeneration,
} from '#facts'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed } from '../scene.ts'
import { listed, softwareWords } from '../words.ts'
import { type SiteHost, severityFor, siteHosts } from './hosts.ts'
import { hardwareOf, hardwarePath } from './hypervisors.ts'

/** By vendor of the processor: the first vSphere and hardware version, and the generation from which it is fast. */
const needs = {
  intel: { esxi: '6.7', hardware: 14, fastSince: 2013, fast: 'Haswell' },
  amd: { esxi: '7.0U2', hardware: 19, fastSince: 2019, fast: 'Zen 2' },
} as const

export const vbs: Rule = {
  id: 'hardware/vbs',
  severity: 'error',
  title: 'A Windows machine with VBS has the vSphere, hardware version and firmware that it needs.',
  why: 'VBS runs Hyper-V inside the machine, so it needs exposed virtualization, UEFI, and vSphere 6.7 with hardware version 14, on AMD 7.0 Update 2 with 19. Then VMware supports it, which it does for no other hypervisor but the vSAN witness.',
  covers: ['R132'],
  sources: [pages.vbs, pages.hardware80, articles.S4],
  versions: 'vSphere 6.7 and later',
  *find(scene) {
    const hosts = siteHosts(scene)
    const vendors = new Set(hosts.map(({ vendor }) => vendor))
    const [vendor] = vendors.size === 1 ? vendors : []
    for (const placed of scene.machines) {
      if (hardwareOf(placed).vbs !== true) continue
      yield* ofFile(placed, vendor ?? 'intel')
      const tooOld = hostTooOld(placed, vendor ?? 'intel')
      if (tooOld) yield tooOld
      else if (!placed.host) yield* slowOn(hosts, placed)
    }
  },
}

/** What the machine itself says. */
function* ofFile(placed: Placed, vendor: CpuVendor): Iterable<Hit> {
  const { version, firmware, exposeVirtualization } = hardwareOf(placed)
  const { path } = placed.machine
  const least = needs[vendor].hardware
  if (version !== undefined && version < least) {
    const at = hardwarePath(placed, 'version')
    const text = `\`${path}\` has VBS and hardware version ${version}, and VBS needs ${least}${vendor === 'amd' ? ' on AMD' : ''}.`
    const first = hardwareVersion(least)?.firstEsxi ?? needs[vendor].esxi
    const runs = placed.runsOn.every(({ product, version: own }) => {
      return product === 'esxi' && own !== undefined && compareVersions(lastUpdate(own), first) >= 0
    })
    yield {
      at,
      text,
      remedy: `Set \`version\` to ${least} or later.`,
      ...(runs && placed.runsOn.length > 0 && { edits: [{ at, value: least }] }),
    }
  }
  if (firmware === 'bios') {
    const text = `\`${path}\` has VBS and starts from legacy BIOS, and VBS needs UEFI with secure boot.`
    yield {
      at: hardwarePath(placed, 'firmware'),
      text,
      remedy: 'Make the machine with `efi` from the beginning.',
    }
  }
  if (exposeVirtualization === false) {
    const at = hardwarePath(placed, 'exposeVirtualization')
    const text = `\`${path}\` has VBS, which is a hypervisor, and is not handed hardware virtualization.`
    yield {
      at,
      text,
      remedy: 'Set `exposeVirtualization` to true, or remove it.',
      edits: [{ at, value: true }],
    }
  }
}

function hostTooOld(placed: Placed, vendor: CpuVendor): Hit | undefined {
  const { esxi } = needs[vendor]
  const failing = placed.runsOn.filter(
    ({ product, version }) =>
      product === 'esxi' && version !== undefined && compareVersions(lastUpdate(version), esxi) < 0,
  )
  if (failing.length === 0) return undefined
  const names = listed([...new Set(failing.map(softwareWords))])
  return {
    at: hardwarePath(placed, 'vbs'),
    severity: severityFor(failing.length, placed.runsOn.length),
    text: `\`${placed.machine.path}\` has VBS, for which ${names} is too old.`,
    remedy: `Use ESXi ${esxi} or later, or switch VBS off.`,
  }
}

function* slowOn(hosts: readonly SiteHost[], placed: Placed): Iterable<Hit> {
  const isSlow = ({ vendor, year }: ProcessorGeneration) => year < needs[vendor].fastSince
  const slow = hosts.find(({ generation }) => generation && isSlow(generation))
  if (!slow?.generation) return
  const { vendor, title } = slow.generation
  yield {
    at: hardwarePath(placed, 'vbs'),
    severity: 'advice',
    text: `\`${placed.machine.path}\` has VBS, which is slow on the processor of \`${slow.facts.name}\`, ${title}.`,
    remedy: `Prefer a host with ${needs[vendor].fast} or newer for it.`,
  }
}
