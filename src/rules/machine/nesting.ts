/** Rules about which hypervisor runs in which, and how deep. */
import { cloudSize, compareVersions, type NestingSupport, nestingSupport, processorGeneration } from '#facts'
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import { type Placed, pathOfHost, type Scene, type Software } from '../scene.ts'
import { counted, softwareWords } from '../words.ts'
import { allAre, hostCount, isKvm, perHosts, severityFor, siteHosts } from './hosts.ts'
import { hypervisorsOf, nestingOf, type PlacedHypervisor } from './hypervisors.ts'

export const supported: Rule = {
  id: 'nesting/supported',
  severity: 'error',
  title: 'Each hypervisor runs in one that is known to hold it.',
  why: 'Not every product hands on what another one needs, and some do so only from a version on. What a vendor declines may run today and fail after the next update.',
  covers: ['R009', 'R021', 'R050', 'R133', 'R134'],
  sources: [articles.S4, pages.vmwareNested, pages.hypervNested, pages.kernel, pages.xcpng, pages.virtualbox],
  *find(scene) {
    const look = poorHosts()
    for (const placed of hypervisorsOf(scene)) {
      const poor = look(placed)
      const worst = poor.find(({ support }) => support.verdict === 'fails') ?? poor[0]
      if (!worst) continue
      const failing = poor.filter(({ support }) => support.verdict === 'fails').length
      const { hypervisor, path } = placed.machine
      const inside = `${softwareWords(hypervisor)} in \`${path}\` runs on ${softwareWords(worst.host)}`
      yield {
        at: [...placed.at, 'hypervisor', 'product'],
        severity: failing > 0 ? severityFor(failing, hostCount(placed, scene)) : 'warning',
        text: `${inside}: ${lowerFirst(worst.support.text)}`,
        remedy:
          failing > 0
            ? worstRemedy(worst.support)
            : 'Use another product for one of the two, or accept this finding with a reason.',
      }
    }
  },
}

interface PoorHost {
  readonly host: Software
  readonly support: NestingSupport
}

/** What may run a hypervisor without being known to hold it; thousands of hypervisors are of few kinds. */
function poorHosts(): (placed: PlacedHypervisor) => readonly PoorHost[] {
  const byHosts = perHosts(() => new Map<string, readonly PoorHost[]>())
  return (placed) => {
    const { hypervisor } = placed.machine
    const found = byHosts(placed)
    const key = softwareWords(hypervisor)
    const before = found.get(key)
    if (before) return before
    const poor = placed.runsOn.flatMap((host) => {
      const support = nestingSupport(host, hypervisor)
      return support && isPoor(support) ? [{ host, support }] : []
    })
    found.set(key, poor)
    return poor
  }
}

function isPoor({ verdict }: NestingSupport): boolean {
  return verdict === 'fails' || verdict === 'unsupported' || verdict === 'experimental'
}

function worstRemedy({ needs: [first] }: NestingSupport): string {
  return first === undefined ? 'Use another product for one of the two.' : `Use ${first}, or another product.`
}

/** Names of products keep their capitals. */
function lowerFirst(text: string): string {
  return /^(This|Nested|Other|Hypervisors)\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}

/** Rows that hold only for one vendor's processors: versions before are without nesting there. */
const firstVersions = [
  { product: 'hyperv', vendor: 'amd', from: '2022', title: 'Windows Server 2022' },
  { product: 'virtualbox', vendor: 'intel', from: '6.1', title: 'VirtualBox 6.1' },
] as const

export const hostVersion: Rule = {
  id: 'nesting/host-version',
  severity: 'error',
  title: 'The hypervisor of the host nests on processors of its vendor.',
  why: 'Hyper-V nests on Intel since 2016 but on AMD only since Windows Server 2022, VirtualBox on AMD since 6.0 but on Intel only since 6.1. An older one leaves the setting without effect or refuses it.',
  covers: ['R009', 'R021', 'R050'],
  sources: [pages.hypervNested, pages.virtualbox, known],
  *find(scene) {
    if (nestingOf(scene).length === 0) return
    const hosts = siteHosts(scene)
    const broadwell = processorGeneration('broadwell')?.year ?? 0
    const failing = hosts.flatMap(({ facts: { name, product, version }, vendor, generation }) => {
      const row = firstVersions.find((one) => one.product === product && one.vendor === vendor)
      if (!row) return []
      if (version !== undefined && compareVersions(version, row.from) < 0)
        return { name, product, version, row }
      const old = product === 'virtualbox' && generation !== undefined && generation.year < broadwell
      return old ? { name, product, version, row: undefined, generation } : []
    })
    for (const { name, product = '', version, row, generation } of failing) {
      const own = softwareWords({ product, version })
      yield row
        ? {
            at: [...pathOfHost(name), 'version'],
            severity: severityFor(failing.length, hosts.length),
            text: `${own} on \`${name}\` does not nest on a processor of ${row.vendor === 'amd' ? 'AMD' : 'Intel'}.`,
            remedy: `Use ${row.title} or later.`,
          }
        : {
            at: [...pathOfHost(name), 'product'],
            severity: 'warning',
            text: `${own} nests on Intel from Broadwell on, and \`${name}\` has ${generation?.title}.`,
            remedy: 'Use a newer processor, or another hypervisor on the host.',
          }
    }
  },
}

const mostLevels = 3

export const depth: Rule = {
  id: 'nesting/depth',
  severity: 'warning',
  title: 'Machines are no more than three levels deep, and two unless all hypervisors are KVM.',
  why: 'Nesting has no limit in principle, but each level handles the exits of all levels inside it, so the slowdown multiplies. Microsoft supports one hypervisor inside another, no cloud documents a third level, and the authors of KVM called it absurdly slow.',
  covers: ['R023', 'R140'],
  sources: [articles.S0, articles.S4, pages.kernelLevel3, pages.hypervNested],
  *find(scene) {
    const below = levelsBelow(scene)
    for (const placed of nestingOf(scene)) {
      const level = placed.machine.level + 1 + below
      if (level < mostLevels) continue
      const chain = [placed, ...outerOf(placed)]
      const hit = judged(placed, level, { chain, below })
      if (hit) yield hit
    }
  },
}

/** An instance in a cloud is itself a machine on a hypervisor, unless it is a metal one. */
function levelsBelow({ site: { cloud } }: Scene): number {
  return cloud && cloudSize(cloud.provider, cloud.size)?.nested === 'yes' ? 1 : 0
}

function* outerOf({ host }: Placed): Generator<Placed> {
  for (let one = host; one; one = one.host) yield one
}

function judged(
  placed: PlacedHypervisor,
  level: number,
  { chain, below }: { readonly chain: readonly Placed[]; readonly below: number },
): Hit | undefined {
  const { path } = placed.machine
  const at = [...placed.at, 'hypervisor', 'machines']
  const remedy = 'Put them one level further out.'
  const products = chain.flatMap(({ machine }) => machine.hypervisor?.product ?? [])
  const inCloud = below > 0 ? ', counting the hypervisor of the cloud' : ''
  const text = `The machines in \`${path}\` are ${level} levels deep${inCloud}`
  if (level > mostLevels) return { at, text: `${text}, which is rarely usable.`, remedy }
  if (below > 0) return { at, text: `${text}, which no cloud documents.`, remedy }
  const hyperv = products.filter((product) => product === 'hyperv').length
  if (hyperv > 1) return { at, text: `${text}, and Microsoft supports Hyper-V in Hyper-V only once.`, remedy }
  const other = products.find((product) => product !== 'kvm' && product !== 'proxmox')
  if (other === undefined) return undefined
  const words = softwareWords({ product: other })
  return { at, severity: 'advice', text: `${text}, which is slow with ${words} on the way.`, remedy }
}

/** What Hyper-V needs to find beside VT-x to run machines of its own at a usable speed. */
const enlightenments = ['vpindex', 'synic', 'time', 'stimer', 'stimer-direct'] as const

export const hypervOnKvm: Rule = {
  id: 'nesting/hyperv-on-kvm',
  severity: 'warning',
  title: 'Hyper-V on KVM finds the enlightenments that it needs for machines of its own.',
  why: 'Hyper-V takes its clocks and interrupts from interfaces that QEMU offers only when asked: hv-vpindex, hv-synic, hv-time, hv-stimer and, for nesting, hv-stimer-direct. Without them it starts slowly, or inner machines stand still.',
  covers: ['R021'],
  sources: [pages.qemuHyperv, pages.qemuHypervAmd, articles.S0],
  *find(scene) {
    const vendors = new Set(siteHosts(scene).map(({ vendor }) => vendor))
    const onAmd = vendors.size === 1 && vendors.has('amd')
    for (const placed of nestingOf(scene)) {
      const { hypervisor } = placed.machine
      if (hypervisor.product === 'hyperv' && allAre(placed.runsOn, isKvm)) yield* enlightened(placed, onAmd)
    }
  },
}

function* enlightened(placed: PlacedHypervisor, onAmd: boolean): Iterable<Hit> {
  const { path, traits } = placed.machine
  const settings = Object.entries(traits?.hardware?.settings ?? {}).flat()
  const text = [traits?.hardware?.cpuModel ?? '', ...settings]
    .join(' ')
    .toLowerCase()
    .replaceAll(/[_.]/g, '-')
  const at = [...placed.at, 'hardware', 'settings']
  if (onAmd) {
    const what = /\bhv-evmcs\b/.test(text)
      ? `\`${path}\` asks for hv-evmcs, which only Intel has, and its host is of AMD.`
      : `\`${path}\` runs Hyper-V on KVM on a processor of AMD, where QEMU has open problems with machines inside.`
    yield { at, text: what, remedy: 'Use a host with a processor of Intel for it.' }
  }
  if (/\bhv-passthrough\b/.test(text)) return
  const asked = /\bhv-/.test(text)
  const missing = enlightenments.filter((name) => !new RegExp(`\\bhv-${name}\\b(?!-)`).test(text))
  if (missing.length === 0) return
  const all = missing.map((name) => `hv-${name}`).join(', ')
  yield {
    at,
    severity: asked ? 'warning' : 'advice',
    text: asked
      ? `\`${path}\` lacks ${counted(missing.length, 'enlightenment')} that Hyper-V on KVM needs to nest: ${all}.`
      : `\`${path}\` runs Hyper-V on KVM, and nothing says that it gets the enlightenments for nesting.`,
    remedy: `Add ${all} to the flags of its CPU, in \`settings\`.`,
  }
}
