/** Licences of nested products: one for each, which kind does for what, and until when. */
import { evaluationOf, type LicenceNeed, licencesFor } from '#facts'
import type { Licence } from '#lab'
import { articles, page } from '../articles.ts'
import { dayMs, readMoment } from '../moments.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { counted, namedMachines } from '../words.ts'

const licenceModels = page(
  'VMware: licensing models of ESXi hosts',
  'https://docs.vmware.com/en/VMware-vSphere/8.0/vsphere-esxi-host-client/GUID-7AFCC64B-7D94-48A0-86CF-8E7EF55DF68F.html',
)

const titles: Readonly<Record<string, string>> = { esxi: 'ESXi', vcenter: 'vCenter' }

/** A product that is licensed by instance. The witness appliance brings its licence. */
function licensedProduct({ machine: { hypervisor, traits } }: Placed): string | undefined {
  if (traits?.role === 'vcenter') return 'vcenter'
  return hypervisor?.product === 'esxi' && traits?.role !== 'vsan-witness' ? 'esxi' : undefined
}

function isPaid(licence: Licence | undefined): boolean {
  return licence?.kind === 'purchased' || licence?.kind === 'subscription'
}

export const perInstance: Rule = {
  id: 'licence/per-instance',
  severity: 'advice',
  title: 'Where one instance of a product has a licence, each of them has one.',
  why: 'A nested ESXi or vCenter is licensed as one on hardware: each instance needs a licence, a free edition, or an evaluation that has not run out. Whoever counts only the physical hosts buys too few.',
  covers: ['R135'],
  sources: [articles.S4, pages.nestedEsxi],
  *find({ machines }) {
    const byProduct = Map.groupBy(machines, licensedProduct)
    for (const [product, instances] of byProduct) {
      if (product === undefined || !instances.some(({ machine }) => isPaid(machine.traits?.licence))) continue
      const without = instances.filter(({ machine }) => machine.traits?.licence === undefined)
      const [first] = without
      if (!first) continue
      yield {
        at: [...first.at, 'licence'],
        text: `Of ${counted(instances.length, 'instance')} of ${titles[product]}, ${namedMachines(without)} ${without.length === 1 ? 'declares' : 'declare'} no licence.`,
        remedy: 'Say how each of them is licensed; an evaluation is a licence too.',
      }
    }
  },
}

export const freeEdition: Rule = {
  id: 'licence/free-edition',
  severity: 'error',
  title: 'A free edition is asked for no more than it does.',
  why: 'The free ESXi joins no vCenter and so no cluster, refuses changes through its API, and gives a machine eight vCPUs at most. A free vCenter has never been there, so only an evaluation or a licence does.',
  covers: ['R136'],
  sources: [
    articles.S4,
    page(
      'vcapdcd.blogspot.com: the free vSphere Hypervisor',
      'https://vcapdcd.blogspot.com/2013/11/vmware-vsphere-hypervisor.html',
      'S',
    ),
    page(
      'hypervisor21: VMware on the limits of the free edition',
      'https://hypervisor21.rssing.com/chan-14897278/article2299.html',
      'S',
    ),
  ],
  *find(scene) {
    for (const placed of scene.machines) {
      if (placed.machine.traits?.licence?.kind !== 'free') continue
      const product = licensedProduct(placed)
      if (product === 'esxi') yield* freeEsxi(placed, scene)
      if (product !== 'vcenter') continue
      const text = `\`${placed.machine.path}\` is a vCenter with a free licence, of which there is none.`
      yield {
        at: [...placed.at, 'licence', 'kind'],
        text,
        remedy: 'Write `evaluation`, or how it is paid for.',
      }
    }
  },
}

function* freeEsxi({ at, machine }: Placed, { clustersOf }: Scene): Generator<Hit> {
  const { path, hypervisor } = machine
  const kind = [...at, 'licence', 'kind']
  const [cluster] = clustersOf.get(path) ?? []
  if (cluster) {
    const text = `\`${path}\` has the free edition, which joins no vCenter, and is a member of \`${cluster.name}\`.`
    yield { at: kind, text, remedy: 'Use an evaluation, or take it out of the cluster.' }
  }
  const inside = hypervisor?.inside.machines ?? []
  const most = evaluationOf('esxi', hypervisor?.version)?.freeEditionMaxCpus
  for (const { name, path: inner, cpus } of inside) {
    if (most === undefined || cpus <= most) continue
    yield {
      at: [...at, 'hypervisor', 'machines', name, 'cpus'],
      text: `\`${inner}\` has ${cpus} vCPUs, and the free edition of \`${path}\` gives ${most} at most.`,
      remedy: `Give it ${most} or fewer, or use an evaluation.`,
    }
  }
  if (inside.length === 0) return
  const text = `\`${path}\` has the free edition, in which ${counted(inside.length, 'machine')} can be created only by hand.`
  yield {
    at: kind,
    text,
    remedy: 'Use an evaluation where machines are to be created for you.',
    severity: 'warning',
  }
}

export const evaluationOver: Rule = {
  id: 'licence/evaluation-over',
  severity: 'warning',
  title: 'An evaluation lasts until the class closes.',
  why: 'When an evaluation of ESXi is over, hosts leave their vCenter and start no machine any more. What runs goes on until somebody stops it, so it is noticed at the worst moment.',
  covers: ['R136'],
  sources: [articles.S4, pages.holodeck],
  versions: 'ESXi and vCenter before 9.0: 60 days; from 9.0 on: 90 days; Windows Server: 180 days',
  *find({ lab, machines }) {
    const [opens, closes] = [startOf(lab.class?.opens), startOf(lab.class?.closes)]
    const last = closes ?? opens
    if (last === undefined) return
    for (const placed of machines) {
      const days = evaluationDays(placed)
      const since = startOf(placed.machine.traits?.licence?.since)
      if (days === undefined || since === undefined || since + days * dayMs >= last) continue
      const isOverAtOnce = opens !== undefined && since + days * dayMs < opens
      const end = new Date(since + days * dayMs).toISOString().slice(0, 10)
      yield {
        at: [...placed.at, 'licence', 'since'],
        text: `The evaluation of \`${placed.machine.path}\` is over on ${end}, before the class ${isOverAtOnce ? 'opens' : 'closes'}.`,
        remedy: 'Install it shortly before the class, or license it.',
        ...(isOverAtOnce && { severity: 'error' }),
      }
    }
  },
}

/** Midnight of its day: an evaluation is not counted by the hour. */
function startOf(text: string | undefined): number | undefined {
  const moment = text === undefined ? undefined : readMoment(text)
  return moment && Math.floor(moment.earliestMs / dayMs) * dayMs
}

function evaluationDays({ machine: { hypervisor, traits } }: Placed): number | undefined {
  if (traits?.licence?.kind !== 'evaluation') return undefined
  if (traits.role === 'vcenter') return evaluationOf('vcenter')?.days
  return hypervisor && evaluationOf(hypervisor.product, hypervisor.version)?.days
}

/** The last year in which licences were bought for good, and by CPU. */
const lastPurchaseYear = 2023
/** Whatever rule is the newest. */
const thisYear = Number.POSITIVE_INFINITY
/** More cores in one socket are not to be had in older hardware versions. */
const mostCoresPerSocket = 64

export const topology: Rule = {
  id: 'licence/topology',
  severity: 'advice',
  title: 'A licensed ESXi shows as few sockets as its licence asks to pay for.',
  why: 'The licence of a nested ESXi counts what it sees: each virtual socket is a CPU, and since 2024 a CPU counts as at least 16 cores. For the speed of a nested ESXi it makes no difference how its vCPUs are spread.',
  covers: ['R072'],
  sources: [articles.S4, licenceModels],
  versions: 'purchased: by CPU of up to 32 cores; subscription: by core, at least 16 for each CPU',
  *find({ machines }) {
    for (const placed of machines) {
      const { path, cpus, traits } = placed.machine
      if (licensedProduct(placed) !== 'esxi' || !isPaid(traits?.licence) || cpus > mostCoresPerSocket)
        continue
      const year = traits?.licence?.kind === 'purchased' ? lastPurchaseYear : thisYear
      const coresPerSocket = traits?.hardware?.coresPerSocket ?? 1
      const sockets = Math.ceil(cpus / coresPerSocket)
      const now = licencesFor({ year, hosts: [{ sockets, coresPerSocket }] })
      const best = licencesFor({ year, hosts: [{ sockets: 1, coresPerSocket: cpus }] })
      if (!now || !best || best.count >= now.count) continue
      yield {
        at: [...placed.at, 'hardware', 'coresPerSocket'],
        text: `\`${path}\` shows ${counted(sockets, 'socket')} and needs licences for ${unitsOf(now)}, with one socket for ${unitsOf(best)}.`,
        remedy: `Set \`coresPerSocket: ${cpus}\`, as far as your contract allows it.`,
      }
    }
  },
}

function unitsOf({ count, unit }: LicenceNeed): string {
  return counted(count, unit === 'cpu' ? 'CPU' : 'core')
}
