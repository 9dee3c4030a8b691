/** How values are written in a lab file: quotes, flow or block, and where lines begin and end. */
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  type Pair,
  parse,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'

/** What an edit can write. */
export type EditValue =
  | string
  | number
  | boolean
  | readonly EditValue[]
  | { readonly [key: string]: EditValue }

/** A lab file's text while it is edited. */
export interface EditText {
  readonly source: string
  readonly document: Document
  readonly newline: '\n' | '\r\n'
}

/** The characters from `start` up to `end` become `text`. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

export type Quote = '"' | "'" | ''

function isEditList(value: EditValue): value is readonly EditValue[] {
  return Array.isArray(value)
}

export function isEditMap(value: EditValue): value is { readonly [key: string]: EditValue } {
  return typeof value === 'object' && !Array.isArray(value)
}

/** A scalar with the quotes that are used where it goes, or with those it needs. */
export function scalarText(value: string | number | boolean, quote: Quote): string {
  if (typeof value !== 'string') return String(value)
  if (quote === '"') return JSON.stringify(value)
  if (quote === "'" && /^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`
  const plain = /^[A-Za-z0-9][A-Za-z0-9_./-]*$/.test(value) && parse(value) === value
  return plain ? value : JSON.stringify(value)
}

export interface FlowStyle {
  /** Quotes of keys and values; JSON has them everywhere. */
  readonly quote: Quote
  /** A blank inside braces. */
  readonly padded: boolean
}

export function flowText(value: EditValue, style: FlowStyle): string {
  if (isEditList(value)) return `[${value.map((item) => flowText(item, style)).join(', ')}]`
  if (!isEditMap(value)) return scalarText(value, style.quote)
  const pairs = Object.entries(value).map(
    ([key, item]) => `${scalarText(key, style.quote)}: ${flowText(item, style)}`,
  )
  const pad = style.padded ? ' ' : ''
  return pairs.length === 0 ? '{}' : `{${pad}${pairs.join(', ')}${pad}}`
}

export function pairText(key: string, value: EditValue, style: FlowStyle): string {
  return `${scalarText(key, style.quote)}: ${flowText(value, style)}`
}

/** Lines `key: value` of a block map, without their indentation of the first level. */
export function blockLines(
  value: { readonly [key: string]: EditValue },
  step: number,
  style: FlowStyle,
): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const name = scalarText(key, style.quote)
    if (!isEditMap(item) || Object.keys(item).length === 0) return [`${name}: ${flowText(item, style)}`]
    const inner = blockLines(item, step, style).map((line) => ' '.repeat(step) + line)
    return [`${name}:`, ...inner]
  })
}

/** The quotes of a map's keys: those of its first one, or of the first one of the file. */
export function quoteOf(map: YAMLMap | undefined, document: Document): Quote {
  const root = isMap(document.contents) ? document.contents : undefined
  const key = map?.items[0]?.key ?? root?.items[0]?.key
  return isScalar(key) ? quoteOfScalar(key) : ''
}

export function quoteOfScalar({ type }: Scalar): Quote {
  if (type === 'QUOTE_DOUBLE') return '"'
  return type === 'QUOTE_SINGLE' ? "'" : ''
}

/** As most of the file's flow maps have it. */
export function isPadded({ source }: EditText): boolean {
  const without = source.match(/\{[^\s}]/g)?.length ?? 0
  const padded = source.match(/\{ /g)?.length ?? 0
  return padded >= without
}

/** Whether a new map under this key of a block map is written in braces: as its neighbours and namesakes are. */
export function prefersFlow({ document }: EditText, map: YAMLMap, key: string): boolean {
  const beside = map.items.map(flowOf).filter((flow) => flow !== undefined)
  if (beside.length > 0) return !beside.includes(false)
  const namesakes: boolean[] = []
  visit(document, {
    Pair: (_, pair) => {
      const flow = isScalar(pair.key) && pair.key.value === key ? flowOf(pair) : undefined
      if (flow !== undefined) namesakes.push(flow)
    },
  })
  return namesakes.length > 0 && !namesakes.includes(false)
}

/** Undefined where the value is no map, or an empty one. */
function flowOf(pair: unknown): boolean | undefined {
  if (!isPair(pair)) return undefined
  const { value } = pair as Pair
  return isMap(value) && value.items.length > 0 ? value.flow === true : undefined
}

export function lineStart(source: string, offset: number): number {
  return source.lastIndexOf('\n', offset - 1) + 1
}

/** Offset of the line's end, before its line feed. */
export function lineEnd(source: string, offset: number): number {
  const next = source.indexOf('\n', offset)
  if (next === -1) return source.length
  return source[next - 1] === '\r' && next > offset ? next - 1 : next
}

export function columnOf(source: string, offset: number): number {
  return offset - lineStart(source, offset)
}
