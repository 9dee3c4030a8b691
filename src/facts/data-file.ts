/** The form of every data file of this room: the day it was true, where each figure was read, the rows. */

/**
 * V: read in the vendor's or project's own page. S: read in a secondary page. K: known, not confirmed by a page. M:
 * measured by ourselves.
 */
export type Grade = 'V' | 'S' | 'K' | 'M'

export interface Source {
  readonly title: string
  readonly url?: string
  readonly grade: Grade
  /** The day on which it was true, as `2026-11-28`. */
  readonly asOf: string
}

export interface DataFile<Row> {
  readonly asOf: string
  readonly rows: readonly Row[]
}

interface WrittenFile {
  readonly asOf: string
  readonly sources: Readonly<Record<string, Omit<Source, 'asOf'>>>
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** The rows of a file, where every `source` (and `…Source`) is the source itself instead of its name. */
export function dataFile<Row>(written: unknown): DataFile<Row> {
  // The tests of this room hold each file to its schema, so a start need not check it again.
  const { asOf, sources, rows } = written as WrittenFile
  const known = new Map<unknown, Source>(
    Object.entries(sources).map(([name, source]) => [name, { ...source, asOf }]),
  )
  const withSources = (row: Readonly<Record<string, unknown>>): unknown =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, isSource(key) ? known.get(value) : value]),
    )
  return { asOf, rows: rows.map(withSources) as readonly Row[] }
}

/** Reads the file when it is first asked for: most commands need only a few of them. */
export function onceRead<Value>(read: () => Value): () => Value {
  let kept: { readonly value: Value } | undefined
  return () => {
    kept ??= { value: read() }
    return kept.value
  }
}

/** Such as `KB 2009916 (https://…), as of 2026-11-28`, with a word where the figure is not the vendor's own. */
export function sourceText(source: Source): string {
  const place = source.url === undefined ? '' : ` (${source.url})`
  const doubt = { V: '', S: ', a secondary source', K: ', not confirmed by a page', M: '' }[source.grade]
  return `${source.title}${place}${doubt}, as of ${source.asOf}`
}

function isSource(key: string): boolean {
  return key === 'source' || key.endsWith('Source')
}
