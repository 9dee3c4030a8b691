/** What every data file of this room must keep to, as a test asks it. */
import { z } from 'zod'

const source = z.strictObject({
  title: z.string().min(4),
  url: z.url({ protocol: /^https?$/ }).optional(),
  grade: z.enum(['V', 'S', 'K', 'M']),
})

/** The name of a source of the same file. */
export const sourceName = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/)

export interface FileRules<Row extends z.ZodType> {
  readonly row: Row
  /** What no two rows may have alike. */
  readonly keyOf: (row: z.infer<Row>) => string
}

/** Everything that is wrong with a file, as sentences; empty when nothing is. */
export function problemsOf<Row extends z.ZodType<object>>(written: unknown, rules: FileRules<Row>): string[] {
  const file = z.strictObject({
    asOf: z.iso.date(),
    sources: z.record(sourceName, source),
    rows: z.array(rules.row).min(1),
  })
  const read = file.safeParse(written)
  if (!read.success) return [z.prettifyError(read.error)]
  const { sources, rows } = read.data
  const used = new Set(
    rows.flatMap((row) => Object.entries(row).flatMap(([key, name]) => sourceOf(key, name))),
  )
  const keys = rows.map((row) => rules.keyOf(row))
  return [
    ...[...used].filter((name) => !(name in sources)).map((name) => `no source is named ${name}`),
    ...Object.keys(sources).flatMap((name) => (used.has(name) ? [] : [`nothing cites the source ${name}`])),
    ...keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `two rows are ${key}`),
    ...Object.entries(sources).flatMap(([name, { grade, url }]) =>
      grade === 'V' && url === undefined ? [`the source ${name} is of a vendor, and has no address`] : [],
    ),
  ]
}

function sourceOf(key: string, name: unknown): string[] {
  return key === 'source' || key.endsWith('Source') ? [String(name)] : []
}
