/** Which characters of a lab file change to give a place another value. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Place, Refused, Step } from './edit-place.ts'
import {
  blockLines,
  columnOf,
  type EditText,
  type EditValue,
  type FlowStyle,
  flowText,
  isEditMap,
  isPadded,
  lineEnd,
  lineStart,
  pairText,
  prefersFlow,
  quoteOf,
  quoteOfScalar,
  type Splice,
} from './edit-text.ts'
import type { Path } from './problem.ts'

type Splices = { readonly ok: true; readonly splices: readonly Splice[] } | Refused

export function splicesFor(text: EditText, { steps, missing }: Place, value: EditValue): Splices {
  const last = steps.at(-1)
  if (!last) return refused('the file is no map of keys')
  if (missing.length === 0) return replaced(text, steps, value)
  const { node } = last
  const [key, ...rest] = missing
  if (isSeq(node)) return added(text, node, flowText(wrapped(rest, value), styleOf(text, undefined)))
  const inner = wrapped(rest, value)
  if (isMap(node)) return addedKey(text, { map: node, key: String(key), value: inner }, steps)
  return filled(text, steps, { [String(key)]: inner })
}

function refused(reason: string): Refused {
  return { ok: false, reason }
}

function one(start: number, end: number, text: string): Splices {
  return { ok: true, splices: [{ start, end, text }] }
}

/** The value inside maps for the keys that are missing around it. */
function wrapped(path: Path, value: EditValue): EditValue {
  return path.reduceRight<EditValue>(
    (inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }),
    value,
  )
}

function styleOf(text: EditText, map: YAMLMap | undefined): FlowStyle {
  return { quote: quoteOf(map, text.document), padded: isPadded(text) }
}

function replaced(text: EditText, steps: readonly Step[], value: EditValue): Splices {
  const { node, parent } = steps.at(-1) ?? {}
  if (isImplicitNull(node)) return filled(text, steps, value)
  if (isAlias(node) || !isNode(node) || !node.range) return refused('there is no value of its own')
  const [start, end] = node.range
  const style = styleOf(text, isMap(parent) ? parent : undefined)
  if (isScalar(node)) {
    if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL')
      return refused('the value is a block of text')
    if (node.value === value) return { ok: true, splices: [] }
    const quote = typeof node.value === 'string' ? quoteOfScalar(node) || style.quote : style.quote
    return one(start, end, flowText(value, { ...style, quote }))
  }
  if ((isMap(node) || isSeq(node)) && node.flow !== true)
    return refused('the value has keys or items; change those')
  if (/#/.test(text.source.slice(start, end))) return refused('comments inside the old value would be lost')
  return one(start, end, flowText(value, style))
}

function isImplicitNull(node: unknown): boolean {
  if (node === null || node === undefined) return true
  return isScalar(node) && node.value === null && (node.source ?? '') === ''
}

/** Gives a key without a value (`trunk:`) or with an explicit null one. */
function filled(text: EditText, steps: readonly Step[], value: EditValue): Splices {
  const { node, parent, pair } = steps.at(-1) ?? {}
  const map = isMap(parent) ? parent : undefined
  const style = styleOf(text, map)
  if (!isImplicitNull(node)) {
    if (!isScalar(node) || !node.range) return refused('there is no place for a key')
    return one(node.range[0], node.range[1], flowText(value, style))
  }
  if (!pair || !map) {
    const at = isScalar(node) ? node.range?.[0] : undefined
    return at === undefined
      ? refused('there is no place for a value')
      : one(at, at, ` ${flowText(value, style)}`)
  }
  const end = valueStart(pair)
  if (end === undefined) {
    const at = endOfKey(pair)
    return at === undefined
      ? refused('there is no place for a value')
      : one(at, at, `: ${flowText(value, style)}`)
  }
  const key = isScalar(pair.key) ? String(pair.key.value) : ''
  if (map.flow === true || !isEditMap(value) || prefersFlow(text, map, key)) {
    return one(end, end, ` ${flowText(value, style)}`)
  }
  const step = stepOf(text, map, steps)
  const lines = blockLines(value, step, style)
  const indent = ' '.repeat(columnOf(text.source, keyStart(map)) + step)
  const at = lineEnd(text.source, end)
  return one(at, at, lines.map((line) => text.newline + indent + line).join(''))
}

function addedKey(
  text: EditText,
  { map, key, value }: { map: YAMLMap; key: string; value: EditValue },
  steps: readonly Step[],
): Splices {
  const style = styleOf(text, map)
  if (map.flow === true) return added(text, map, pairText(key, value, style))
  if (map.items.length === 0) return refused('the map has no keys to write beside')
  const flow = isEditMap(value) && prefersFlow(text, map, key)
  const step = stepOf(text, map, steps)
  const lines = flow ? [pairText(key, value, style)] : blockLines({ [key]: value }, step, style)
  return insertedLines(text, map, lines)
}

/** New lines below the last one of a block map. */
function insertedLines(text: EditText, map: YAMLMap | YAMLSeq, lines: readonly string[]): Splices {
  const { source, newline } = text
  const end = contentEnd(map)
  const start = isMap(map) ? keyStart(map) : (map.range?.[0] ?? 0)
  const indent = ' '.repeat(columnOf(source, start))
  // A block of text ends with its line feed.
  if (end > 0 && source[end - 1] === '\n')
    return one(end, end, lines.map((line) => indent + line + newline).join(''))
  const at = lineEnd(source, end)
  return one(at, at, lines.map((line) => newline + indent + line).join(''))
}

/** One more entry for a list or for a map in braces. */
function added(text: EditText, collection: YAMLMap | YAMLSeq, entry: string): Splices {
  const { source, newline } = text
  if (!collection.range) return refused('there is no place for an entry')
  if (collection.flow !== true) return insertedLines(text, collection, [`- ${entry}`])
  const [start, end] = collection.range
  const close = end - 1
  const last = collection.items.at(-1)
  if (last === undefined) {
    if (source.slice(start + 1, close).trim() !== '') return refused('a comment stands where the entry would')
    const pad = isMap(collection) && isPadded(text) ? ' ' : ''
    return one(start + 1, close, pad + entry + pad)
  }
  const lastEnd = contentEnd(last)
  const comma = commaIn(source, lastEnd, close)
  const from = isPair(last) ? keyStartOf(last) : isNode(last) ? (last.range?.[0] ?? 0) : 0
  const indent = source.slice(lineStart(source, from), from)
  const below = /^[ \t]+$/.test(indent) && source.slice(lastEnd, close).includes('\n')
  if (!below)
    return comma === undefined ? one(lastEnd, lastEnd, `, ${entry}`) : one(comma + 1, comma + 1, ` ${entry}`)
  const at = lineEnd(source, comma ?? lastEnd)
  const line = { start: at, end: at, text: newline + indent + entry }
  if (comma !== undefined) return { ok: true, splices: [{ ...line, text: `${line.text},` }] }
  return at === lastEnd
    ? one(at, at, `,${line.text}`)
    : { ok: true, splices: [{ start: lastEnd, end: lastEnd, text: ',' }, line] }
}

/** A comma after the last entry, comments left out. */
function commaIn(source: string, from: number, to: number): number | undefined {
  const bare = source.slice(from, to).replace(/#[^\n]*/g, (comment) => ' '.repeat(comment.length))
  const index = bare.indexOf(',')
  return index === -1 ? undefined : from + index
}

/** Where the text of a node ends, blanks and comments behind it left out. */
function contentEnd(node: unknown): number {
  if (isPair(node))
    return isImplicitNull(node.value) ? (valueStart(node) ?? endOfKey(node) ?? 0) : contentEnd(node.value)
  if (isMap(node) || isSeq(node)) {
    const last = node.items.at(-1)
    if (node.flow !== true && last !== undefined) return contentEnd(last)
  }
  return isNode(node) ? (node.range?.[1] ?? 0) : 0
}

/** Behind the colon. */
function valueStart(pair: Pair): number | undefined {
  const { srcToken } = pair
  const colon =
    srcToken && 'sep' in srcToken ? srcToken.sep?.find(({ type }) => type === 'map-value-ind') : undefined
  return colon && colon.offset + 1
}

function endOfKey({ key }: Pair): number | undefined {
  return isScalar(key) ? key.range?.[1] : undefined
}

function keyStartOf({ key }: Pair): number {
  return isNode(key) ? (key.range?.[0] ?? 0) : 0
}

function keyStart(map: YAMLMap): number {
  const [first] = map.items
  return first ? keyStartOf(first) : (map.range?.[0] ?? 0)
}

/** Blanks by which a map inside this one is indented further, as done nearby. */
function stepOf({ source }: EditText, map: YAMLMap, steps: readonly Step[]): number {
  const column = columnOf(source, keyStart(map))
  for (const { value } of map.items) {
    if (isMap(value) && value.flow !== true && value.items.length > 0) {
      return Math.max(1, columnOf(source, keyStart(value)) - column)
    }
  }
  for (const { parent } of [...steps].reverse()) {
    if (!isMap(parent) || parent.flow === true || parent === map) continue
    const step = column - columnOf(source, keyStart(parent))
    return step > 0 ? step : usualStep
  }
  return usualStep
}

const usualStep = 2
