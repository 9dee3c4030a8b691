/** How vSphere is licensed in a year, and how long products run without a licence. */
import writtenEvaluations from './data/evaluations.json' with { type: 'json' }
import written from './data/licences.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'
import { compareVersions } from './versions.ts'

export interface LicenceRule {
  readonly fromYear: number
  /** Absent for the rule of today. */
  readonly toYear?: number
  /** What is counted. */
  readonly unit: 'cpu' | 'core'
  /** A CPU with more cores needs a further licence for each so many. */
  readonly coresPerLicence?: number
  /** A CPU with fewer cores counts as one with so many. */
  readonly leastCoresPerCpu?: number
  /** The least number of units that is sold at once. */
  readonly minimumOrder?: number
  readonly text: string
  readonly source: Source
}

/** For a nested host: what its virtual sockets look like, since that is what the key counts. */
export interface LicensedHost {
  readonly sockets: number
  readonly coresPerSocket: number
}

export interface LicenceNeed {
  readonly unit: 'cpu' | 'core'
  readonly count: number
  /** What must be ordered at least, where that is more than the count. */
  readonly minimumOrder?: number
  readonly text: string
  readonly source: Source
}

export interface Evaluation {
  readonly product: string
  readonly before?: string
  /** How long it runs without a licence; absent where it needs none. */
  readonly days?: number
  readonly freeEdition?: string
  /** VMs of the free edition have no more vCPUs. */
  readonly freeEditionMaxCpus?: number
  readonly freeEditionSource?: Source
  readonly source: Source
}

export const licenceData = onceRead(() => dataFile<LicenceRule>(written))

export const evaluationData = onceRead(() => dataFile<Evaluation>(writtenEvaluations))

/** Undefined for years before vSphere. */
export function licenceRule(year: number): LicenceRule | undefined {
  return licenceData().rows.find(({ fromYear, toYear = year }) => fromYear <= year && year <= toYear)
}

/** For all hosts together, nested ones included: each of them is licensed as a physical one. */
export function licencesFor(wanted: {
  readonly year: number
  readonly hosts: readonly LicensedHost[]
}): LicenceNeed | undefined {
  const rule = licenceRule(wanted.year)
  if (rule === undefined) return undefined
  const count = wanted.hosts.reduce(
    (sum, host) => sum + host.sockets * unitsOfSocket(rule, host.coresPerSocket),
    0,
  )
  const { unit, text, source, minimumOrder = 0 } = rule
  return { unit, count, ...(count > 0 && count < minimumOrder ? { minimumOrder } : {}), text, source }
}

function unitsOfSocket({ unit, coresPerLicence, leastCoresPerCpu = 0 }: LicenceRule, cores: number): number {
  if (unit === 'core') return Math.max(leastCoresPerCpu, cores)
  return coresPerLicence === undefined ? 1 : Math.ceil(cores / coresPerLicence)
}

/** Without a version: of the newest one. */
export function evaluationOf(product: string, version?: string): Evaluation | undefined {
  const rows = evaluationData().rows.filter((row) => row.product === product)
  if (version === undefined) return rows.at(-1)
  return rows.find(({ before }) => before === undefined || compareVersions(version, before) < 0)
}
