/** Where a file says what a setting of the resolved lab is: through `count`, templates and policies of the switch. */
import type { LineCounter } from 'yaml'
import type { Entry, Located } from './located.ts'
import { formatPath, type Path, type Span } from './problem.ts'

/** The place in a lab file at which one has to edit to change a setting. */
export interface WrittenPlace {
  /** As the caller named it. */
  readonly file: string
  /** Both from 1, of the key, or of the nearest key that is there; 0 when the lab is not text. */
  readonly line: number
  readonly column: number
  /** Keys as the file has them, or would have them: `kvm` for the machine kvm-1, a template's for what it gives. */
  readonly path: Path
  /** The same as text: `templates.node.hypervisor.switches.br0.mtu`. */
  readonly at: string
  /** `inherited`: a policy of the switch applies to the port group. `default`: the file does not say it. */
  readonly origin: 'written' | 'inherited' | 'default'
}

export interface WrittenIn {
  readonly file: string
  readonly root: Located
  /** Absent when the lab is not text. */
  readonly lines?: LineCounter | undefined
}

/** `path` leads to a setting by the names of the resolved lab: `['machines', 'kvm-1', 'nics', 0]`. */
export function writtenPlace(path: Path, { file, root, lines }: WrittenIn): WrittenPlace {
  const own = search(root, path)
  const ofSwitch = own.missing.length > 0 ? policyOfSwitch(path) : undefined
  const upper = ofSwitch && search(root, ofSwitch)
  const inherited = upper?.missing.length === 0
  const found = inherited ? upper : own
  const start = found.span && lines?.lineStarts.length ? lines.linePos(found.span.start) : undefined
  return {
    file,
    line: start?.line ?? (lines ? 1 : 0),
    column: start?.col ?? (lines ? 1 : 0),
    path: [...found.path, ...found.missing],
    at: formatPath([...found.path, ...found.missing]),
    origin: inherited ? 'inherited' : found.missing.length > 0 ? 'default' : 'written',
  }
}

/** Templates of templates can offer more ways than are worth trying. */
const mostSteps = 500

interface Search {
  readonly root: Located
  /** Templates on the way. */
  readonly visited: ReadonlySet<string>
  readonly steps: { left: number }
  /** How the file comes to the present node. */
  readonly at: Path
  /** Of the last key on that way. */
  readonly span?: Span | undefined
}

interface Followed {
  /** Keys that the file has. */
  readonly path: Path
  /** Keys of the way that it has not. */
  readonly missing: Path
  readonly span?: Span | undefined
}

function search(root: Located, path: Path): Followed {
  return follow(root, path, { root, visited: new Set(), steps: { left: mostSteps }, at: [] })
}

function follow(node: Located, path: Path, here: Search): Followed {
  const [step, ...rest] = path
  if (step === undefined) return { path: here.at, missing: [], span: here.span }
  here.steps.left -= 1
  const child = childOf(node, step)
  const own = child
    ? follow(child.entry.value, rest, {
        ...here,
        at: [...here.at, child.key],
        span: spanOf(child) ?? here.span,
      })
    : { path: here.at, missing: path, span: here.span }
  if (own.missing.length === 0 || here.steps.left <= 0) return own
  const given = throughTemplate(node, path, here)
  return given && given.missing.length < own.missing.length ? given : own
}

interface Child {
  readonly key: string | number
  readonly entry: Entry
}

function spanOf({ entry }: Child): Span | undefined {
  return entry.key ?? entry.value.span
}

function throughTemplate(node: Located, path: Path, here: Search): Followed | undefined {
  const { root, visited } = here
  const extended = node.kind === 'map' ? node.entries.get('extends')?.value : undefined
  const templates = root.kind === 'map' ? root.entries.get('templates')?.value : undefined
  if (extended?.kind !== 'scalar' || templates?.kind !== 'map') return undefined
  const name = String(extended.value)
  const template = visited.has(name) ? undefined : templates.entries.get(name)
  if (!template) return undefined
  const inside = { at: ['templates', name], span: template.key ?? template.value.span }
  return follow(template.value, path, { ...here, ...inside, visited: new Set([...visited, name]) })
}

/** `kvm-2` is the machine of that name, or one of those that `kvm` makes with `count`. */
function childOf(node: Located, step: string | number): Child | undefined {
  if (node.kind === 'list') {
    const item = typeof step === 'number' ? node.items[step] : undefined
    return item && { key: step, entry: { value: item } }
  }
  if (node.kind !== 'map') return undefined
  const name = String(step)
  const entry = node.entries.get(name)
  if (entry) return { key: name, entry }
  const key = /^(.+)-[0-9]+$/.exec(name)?.[1]
  const counted = key === undefined ? undefined : node.entries.get(key)
  const isCounted = counted?.value.kind === 'map' && counted.value.entries.has('count')
  return key !== undefined && counted && isCounted ? { key, entry: counted } : undefined
}

/** Port groups inherit policies that they do not name from their switch. */
function policyOfSwitch(path: Path): Path | undefined {
  const group = path.length - 4
  if (path[group] !== 'portgroups' || path[group + 2] !== 'security') return undefined
  return [...path.slice(0, group), ...path.slice(group + 2)]
}
