/** Which hypervisor may run inside which, and what its vendor says about it. */
import written from './data/nesting.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'
import { compareVersions } from './versions.ts'

/**
 * `supported`: a vendor says so. `works`: known to work, without a promise. `unsupported`: may run, and a vendor
 * declines it. `experimental`: little tested. `fails`: known not to work.
 */
export type NestingVerdict = 'supported' | 'works' | 'unsupported' | 'experimental' | 'fails'

export interface NestingSupport {
  readonly verdict: NestingVerdict
  /** One sentence for people. */
  readonly text: string
  readonly needs: readonly string[]
  readonly source: Source
}

export interface NestingParty {
  /** A product, or as a host also a cloud: `ec2`, `gcp`, `azure`, `azure-lab-services`. */
  readonly product: string
  readonly version?: string | undefined
}

interface NestingRow extends NestingSupport {
  readonly host: string
  /** A product, or `*` for every other one. */
  readonly guest: string
  /** The row holds for older versions of the host only. */
  readonly hostBefore?: string
}

export const nestingData = onceRead(() => dataFile<NestingRow>(written))

const byHost = onceRead(() => Map.groupBy(nestingData().rows, (row) => row.host))

/** Undefined when nothing is known about the host. A host without version is taken for a current one. */
export function nestingSupport(host: NestingParty, guest: NestingParty): NestingSupport | undefined {
  const { version } = host
  const holds = (row: NestingRow) =>
    row.hostBefore === undefined || (version !== undefined && compareVersions(version, row.hostBefore) < 0)
  const named = (row: NestingRow) => row.guest === guest.product || row.guest === '*'
  const row = byHost()
    .get(host.product)
    ?.find((candidate) => holds(candidate) && named(candidate))
  return row && { verdict: row.verdict, text: row.text, needs: row.needs, source: row.source }
}
