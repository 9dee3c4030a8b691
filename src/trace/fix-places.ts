/** From keys with machines by their own names to the keys under which the file has written them. */
import type { KeyPath } from './places.ts'

/** Where a value stands in the file, or would stand. */
export interface Written {
  readonly path: KeyPath
  /** Steps at the end of the path that the file does not have. */
  readonly missing: number
}

/** `machines.kvm-2.nics[0].portgroup` → `machines.kvm.nics[0].portgroup`, or the template's key it comes from. */
export function writtenAt(plain: unknown, keys: KeyPath): Written {
  return follow({ node: plain, done: [] }, keys, { plain, visited: new Set() })
}

/** The value at a path of the file; undefined where there is none. */
export function valueAt(plain: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((node, step) => childOf(node, step)?.value, plain)
}

/** The template that a path of the file leads into. */
export function templateOf([first, second]: KeyPath): string | undefined {
  return first === 'templates' && second !== undefined ? String(second) : undefined
}

interface Here {
  readonly node: unknown
  readonly done: KeyPath
}

interface Search {
  readonly plain: unknown
  /** Templates on the way. */
  readonly visited: ReadonlySet<string>
}

function follow({ node, done }: Here, keys: KeyPath, search: Search): Written {
  const [step, ...rest] = keys
  if (step === undefined) return { path: done, missing: 0 }
  const own = done.at(-1) === 'machines' ? machineEntry(node, String(step)) : childOf(node, step)
  const direct = own
    ? follow({ node: own.value, done: [...done, own.key] }, rest, search)
    : { path: [...done, ...keys], missing: keys.length }
  if (direct.missing === 0) return direct
  const through = throughTemplate(node, keys, search)
  return through && through.missing < direct.missing ? through : direct
}

function throughTemplate(node: unknown, keys: KeyPath, { plain, visited }: Search): Written | undefined {
  const name = childOf(node, 'extends')?.value
  if (typeof name !== 'string' || visited.has(name)) return undefined
  const template = valueAt(plain, ['templates', name])
  if (template === undefined) return undefined
  const here = { node: template, done: ['templates', name] }
  return follow(here, keys, { plain, visited: new Set([...visited, name]) })
}

interface Child {
  readonly key: string | number
  readonly value: unknown
}

function childOf(node: unknown, step: string | number): Child | undefined {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined
  if (Array.isArray(node) !== (typeof step === 'number')) return undefined
  return { key: step, value: Reflect.get(node, step) }
}

/** With `count: 3` the key `kvm` stands for `kvm-1` to `kvm-3`. */
function machineEntry(node: unknown, name: string): Child | undefined {
  const own = childOf(node, name)
  if (own && childOf(own.value, 'count') === undefined) return own
  const counted = childOf(node, name.replace(/-\d+$/, ''))
  return counted && childOf(counted.value, 'count') !== undefined ? counted : undefined
}
