/** Rules about processors that newer versions of ESXi do not accept, as hosts and inside other hypervisors. */
import {
  lastUpdate,
  type ProcessorGeneration,
  type ProductFacts,
  productFacts,
  productVersions,
} from '#facts'
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Scene, Software } from '../scene.ts'
import { softwareWords } from '../words.ts'
import { severityFor, siteHosts } from './hosts.ts'
import { hypervisorsOf } from './hypervisors.ts'
import { generationLook, type SeenGeneration, xsaveLook } from './seen-cpu.ts'

/** `yes`; `later`: a later update of the release does, which the file may mean. */
function needsXsave({ product, version }: Software): 'yes' | 'later' | 'no' {
  if (productFacts(product, version)?.needsXsave) return 'yes'
  if (version === undefined || lastUpdate(version) === version) return 'no'
  const updates = productVersions(product).filter((one) => one.startsWith(`${version}U`))
  return updates.some((update) => productFacts(product, update)?.needsXsave) ? 'later' : 'no'
}

const remedy = 'Use a processor from 2011 or newer (Sandy Bridge, Bulldozer), or ESXi 8.0 before Update 2.'

export const xsave: Rule = {
  id: 'cpu/xsave',
  severity: 'error',
  title: 'ESXi 8.0 Update 2 and later finds XSAVE, also inside another hypervisor.',
  why: 'From that update on ESXi stops at its start with "Unsupported CPU" where XSAVE is missing, and no boot option helps. A nested one sees only what CPU model and EVC baseline leave of the host.',
  covers: ['R001', 'R215'],
  sources: [pages.xsave, pages.evc],
  versions: 'ESXi 8.0 Update 2 and later',
  *find(scene) {
    yield* hostsWithoutXsave(scene)
    yield* nestedWithoutXsave(scene)
  },
}

function* hostsWithoutXsave(scene: Scene): Iterable<Hit> {
  for (const { facts, at, generation } of siteHosts(scene)) {
    const { product, version } = facts
    if (product !== 'esxi' || generation?.hasXsave !== false) continue
    const needs = needsXsave({ product, version })
    if (needs === 'no' || version === undefined) continue
    const words = softwareWords({ product, version })
    yield {
      at: [...at, 'version'],
      severity: needs === 'yes' ? 'error' : 'warning',
      text:
        needs === 'yes'
          ? `${words} does not start on \`${facts.name}\`, whose processor, ${generation.title}, has no XSAVE.`
          : `${words} starts on \`${facts.name}\` only before Update 2, since its processor, ${generation.title}, has no XSAVE.`,
      remedy,
    }
  }
}

function* nestedWithoutXsave(scene: Scene): Iterable<Hit> {
  const look = xsaveLook(scene)
  for (const placed of hypervisorsOf(scene)) {
    const { hypervisor, path } = placed.machine
    const needs = hypervisor.product === 'esxi' ? needsXsave(hypervisor) : 'no'
    if (needs === 'no') continue
    const sight = look(placed)
    if (sight.has !== 'no') continue
    const words = softwareWords(hypervisor)
    const where = sight.everywhere ? '' : ' on every host'
    yield {
      at: [...placed.at, 'hypervisor', 'version'],
      severity: sight.everywhere && needs === 'yes' ? 'error' : 'warning',
      text:
        needs === 'yes'
          ? `${words} in \`${path}\` does not see XSAVE${where}: ${sight.because}.`
          : `${words} in \`${path}\` starts only before Update 2, as it does not see XSAVE${where}: ${sight.because}.`,
      remedy: sight.remedy,
    }
  }
}

export const refusedGeneration: Rule = {
  id: 'cpu/refused-generation',
  severity: 'error',
  title: 'The processor is one that the version of ESXi still accepts.',
  why: 'With each release the installer of ESXi turns away older processors, and it looks at them inside another hypervisor just the same. From 8.0 on a boot option turns the refusal into a warning.',
  covers: ['R001', 'R215'],
  sources: [pages.refusedCpu, pages.esxi80, articles.S3, known],
  versions: 'ESXi 6.7 and later',
  *find(scene) {
    yield* hostsRefused(scene)
    yield* nestedRefused(scene)
  },
}

function* hostsRefused(scene: Scene): Iterable<Hit> {
  for (const { facts, at, generation } of siteHosts(scene)) {
    const { product, version } = facts
    if (product !== 'esxi' || version === undefined || !generation) continue
    const rows = productFacts(product, version)
    if (!rows?.refusedGenerations?.includes(generation.key) || isHopeless(rows, generation)) continue
    yield {
      at: [...at, 'version'],
      severity: rows.legacyCpuOption ? 'warning' : 'error',
      text: `The installer of ${softwareWords({ product, version })} refuses the processor of \`${facts.name}\`, ${generation.title}.`,
      remedy: remedyFor(rows.legacyCpuOption),
    }
  }
}

function* nestedRefused(scene: Scene): Iterable<Hit> {
  const look = generationLook(scene)
  for (const placed of hypervisorsOf(scene)) {
    const { hypervisor, path } = placed.machine
    if (hypervisor.product !== 'esxi') continue
    const rows = productFacts(hypervisor.product, hypervisor.version)
    const refused = new Set(rows?.refusedGenerations)
    const seen = look(placed)
    const failing = seen.filter(
      ({ generation }) => generation && refused.has(generation.key) && !isHopeless(rows, generation),
    )
    const [first] = failing
    if (!first) continue
    yield {
      at: [...placed.at, 'hypervisor', 'version'],
      severity: rows?.legacyCpuOption ? 'warning' : severityFor(hostsOf(failing), hostsOf(seen)),
      text: `The installer of ${softwareWords(hypervisor)} in \`${path}\` refuses ${first.of}.`,
      remedy: remedyFor(rows?.legacyCpuOption),
    }
  }
}

function hostsOf(seen: readonly SeenGeneration[]): number {
  return seen.reduce((sum, { hosts }) => sum + hosts, 0)
}

/** Without XSAVE no boot option helps, which the rule about it says. */
function isHopeless(rows: ProductFacts | undefined, { hasXsave }: ProcessorGeneration): boolean {
  return rows?.needsXsave === true && !hasXsave
}

function remedyFor(option: string | undefined): string {
  const older = 'Use an older version of ESXi or a newer processor'
  return option === undefined ? `${older}.` : `${older}, or start it with ${option}.`
}
