/** Where in a lab file's text a key path leads, and whether a value may be changed there. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { clipped, formatPath, type Path } from './problem.ts'

/** A step of the path that the file has. */
export interface Step {
  readonly parent: YAMLMap | YAMLSeq
  /** The entry of the map; absent in a list. */
  readonly pair?: Pair
  readonly node: unknown
}

export interface Place {
  readonly ok: true
  /** The path in the file: a template's, when the value is inherited from it. */
  readonly path: Path
  /** The steps that are there, outermost first. */
  readonly steps: readonly Step[]
  /** The keys that are not. */
  readonly missing: Path
}

export interface Refused {
  readonly ok: false
  readonly reason: string
}

export function placeOf(document: Document, path: Path, templates: boolean): Place | Refused {
  const own = walk(document, path)
  const shared = sharedAt(document, own.steps)
  if (shared !== undefined) return { ok: false, reason: shared }
  const inherited = throughTemplate(document, path, new Set())
  if (!inherited || inherited.missing.length >= own.missing.length) return strict(own)
  if (templates) return placeOf(document, inherited.path, true)
  const where = formatPath(inherited.path.slice(0, inherited.path.length - inherited.missing.length))
  return { ok: false, reason: `the value comes from a template, \`${where}\`, which other machines may use` }
}

/** Missing keys can be added to maps, and items at the end of lists. */
function strict(place: Place): Place | Refused {
  const [next] = place.missing
  if (next === undefined) return place
  const { node } = place.steps.at(-1) ?? {}
  if (isSeq(node)) {
    if (next === node.items.length) return place
    return {
      ok: false,
      reason: `the list has ${node.items.length} items, so there is none at ${clipped(String(next))}`,
    }
  }
  if (typeof next === 'number') return { ok: false, reason: 'there is no list' }
  const open = isMap(node) || node === null || node === undefined || (isScalar(node) && node.value === null)
  return open
    ? place
    : { ok: false, reason: `\`${formatPath(place.path.slice(0, -place.missing.length))}\` is no map` }
}

function walk(document: Document, path: Path): Place {
  const steps: Step[] = []
  let node: unknown = document.contents
  for (const [index, key] of path.entries()) {
    const step = stepInto(node, key)
    if (!step) return { ok: true, path, steps: withRoot(steps, document), missing: path.slice(index) }
    steps.push(step)
    node = step.node
  }
  return { ok: true, path, steps, missing: [] }
}

/** A key added at the top of the file has the whole file as its parent. */
function withRoot(steps: readonly Step[], { contents }: Document): readonly Step[] {
  if (steps.length > 0 || !isMap(contents)) return steps
  return [{ parent: contents, node: contents }]
}

function stepInto(node: unknown, key: string | number): Step | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => nameOf(item) === String(key))
    return pair && { parent: node, pair, node: pair.value }
  }
  if (!isSeq(node) || typeof key !== 'number' || key >= node.items.length || key < 0) return undefined
  return { parent: node, node: node.items[key] }
}

export function nameOf({ key }: Pair): string | undefined {
  if (!isScalar(key)) return undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

/** Why a change here would show elsewhere, or come from elsewhere. */
function sharedAt(document: Document, steps: readonly Step[]): string | undefined {
  const used = new Set<string>()
  visit(document, { Alias: (_, alias) => void used.add(alias.source) })
  if (used.size === 0) return undefined
  for (const { node } of steps) {
    if (isAlias(node)) return `the value comes from the anchor \`&${clipped(node.source)}\` by an alias`
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined
    if (anchor !== undefined && used.has(anchor)) {
      return `other places use this value by the alias \`*${clipped(anchor)}\``
    }
  }
  return undefined
}

/** The deepest place that a template of a machine on the path offers. */
function throughTemplate(document: Document, path: Path, visited: ReadonlySet<string>): Place | undefined {
  let best: Place | undefined
  let node: unknown = document.contents
  for (const [index, key] of path.entries()) {
    const name = isMap(node) ? scalarAt(node, 'extends') : undefined
    const target =
      name === undefined || visited.has(name) ? undefined : ['templates', name, ...path.slice(index)]
    if (name !== undefined && target)
      best = deeper(best, candidate(document, target, new Set([...visited, name])))
    const step = stepInto(node, key)
    if (!step) break
    node = step.node
  }
  return best
}

function candidate(document: Document, path: Path, visited: ReadonlySet<string>): Place | undefined {
  const own = walk(document, path)
  const found = own.missing.length < path.length - 1 ? own : undefined
  return deeper(found, throughTemplate(document, path, visited))
}

function deeper(left: Place | undefined, right: Place | undefined): Place | undefined {
  if (!left || !right) return left ?? right
  return right.missing.length < left.missing.length ? right : left
}

function scalarAt(map: YAMLMap, key: string): string | undefined {
  const value = map.get(key)
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value)
}
