/** Rule about virtualization-based security in Windows machines, the one use of nesting that VMware supports outright. */
import {
  type CpuVendor,
  compareVersions,
  type HardwareVersion,
  hardwareVersions,
  lastUpdate,
  type ProcessorGeneration,
  processorGeneration,
} from '#facts'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Software } from '../scene.ts'
import { listed, softwareWords } from '../words.ts'
import {
  allAre,
  isEsxi,
  isHyperv,
  perHosts,
  type SiteHost,
  severityFor,
  siteHosts,
  siteVendor,
} from './hosts.ts'
import { hardwareOf, hardwarePath } from './hypervisors.ts'

/** The generation from which VBS is fast, by vendor. */
const fastSince = { intel: 'haswell', amd: 'zen2' } as const

/** The first hardware version with which VBS works on processors of a vendor. */
function firstFor(vendor: CpuVendor): HardwareVersion | undefined {
  return hardwareVersions().find(({ vbs: on }) => on === 'intel-and-amd' || (on === 'intel' && vendor === on))
}

export const vbs: Rule = {
  id: 'hardware/vbs',
  severity: 'error',
  title: 'A Windows machine with VBS has the vSphere, hardware version and firmware that it needs.',
  why: 'VBS runs Hyper-V inside the machine, so it needs exposed virtualization, UEFI, and vSphere 6.7 with hardware version 14, on AMD 7.0 Update 2 with 19. Then VMware supports it, which it does for no other hypervisor but the vSAN witness.',
  covers: ['R132'],
  sources: [pages.vbs, pages.hardware80, articles.S4],
  versions: 'vSphere 6.7 and later',
  *find(scene) {
    const vendor = siteVendor(scene) ?? 'intel'
    const first = firstFor(vendor)
    const tooOld = perHosts((runsOn) => runsOn.filter((host) => isBefore(host, first)))
    const fresh = perHosts((runsOn) => allAre(runsOn, isEsxi) && runsOn.every((host) => isSince(host, first)))
    const slow = siteHosts(scene).find(isSlow)
    for (const placed of scene.machines) {
      if (hardwareOf(placed).vbs !== true) continue
      const old = tooOld(placed)
      yield* ofVersion(placed, { vendor, first, isSafe: fresh(placed) })
      yield* ofFile(placed)
      if (old.length > 0) yield onOldHost(placed, old, first)
      else if (!placed.host && slow) yield onSlowHost(placed, slow)
    }
  },
}

function isBefore(host: Software, first: HardwareVersion | undefined): boolean {
  return isEsxi(host) && host.version !== undefined && !isSince(host, first)
}

function isSince({ version }: Software, first: HardwareVersion | undefined): boolean {
  if (version === undefined || first?.firstEsxi === undefined) return false
  return compareVersions(lastUpdate(version), first.firstEsxi) >= 0
}

interface Needed {
  readonly vendor: CpuVendor
  readonly first: HardwareVersion | undefined
  /** Whether all hosts run that hardware version. */
  readonly isSafe: boolean
}

function* ofVersion(placed: Placed, { vendor, first, isSafe }: Needed): Iterable<Hit> {
  const { version } = hardwareOf(placed)
  if (version === undefined || first === undefined || version >= first.version) return
  const at = hardwarePath(placed, 'version')
  const needs = `${first.version}${vendor === 'amd' ? ' on AMD' : ''}`
  yield {
    at,
    text: `\`${placed.machine.path}\` has VBS and hardware version ${version}, and VBS needs ${needs}.`,
    remedy: `Set \`version\` to ${first.version} or later.`,
    ...(isSafe && { edits: [{ at, value: first.version }] }),
  }
}

/** What else the machine itself says. */
function* ofFile(placed: Placed): Iterable<Hit> {
  const { firmware, exposeVirtualization } = hardwareOf(placed)
  const { path } = placed.machine
  if (firmware === 'bios') {
    const text = `\`${path}\` has VBS and starts from legacy BIOS, and VBS needs UEFI with secure boot.`
    yield {
      at: hardwarePath(placed, 'firmware'),
      text,
      remedy: 'Make the machine with `efi` from the beginning.',
    }
  }
  // Hyper-V runs VBS of its machines itself.
  if (exposeVirtualization === false && !allAre(placed.runsOn, isHyperv)) {
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

function onOldHost(placed: Placed, old: readonly Software[], first: HardwareVersion | undefined): Hit {
  const names = [...new Set(old.map(softwareWords))]
  return {
    at: hardwarePath(placed, 'vbs'),
    severity: severityFor(old.length, placed.runsOn.length),
    text: `\`${placed.machine.path}\` has VBS, for which ${listed(names)} ${names.length === 1 ? 'is' : 'are'} too old.`,
    remedy: `Use ESXi ${first?.firstEsxi} or later, or switch VBS off.`,
  }
}

function isSlow({ generation }: SiteHost): boolean {
  return generation !== undefined && generation.year < (fastOf(generation)?.year ?? 0)
}

function fastOf({ vendor }: ProcessorGeneration): ProcessorGeneration | undefined {
  return processorGeneration(fastSince[vendor])
}

function onSlowHost(placed: Placed, { facts, generation }: SiteHost): Hit {
  const faster = generation && fastOf(generation)
  return {
    at: hardwarePath(placed, 'vbs'),
    severity: 'advice',
    text: `\`${placed.machine.path}\` has VBS, which is slow on the processor of \`${facts.name}\`, ${generation?.title}.`,
    remedy: `Prefer a host with ${faster?.title} or newer for it.`,
  }
}
