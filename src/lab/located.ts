/** The values of a lab file with their places in its text. */
import type { Path, Span } from './problem.ts'

export type ScalarValue = string | number | boolean | null | bigint

export interface LocatedMap {
  readonly kind: 'map'
  readonly span?: Span
  readonly entries: ReadonlyMap<string, Entry>
}

export interface LocatedList {
  readonly kind: 'list'
  readonly span?: Span
  readonly items: readonly Located[]
}

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly span?: Span
  readonly value: ScalarValue
  /** As it is written: `7.0` for the number 7. */
  readonly source?: string
}

/** Aliases of YAML make several parents share one node, so this is a graph without cycles. */
export type Located = LocatedMap | LocatedList | LocatedScalar

export interface Entry {
  readonly key?: Span
  readonly value: Located
}

/** What a path leads to: the nodes passed, and the first step that the file does not have. */
export interface Found {
  readonly chain: readonly Located[]
  /** The key of the last node, when it is in a map. */
  readonly key?: Span
  readonly missing?: string
}

export function plainOf(node: Located): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainOf)
  const plain: Record<string, unknown> = {}
  for (const [key, entry] of node.entries) plain[key] = plainOf(entry.value)
  return plain
}

/** Finds a path; where a machine does not have a key itself, the key is looked for in its template. */
export function find(root: Located, path: Path): Found {
  return walk(root, path, { root, visited: new Set(), steps: { left: mostSteps } })
}

/** Templates of templates can offer more ways than are worth trying to point at one mistake. */
const mostSteps = 500

interface Search {
  readonly root: Located
  /** Templates on the way. */
  readonly visited: ReadonlySet<string>
  readonly steps: { left: number }
}

function walk(node: Located, path: Path, search: Search): Found {
  const [step, ...rest] = path
  if (step === undefined) return { chain: [node] }
  search.steps.left -= 1
  const own = childOf(node, step)
  const direct = own ? below(node, own, walk(own.value, rest, search)) : undefined
  if (direct && direct.missing === undefined) return direct
  const inherited = search.steps.left > 0 ? throughTemplate(node, path, search) : undefined
  if (inherited && inherited.missing === undefined) return inherited
  return direct ?? { chain: [node], missing: String(step) }
}

function below(node: Located, entry: Entry, found: Found): Found {
  const key = found.key ?? (found.chain.length === 1 ? entry.key : undefined)
  return { ...found, chain: [node, ...found.chain], ...(key && { key }) }
}

function throughTemplate(node: Located, path: Path, search: Search): Found | undefined {
  const { root, visited } = search
  if (node.kind !== 'map' || root.kind !== 'map') return undefined
  const extended = node.entries.get('extends')?.value
  const templates = root.entries.get('templates')?.value
  if (extended?.kind !== 'scalar' || templates?.kind !== 'map') return undefined
  const name = String(extended.value)
  const template = visited.has(name) ? undefined : templates.entries.get(name)?.value
  return template && walk(template, path, { ...search, visited: new Set([...visited, name]) })
}

function childOf(node: Located, step: string | number): Entry | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))
  const item = node.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined
  return item && { value: item }
}
