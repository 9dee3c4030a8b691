/** Rules about CPU generations in one cluster of vSphere, and the EVC baseline that they share. */
import {
  commonBaseline,
  compareVersions,
  type EvcBaseline,
  evcBaseline,
  evcBaselines,
  lastUpdate,
  type ProcessorGeneration,
  processorGeneration,
  reachesBaseline,
} from '#facts'
import { articles, known, page } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Edit, Hit, Rule } from '../rule.ts'
import { named } from '../words.ts'
import { type ClusterWithMembers, clustersOf, type Member } from './members.ts'

const levels = page(
  'joetietz.com: EVC levels, Skylake from 6.7 on',
  'https://joetietz.com/2018/07/24/back-to-the-basics-evc-with-an-extra-twist/',
  'S',
)
const vendors = page(
  'VMware KB 1005764: EVC and CPU compatibility FAQ',
  'https://knowledge.broadcom.com/external/article?legacyId=1005764',
)

/** A member whose CPU is known. */
interface Known extends Member {
  readonly generation: ProcessorGeneration
}

const isKnown = (member: Member): member is Known => member.generation !== undefined
const isOfVsphere = ({ product }: Member): boolean => product === 'esxi'
const mayBeOfVsphere = ({ product }: Member): boolean => product === undefined || product === 'esxi'

const differs = (known: readonly Known[], key: 'key' | 'vendor'): boolean =>
  new Set(known.map(({ generation }) => generation[key])).size > 1

const withTitles = (known: readonly Known[]): string => {
  const byTitle = Map.groupBy(known, ({ generation }) => generation.title)
  return [...byTitle].map(([title, some]) => `${named(some.map(({ name }) => name))}: ${title}`).join('; ')
}

/** Only where the CPU of every member is known: another one might reach less. */
function sureEdits(
  { members, at }: ClusterWithMembers,
  known: readonly Known[],
  base: EvcBaseline | undefined,
): Pick<Hit, 'edits'> {
  if (!base || known.length < members.length) return {}
  const edit: Edit = { at: [...at, 'evc'], value: base.key }
  return { edits: [edit] }
}

export const evcNeeded: Rule = {
  id: 'evc/needed',
  severity: 'warning',
  title: 'A cluster of hosts with different CPU generations has an EVC baseline.',
  why:
    'A running machine sees the CPU features of the host on which it was started, so vMotion to an older host is ' +
    'refused, and DRS cannot balance. EVC hides what the weakest host lacks, so that every host can take every machine.',
  covers: ['R202'],
  sources: [articles.S3, vendors],
  *find(scene) {
    for (const one of clustersOf(scene)) {
      const { cluster, members, at } = one
      const known = members.filter((member) => member.host && isOfVsphere(member)).filter(isKnown)
      if (cluster.evc !== undefined || !differs(known, 'key') || differs(known, 'vendor')) continue
      const base = commonBaseline(known.map(({ generation }) => generation))
      yield {
        at: [...at, 'evc'],
        text: `The hosts of cluster \`${cluster.name}\` differ in their CPUs (${withTitles(known)}), and it has no EVC baseline.`,
        remedy: base
          ? `Write \`evc: ${base.key}\`, the highest baseline that all of them reach.`
          : 'Give each generation a cluster of its own, since no EVC baseline holds all of them.',
        ...(cluster.drs ? sureEdits(one, known, base) : { severity: 'advice' }),
      }
    }
  },
}

export const evcVendors: Rule = {
  id: 'evc/vendors',
  severity: 'warning',
  title: 'A cluster of vSphere has CPUs of one vendor.',
  why:
    'EVC hides features between generations of one vendor, never between Intel and AMD. Running machines stay on the ' +
    'hosts of the vendor on which they were started, and only machines that are off can cross over.',
  covers: ['R202'],
  sources: [vendors],
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      if (!members.every(mayBeOfVsphere) || !members.some(isOfVsphere)) continue
      const known = members.filter(isKnown)
      if (!differs(known, 'vendor')) continue
      const byVendor = Map.groupBy(known, ({ generation }) => generation.vendor)
      const of = (vendor: 'intel' | 'amd') => named((byVendor.get(vendor) ?? []).map(({ name }) => name))
      yield {
        at: [...at, 'members'],
        text: `Cluster \`${cluster.name}\` mixes Intel (${of('intel')}) with AMD (${of('amd')}), which no EVC baseline bridges.`,
        remedy: 'Make a cluster for each vendor.',
        ...(cluster.evc === undefined ? {} : { severity: 'error' }),
      }
    }
  },
}

export const evcBaselineReached: Rule = {
  id: 'evc/baseline',
  severity: 'error',
  title: 'Every member of a cluster reaches its EVC baseline.',
  why:
    'vCenter refuses a host that lacks a feature of the baseline, so it never gets into the cluster. The baseline follows ' +
    'from the weakest CPU: an Avoton, for example, reaches Westmere and nothing newer.',
  covers: ['R202'],
  sources: [pages.evc, articles.S3],
  *find(scene) {
    for (const one of clustersOf(scene)) {
      const { cluster, members, at } = one
      const base = cluster.evc === undefined ? undefined : evcBaseline(cluster.evc)
      const known = members.filter(mayBeOfVsphere).filter(isKnown)
      if (!base || differs(known, 'vendor')) continue
      const weak = known.filter(({ generation }) => !reachesBaseline(generation, base.key))
      if (weak.length === 0) continue
      const best = commonBaseline(known.map(({ generation }) => generation))
      yield {
        at: [...at, 'evc'],
        text: `The EVC baseline \`${cluster.evc}\` of cluster \`${cluster.name}\` is more than some members reach (${withTitles(weak)}).`,
        remedy: best
          ? `Write \`evc: ${best.key}\`, the highest baseline that its members reach.`
          : `Take ${named(weak.map(({ name }) => name))} out of the cluster.`,
        ...sureEdits(one, known, best),
      }
    }
  },
}

export const evcKnown: Rule = {
  id: 'evc/known',
  severity: 'error',
  title: 'An EVC baseline is one that vSphere has.',
  why:
    'A word that is no baseline cannot be set in vCenter, and nothing can be said about which hosts fit. Baselines have ' +
    'the names of a few generations only, and a CPU of another generation reaches one of them.',
  covers: ['R202'],
  sources: [pages.evc],
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      if (cluster.evc === undefined || evcBaseline(cluster.evc)) continue
      const word = cluster.evc
      yield {
        at: [...at, 'evc'],
        text: `There is no EVC baseline \`${word}\`, which cluster \`${cluster.name}\` names.`,
        remedy: insteadOf(word, members.filter(isKnown)),
      }
    }
  },
}

function insteadOf(word: string, known: readonly Known[]): string {
  const generation = processorGeneration(word)
  if (generation?.evc !== undefined)
    return `Write \`evc: ${generation.evc}\`, the baseline that ${generation.title} reaches.`
  const near = alike(word)
  if (near.length === 1) return `Did you mean \`${near[0]}\`?`
  if (near.length > 1) return `The nearest baselines are ${named(near)}.`
  const base = commonBaseline(known.map((member) => member.generation))
  if (base) return `Write \`evc: ${base.key}\`, the highest baseline that its members reach.`
  const newest = (vendor: string) => evcBaselines().findLast((one) => one.vendor === vendor)?.key ?? vendor
  return `Write the key of a baseline, such as \`${newest('intel')}\` or \`${newest('amd')}\`.`
}

/** Baselines whose names begin as the word does. */
function alike(word: string): readonly string[] {
  const plain = (text: string) => text.toLowerCase().replaceAll(/^(intel|amd)|[^a-z0-9]/g, '')
  const start = plain(word).slice(0, 3)
  if (start.length < 3) return []
  return evcBaselines().flatMap(({ key }) => (plain(key).startsWith(start) ? [key] : []))
}

export const evcTooNew: Rule = {
  id: 'evc/too-new',
  severity: 'warning',
  title: 'The members of a cluster are new enough to know its EVC baseline.',
  why:
    'A release of vSphere knows the baselines of CPUs that were there before it. Where the baseline is newer, it is not on ' +
    'the list from which vCenter lets one choose.',
  covers: ['R202'],
  sources: [levels, known],
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      const base = cluster.evc === undefined ? undefined : evcBaseline(cluster.evc)
      const since = base?.firstVsphere
      if (since === undefined) continue
      const old = members.filter((member) => isOfVsphere(member) && isBefore(member, since))
      const [first] = old
      if (!first) continue
      yield {
        at: [...at, 'evc'],
        text: `The EVC baseline \`${cluster.evc}\` of cluster \`${cluster.name}\` came with vSphere ${since}, but ${named(old.map(({ name }) => name))} ${old.length === 1 ? 'has' : 'have'} an older one (${first.version}).`,
        remedy: `Choose an older baseline, or upgrade ${old.length === 1 ? 'this host' : 'these hosts'} to ${since} or later.`,
      }
    }
  },
}

function isBefore({ version }: Member, since: string): boolean {
  return version !== undefined && compareVersions(lastUpdate(version), since) < 0
}

const notNested = page(
  'VMware vSphere 6.7: create an EVC cluster',
  'https://docs.vmware.com/en/VMware-vSphere/6.7/com.vmware.vsphere.vcenterhost.doc/GUID-03E7E5F9-06D9-463F-A64F-D4EC20DAF22E.html',
)

export const evcNestedHosts: Rule = {
  id: 'evc/nested-hosts',
  severity: 'warning',
  title: 'Virtual ESXi hosts of 6.5 and 6.7 are in no EVC cluster.',
  why:
    'The manuals of 6.5 and 6.7 say that virtual ESXi hosts do not belong into an EVC cluster; that of 8.0 says so no ' +
    'more. What a nested host can show to its machines is decided below it, where EVC of the inner vCenter has no say.',
  covers: [],
  sources: [notNested],
  versions: 'ESXi 6.5 and 6.7',
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      if (cluster.evc === undefined) continue
      const nested = members.filter(
        ({ placed, product, version }) =>
          placed && product === 'esxi' && /^6\.[57](?!\d)/.test(version ?? ''),
      )
      const [first] = nested
      if (!first) continue
      yield {
        at: [...at, 'evc'],
        text: `Cluster \`${cluster.name}\` has EVC, and its members ${named(nested.map(({ name }) => name))} are virtual hosts of ESXi ${first.version}.`,
        remedy: 'Remove `evc`; the physical hosts, or one CPU model for all virtual hosts, make them alike.',
      }
    }
  },
}

export const evcProduct: Rule = {
  id: 'evc/product',
  severity: 'warning',
  title: 'Only clusters of vSphere have an EVC baseline.',
  why: 'EVC is a feature of vCenter, and no other product reads it. Elsewhere a CPU model of the machines does the same.',
  covers: [],
  sources: [pages.evc],
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      const first = members.find(({ product }) => product !== undefined && product !== 'esxi')
      if (cluster.evc === undefined || !first || members.some(isOfVsphere)) continue
      yield {
        at: [...at, 'evc'],
        text: `Cluster \`${cluster.name}\` has an EVC baseline, but \`${first.name}\` runs \`${first.product}\`.`,
        remedy: 'Remove `evc`, and give the machines inside one CPU model that all members have.',
      }
    }
  },
}
