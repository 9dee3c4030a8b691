/** From YAML nodes to located values: fills in aliases within a budget and refuses what a lab file never needs. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import { limits } from './limits.ts'
import type { Entry, Located, ScalarValue } from './located.ts'
import { clipped, type Finding, type Path, type Span } from './problem.ts'

interface Sized {
  readonly located: Located
  /** Values in it, with everything that aliases bring along. */
  readonly size: number
  /** Levels of lists and maps in it. */
  readonly depth: number
}

interface Reading {
  readonly lineOf: (offset: number) => number
  readonly findings: Finding[]
  readonly anchors: Map<string, Sized | 'open'>
  /** Why reading was given up. */
  overflow?: Finding
  aliasValues: number
}

/** A new object each time, since places are told apart by their nodes. */
function nothing(place: { span?: Span } = {}): Sized {
  return { located: { kind: 'scalar', ...place, value: null }, size: 1, depth: 0 }
}

export function convert(
  contents: Node | null,
  lineOf: (offset: number) => number,
): { root?: Located; findings: readonly Finding[] } {
  const reading: Reading = { lineOf, findings: [], anchors: new Map(), aliasValues: 0 }
  const { located } = nodeOf(contents, [], reading)
  return reading.overflow ? { findings: [reading.overflow] } : { root: located, findings: reading.findings }
}

function nodeOf(node: unknown, path: Path, reading: Reading): Sized {
  if (isAlias(node)) return aliasOf(node.source, spanOf(node), path, reading)
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
  if (anchor !== undefined) reading.anchors.set(anchor, 'open')
  const sized = contentOf(node, path, reading)
  if (anchor !== undefined) reading.anchors.set(anchor, sized)
  return sized
}

function contentOf(node: unknown, path: Path, reading: Reading): Sized {
  if (isMap(node)) return mapOf(node, path, reading)
  if (isSeq(node)) {
    const items = node.items.map((item, index) => nodeOf(item, [...path, index], reading))
    const located: Located = { kind: 'list', ...spanOf(node), items: items.map((item) => item.located) }
    return { located, ...measured(items) }
  }
  if (!isScalar(node)) return nothing()
  const value = scalarOf(node.value)
  if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) tagged(node, path, reading)
  if (value === undefined) tagged(node, path, reading)
  const source = node.source === undefined ? {} : { source: node.source }
  return { located: { kind: 'scalar', ...spanOf(node), value: value ?? null, ...source }, size: 1, depth: 0 }
}

function measured(parts: readonly Sized[]): { size: number; depth: number } {
  let size = 1
  let depth = 0
  for (const part of parts) {
    size += part.size
    depth = Math.max(depth, part.depth)
  }
  return { size, depth: depth + 1 }
}

function tooMany(what: string, place: { span?: Span }, reading: Reading): Sized {
  reading.overflow ??= { path: [], ...place, text: what, remedy: sayShorter }
  return nothing()
}

const sayShorter = 'Say repeated machines with `count` and `templates` instead of writing each one out.'

function scalarOf(value: unknown): ScalarValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  return typeof value === 'boolean' || typeof value === 'bigint' ? value : undefined
}

function tagged(node: Node, path: Path, reading: Reading): void {
  reading.findings.push({
    path,
    ...around(spanOf(node).span),
    text: `The tag \`${clipped(node.tag ?? '!')}\` is not used in lab files.`,
    remedy: 'Write the value without a tag.',
    replaced: true,
  })
}

function mapOf(node: YAMLMap, path: Path, reading: Reading): Sized {
  const entries = new Map<string, Entry>()
  const values: Sized[] = []
  for (const pair of node.items) {
    const key = keyOf(pair, path, reading)
    if (!key) continue
    const before = entries.get(key.name)
    const value = nodeOf(pair.value, [...path, key.name], reading)
    if (before) repeated(key, before, path, reading)
    else entries.set(key.name, { ...(key.span && { key: key.span }), value: value.located })
    values.push(value)
  }
  return { located: { kind: 'map', ...spanOf(node), entries }, ...measured(values) }
}

interface Key {
  readonly name: string
  readonly span?: Span
}

function keyOf(pair: Pair, path: Path, reading: Reading): Key | undefined {
  const { key } = pair
  const { span } = spanOf(key)
  if (!isScalar(key) || scalarOf(key.value) === undefined) {
    reading.findings.push({ path, ...around(span), text: 'A key must be a single word.', remedy: plainKeys })
    return undefined
  }
  const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
  const trap = traps.get(name)
  if (!trap) return { name, ...around(span) }
  // A merge key would have brought keys that are missing now.
  const at = name === '<<' ? path : [...path, name]
  reading.findings.push({ path: at, ...around(span), ...trap, replaced: name === '<<' })
  return undefined
}

const plainKeys = 'Write keys as plain words, such as `memory: 1GiB`.'

const traps: ReadonlyMap<string, { text: string; remedy: string }> = new Map([
  [
    '<<',
    {
      text: 'Merge keys (`<<`) are not part of YAML 1.2.',
      remedy: 'Put what is shared under `templates` and say `extends: NAME`.',
    },
  ],
  ['__proto__', { text: '`__proto__` cannot be a key or a name.', remedy: 'Choose another name.' }],
])

function repeated(key: Key, before: Entry, path: Path, reading: Reading): void {
  const line = before.key && reading.lineOf(before.key.start)
  reading.findings.push({
    path: [...path, key.name],
    ...around(key.span),
    text: `\`${clipped(key.name)}\` is here twice${line ? `; the first one is in line ${line}` : ''}.`,
    remedy: 'Remove one of the two, or give it another name.',
  })
}

function aliasOf(name: string, place: { span?: Span }, path: Path, reading: Reading): Sized {
  const refuse = (text: string, remedy: string): Sized => {
    reading.findings.push({ path, ...place, text, remedy, replaced: true })
    return nothing(place)
  }
  const target = reading.anchors.get(name)
  if (target === undefined) {
    return refuse(
      `There is no anchor \`&${clipped(name)}\` before this alias.`,
      'Define it first, or remove the alias.',
    )
  }
  if (target === 'open') {
    return refuse(`The alias \`*${clipped(name)}\` lies inside what it stands for.`, 'Remove the alias.')
  }
  if (path.length + target.depth > limits.depth) {
    return tooMany(`Aliases make this file more than ${limits.depth} levels deep.`, place, reading)
  }
  reading.aliasValues += target.size
  if (reading.aliasValues > limits.aliasValues) {
    return tooMany(
      `Aliases add more than ${numberOf(limits.aliasValues)} values to this file.`,
      place,
      reading,
    )
  }
  return target
}

function numberOf(count: number): string {
  return count.toLocaleString('en')
}

function around(span: Span | undefined): { span?: Span } {
  return span ? { span } : {}
}

function spanOf(node: unknown): { span?: Span } {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return {}
  return node.range ? { span: { start: node.range[0], end: Math.max(node.range[1], node.range[0] + 1) } } : {}
}
