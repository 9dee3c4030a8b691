/** From a lab file of the right shape to the lab it means, with everything decided that the file leaves open. */
import { type Level, machinesOf, type ResolvedLab } from './model.ts'
import type { HostFacts } from './model-traits.ts'
import { hostNames, readName, sectionNames, templateNames } from './names.ts'
import { decideAddresses, decideMacs, overlapsOf } from './nic-wishes.ts'
import { accepted, type Finding } from './problem.ts'
import {
  addPending,
  newResolution,
  pendingKeys,
  type Resolution,
  type ResolveOptions,
  type SiteKind,
} from './resolution.ts'
import { resolveLevel } from './resolve-level.ts'
import { decideForwards, decideNetworks, nicsOfNats } from './resolve-nat.ts'
import { draftOverlays, joinWishes, plugOverlays } from './resolve-overlay.ts'
import { resolveSections } from './resolve-sections.ts'
import { checkIp, present } from './resolve-traits.ts'
import type { LabInput } from './schema.ts'
import type { SiteInput } from './schema-site.ts'
import { readDiskSize, readMemory } from './sizes.ts'
import { usableTemplates } from './templates.ts'

export function resolve(
  input: LabInput,
  options: ResolveOptions,
): { readonly lab: ResolvedLab; readonly findings: readonly Finding[] } {
  const early: Finding[] = []
  const declared = input.templates ?? {}
  const templates = { usable: usableTemplates(declared, early), names: new Set(Object.keys(declared)) }
  const site = siteOf(input.site, options)
  const resolution = newResolution(input.name, templates, { ...options, siteKind: site.kind })
  if (site.kind === 'unknown') pendingSite(resolution)
  checkSectionNames(input, resolution)
  const hosts = hostsOf(input.site)
  const owner = { path: '', hypervisors: hosts, hostNames: hosts.map(({ name }) => name) }
  const top = resolveLevel(input, { owner, path: [], level: 1, resolution })
  const machines = new Map([...machinesOf(top)].map((machine) => [machine.path, machine]))
  const names = { machines: new Set(machines.keys()), hosts: new Set(hosts.map(({ name }) => name)) }
  const drafts = draftOverlays(input, machines, { ...names, resolution })
  joinWishes(resolution.wishes, drafts)
  const byNic = decideNics(input.name, top, resolution).flat()
  const sections = resolveSections(input, { ...names, resolution }, machines)
  const joined = byNic.length > 0 ? { top, overlays: [] } : plugOverlays(top, drafts, resolution)
  const lab: ResolvedLab = {
    name: input.name,
    site: site.name,
    ...(input.purpose !== undefined && { purpose: input.purpose }),
    top: joined.top,
    ...(input.use !== undefined && { use: input.use }),
    ...(input.snapshots !== undefined && { snapshots: input.snapshots }),
    ...(hosts.length > 0 && { hosts }),
    ...cloudOf(input.site, resolution),
    ...(joined.overlays.length > 0 && { overlays: joined.overlays }),
    ...sections,
    pending: pendingKeys(resolution),
  }
  return { lab, findings: [early, resolution.findings, byNic].flat() }
}

/** The order matters: what NAT needs is nobody's, and it forwards to addresses that have been decided. */
function decideNics(lab: string, top: Level, resolution: Resolution): readonly (readonly Finding[])[] {
  const { wishes } = resolution
  const behind = nicsOfNats(top, resolution)
  const reserved = decideNetworks(behind, resolution)
  const findings = [decideMacs(lab, wishes), decideAddresses(lab, wishes, reserved), overlapsOf(wishes)]
  decideForwards(behind, resolution)
  return findings
}

/** Facts name no place where machines could run, so such a lab is tried out on this machine unless told otherwise. */
function siteOf(
  input: SiteInput | undefined,
  { site, sites }: ResolveOptions,
): { readonly name: string; readonly kind: SiteKind } {
  const name = site ?? (typeof input === 'string' ? input : 'local')
  const kind = name === 'local' || name === 'sim' ? name : (sites.get(name) ?? 'unknown')
  return { name, kind }
}

function pendingSite(resolution: Resolution): void {
  const { sites } = resolution.options
  const known = ['local', 'sim', ...sites.keys()].join(', ')
  addPending(resolution, ['site'], {
    text: `There is no such site here; there are ${known}. \`nestlab site add\` adds one.`,
  })
}

function hostsOf(site: SiteInput | undefined): readonly HostFacts[] {
  if (site === undefined || typeof site === 'string') return []
  return Object.entries(site.hosts ?? {}).map(([name, { memory, disks, nics, cpu, ...facts }]) => {
    const memoryMiB = memory === undefined ? undefined : accepted(readMemory(memory))
    return {
      name,
      ...(cpu && { cpu: present(cpu) }),
      ...present(facts),
      ...(memoryMiB !== undefined && { memoryMiB }),
      disksMiB: (disks ?? []).flatMap((size) => accepted(readDiskSize(size)) ?? []),
      nics: nics ?? [],
    }
  })
}

function cloudOf(site: SiteInput | undefined, resolution: Resolution): Pick<ResolvedLab, 'cloud'> {
  if (site === undefined || typeof site === 'string' || !site.cloud) return {}
  const { nested = false, spot = false, hibernation = false, ...cloud } = site.cloud
  if (cloud.dns !== undefined) checkIp(cloud.dns, ['site', 'cloud', 'dns'], resolution)
  return { cloud: { ...present(cloud), nested, spot, hibernation } }
}

function checkSectionNames(input: LabInput, { findings }: Resolution): void {
  const sections = ['clusters', 'datastores', 'overlays'] as const
  const named = [
    ...sections.map((section) => ({ path: [section], kind: sectionNames, names: input[section] })),
    { path: ['templates'], kind: templateNames, names: input.templates },
    {
      path: ['site', 'hosts'],
      kind: hostNames,
      names: typeof input.site === 'object' ? (input.site.hosts ?? {}) : {},
    },
  ]
  for (const { path, kind, names } of named) {
    for (const name of Object.keys(names ?? {})) {
      const read = readName(kind, name)
      if (!read.ok)
        findings.push({ path: [...path, name], onKey: true, text: read.text, remedy: read.remedy })
    }
  }
}
