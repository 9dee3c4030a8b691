/** The form of a price file, ours or a user's, and what is wrong with one, in words. */
import { z } from 'zod'
import { dataFile, type Source } from './data-file.ts'

const text = z.string({ error: 'a text is wanted' }).min(1, { error: 'the text is empty' })
const money = z.number({ error: 'a number of US dollars is wanted, such as 0.106' }).nonnegative({
  error: 'the price is below 0',
})
const positive = z.number({ error: 'a number is wanted' }).positive({ error: 'the number must be above 0' })
const whole = z.int({ error: 'a whole number is wanted' }).positive({ error: 'the number must be above 0' })
const provider = z.enum(['ec2', 'azure', 'gcp', 'azure-lab-services'], {
  error: 'one of `ec2`, `azure`, `gcp` and `azure-lab-services` is wanted',
})

const instance = z.strictObject({
  kind: z.literal('instance'),
  provider,
  size: text,
  region: text,
  usdPerHour: money,
  windowsUsdPerHour: money.optional(),
  source: text,
})
const storage = z.strictObject({
  kind: z.literal('storage'),
  provider,
  region: text,
  usdPerGibMonth: money,
  source: text,
})
const electricity = z.strictObject({
  kind: z.literal('electricity'),
  region: text,
  usdPerKwh: money,
  source: text,
})
const server = z.strictObject({
  kind: z.literal('server'),
  key: text,
  title: text,
  cores: whole,
  memoryGiB: whole,
  idleWatts: positive,
  loadedWatts: positive,
  usd: money,
  source: text,
})
const depreciation = z.strictObject({ kind: z.literal('depreciation'), years: positive, source: text })

const kinds = { instance, storage, electricity, server, depreciation }

const file = z.strictObject({
  asOf: z.iso.date({ error: 'a day is wanted, such as 2026-11-28' }),
  sources: z.record(
    text,
    z.strictObject({
      title: text,
      url: text.optional(),
      grade: z.enum(['V', 'S', 'K'], {
        error: '`V` (vendor), `S` (secondary) or `K` (known) is wanted',
      }),
    }),
    { error: 'the sources are wanted, by name' },
  ),
  rows: z.array(z.discriminatedUnion('kind', [instance, storage, electricity, server, depreciation]), {
    error: 'a list of rows is wanted',
  }),
})

type Written = z.infer<typeof file>['rows'][number]

/** A row of a price file, with the source itself instead of its name. */
export type PriceRow = {
  [Kind in keyof typeof kinds]: Sourced<Extract<Written, { kind: Kind }>>
}[keyof typeof kinds]

type Sourced<Row> = Readonly<Omit<Row, 'source'>> & { readonly source: Source }

export interface PriceFile {
  readonly asOf: string
  readonly rows: readonly PriceRow[]
}

/** What a row prices, and for whom: no file says it twice. */
export function priceKey(row: Written | PriceRow): string {
  if (row.kind === 'instance') return `the price of ${row.size} in ${row.region} (${row.provider})`
  if (row.kind === 'storage') return `the price of storage in ${row.region} (${row.provider})`
  if (row.kind === 'electricity') return `the price of electricity in ${row.region}`
  return row.kind === 'server' ? `the server ${row.key}` : 'the years of depreciation'
}

/** Everything that is wrong, as sentences that name the key; empty when nothing is. */
export function priceFileProblems(value: unknown): string[] {
  const read = file.safeParse(value)
  if (!read.success) return read.error.issues.map((issue) => problemText(issue, value))
  const { sources, rows } = read.data
  const seen = new Map<string, number>()
  return rows.flatMap((row, at) => {
    const problems: string[] = []
    if (!Object.hasOwn(sources, row.source)) {
      problems.push(`rows[${at}].source: no source is named \`${row.source}\`.`)
    }
    const before = seen.get(priceKey(row))
    if (before !== undefined) problems.push(`rows[${at}]: rows[${before}] has ${priceKey(row)} already.`)
    seen.set(priceKey(row), at)
    return problems
  })
}

/** Of a file without problems. */
export function priceFile(written: unknown): PriceFile {
  return dataFile<PriceRow>(written)
}

function problemText(issue: z.core.$ZodIssue, value: unknown): string {
  const place = placeText(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `\`${key}\``).join(', ')
    return `${place}: ${keys} is not known here; ${knownKeys(issue.path, value)}`
  }
  if (issue.code === 'invalid_union') return `${place}: one of ${listed(Object.keys(kinds))} is wanted.`
  if (issue.code === 'invalid_type' && issue.path.length === 0) return 'The file is no table of prices.'
  return `${place}: ${issue.message}.`
}

function knownKeys(path: readonly PropertyKey[], value: unknown): string {
  if (path.length === 0) return `the keys are ${listed(Object.keys(file.shape))}.`
  if (path[0] !== 'rows') return 'the keys are `title`, `url`, `grade`.'
  const kind = Object.entries(kinds).find(([name]) => name === kindAt(path[1], value))
  return kind === undefined ? 'the row has no kind.' : `the keys are ${listed(Object.keys(kind[1].shape))}.`
}

function kindAt(at: PropertyKey | undefined, value: unknown): unknown {
  const { rows } = value as { readonly rows: readonly { readonly kind: unknown }[] }
  return rows[Number(at)]?.kind
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function placeText(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
  return steps.length === 0 ? 'The file' : steps.join('').replace(/^\./, '')
}
