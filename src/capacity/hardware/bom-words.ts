/** Turns what the schema says about a bill of materials into sentences about the file, each with what would be right. */
import { stringify } from 'yaml'
import type * as z from 'zod'
import {
  bare,
  clipped,
  exampleOf,
  type Finding,
  find,
  instead,
  keysAt,
  type Located,
  nearest,
  type Path,
  schemaAt,
  shown,
  valueAt,
} from '#lab'
import { type BomInput, bomSchema } from './bom-schema.ts'

type Issue = z.core.$ZodIssue

export function shapeFindings(
  plain: unknown,
  root: Located,
): { input?: BomInput; findings: readonly Finding[] } {
  const parsed = bomSchema.safeParse(plain)
  if (parsed.success) return { input: parsed.data, findings: [] }
  return { findings: parsed.error.issues.flatMap((issue) => wordsFor(issue, plain, root)) }
}

function wordsFor(issue: Issue, plain: unknown, root: Located): readonly Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
  if (issue.code === 'custom') return [{ path, text: issue.message, remedy: remedyOf(issue) }]
  const value = valueAt(plain, path)
  if (path.length === 0) return [notABill(value)]
  if (value === undefined) return missing(path, root)
  return [
    {
      path,
      text: `\`${nameOf(path)}\` must be ${issue.message}, but is ${shown(value)}.`,
      remedy: remedyFor(issue, path, root),
    },
  ]
}

function notABill(value: unknown): Finding {
  return {
    path: [],
    text: `A bill of materials is a map of keys, but this is ${shown(value)}.`,
    remedy: 'Begin it with `nestlab-bom: 1` and `name: NAME`.',
  }
}

function remedyOf(issue: Issue): string {
  const remedy = 'params' in issue ? issue.params?.remedy : undefined
  return typeof remedy === 'string' ? remedy : ''
}

const holders: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'a bill of materials'],
  [/^for$/, '`for`'],
  [/^needs$/, '`needs`'],
  [/^parts$/, 'a part'],
]

function unknownKey(path: Path, key: string): Finding {
  const holder = holders.find(([pattern]) => pattern.test(String(path[0] ?? '')))?.[1] ?? 'this map'
  return {
    path: [...path, key],
    onKey: true,
    text: `\`${clipped(key)}\` is not a key of ${holder}.`,
    remedy: () => instead(key, keysAt(bomSchema, path), 'keys'),
  }
}

/** Nothing, when a misspelt form of the key is there: that is reported as an unknown key. */
function missing(path: Path, root: Located): readonly Finding[] {
  const key = nameOf(path)
  const known = keysAt(bomSchema, path.slice(0, -1))
  const holder = find(root, path.slice(0, -1)).chain.at(-1)
  const strange =
    holder?.kind === 'map' ? [...holder.entries.keys()].filter((name) => !known.includes(name)) : []
  if (strange.some((name) => nearest(name, known) === key)) return []
  const text = `\`${key}\` is missing${path.length === 1 ? '' : ' here'}.`
  const example = exampleLine(path)
  return [
    { path, onKey: true, text, remedy: `Add it${example === undefined ? '' : `, for example ${example}`}.` },
  ]
}

function remedyFor(issue: Issue, path: Path, root: Located): string {
  const node = find(root, path).chain.at(-1)
  const written = node?.kind === 'scalar' ? (node.source ?? String(node.value)) : ''
  if (issue.code === 'invalid_value') {
    const near = nearest(written, issue.values.map(String))
    if (near !== undefined) return `Did you mean \`${near}\`?`
  }
  const isNumber = node?.kind === 'scalar' && typeof node.value === 'number'
  const example = exampleAt(path)
  if (isNumber && typeof example === 'string') {
    if (example.endsWith('iB'))
      return `Write \`${nameOf(path)}: ${clipped(written)}GiB\`, if that is what you mean.`
    return `Put it in quotes: \`${nameOf(path)}: "${clipped(written)}"\`.`
  }
  const line = exampleLine(path)
  return line === undefined ? 'Write its keys indented below it.' : `Write it like ${line}.`
}

function nameOf(path: Path): string {
  const step = path.at(-1)
  return typeof step === 'number' ? `${String(path.at(-2))}[${step}]` : clipped(String(step ?? ''))
}

function exampleAt(path: Path): unknown {
  const schema = schemaAt(bomSchema, path)
  return schema && exampleOf(bare(schema))
}

function exampleLine(path: Path): string | undefined {
  const example = exampleAt(path)
  const key = path.at(-1)
  if (example === undefined || typeof key !== 'string') return undefined
  const yaml = stringify({ [key]: example }, { collectionStyle: 'flow', lineWidth: 0 }).trim()
  return `\`${yaml.slice(2, -2)}\``
}
