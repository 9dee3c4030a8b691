/** Turns what the schema validator says into sentences about the file, each with what would be right. */

import { stringify } from 'yaml'
import type * as z from 'zod'
import { limits } from './limits.ts'
import { find, type Located } from './located.ts'
import { instead, nearest } from './near.ts'
import { valueAt } from './plain-value.ts'
import { clipped, type Finding, formatPath, type Path, printable, shown } from './problem.ts'
import { labSchema } from './schema.ts'
import { alternatives, exampleOf, idOf, keysAt, schemaAt, shapeOf } from './schema-walk.ts'

type Issue = z.core.$ZodIssue

interface Wrong {
  readonly issue: Issue
  readonly path: Path
  /** What the file has there. */
  readonly value: unknown
  readonly root: Located
}

export function issueFindings(issue: Issue, plain: unknown, root: Located): readonly Finding[] {
  return wrongOf(issue, [], plain, root).flatMap(findingsOf)
}

/** Unions are opened: what is wrong is said about the alternative that was probably meant. */
function wrongOf(issue: Issue, before: Path, plain: unknown, root: Located): readonly Wrong[] {
  const path = [...before, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  const chosen = issue.code === 'invalid_union' ? likeliest(issue.errors) : undefined
  if (chosen) return chosen.flatMap((inner) => wrongOf(inner, path, plain, root))
  return [{ issue, path, value: valueAt(plain, path), root }]
}

const otherType: ReadonlySet<Issue['code']> = new Set(['invalid_type', 'invalid_value'])

/** The alternative of the right type with the fewest complaints; none when all of them want another type. */
function likeliest(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const typed = errors.filter(
    (issues) => !issues.some(({ code, path }) => otherType.has(code) && path.length === 0),
  )
  return [...typed].sort((left, right) => left.length - right.length)[0]
}

function findingsOf(wrong: Wrong): readonly Finding[] {
  const { issue, path } = wrong
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, limits.faults).map((key) => unknownKey(path, key))
  }
  if (issue.code === 'custom') return [{ path, text: issue.message, remedy: remedyOf(issue) }]
  if (wrong.value === undefined) return missing(wrong)
  return [unsuitable(wrong)]
}

function remedyOf(issue: Issue): string {
  const remedy = 'params' in issue ? issue.params?.remedy : undefined
  return typeof remedy === 'string' ? remedy : ''
}

function unknownKey(path: Path, key: string): Finding {
  return {
    path: [...path, key],
    onKey: true,
    text: `\`${clipped(key)}\` is not a key of ${holderOf(path)}.`,
    remedy: () => instead(key, keysAt(labSchema, path), 'keys'),
  }
}

/** What has the keys at a path, in words: `a port group`. */
function holderOf(path: Path): string {
  const schema = schemaAt(labSchema, path)
  const id = schema && idOf(alternatives(schema).find((option) => shapeOf(option)) ?? schema)
  if (id === undefined || path.length === 0) return 'a lab file'
  const words = id
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\bnic\b/, 'NIC')
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`
}

/** Nothing, when a misspelt form of the key is there: that is reported as an unknown key. */
function missing({ path, root }: Wrong): readonly Finding[] {
  const key = nameOf(path)
  const holder = find(root, path.slice(0, -1)).chain.at(-1)
  const known = new Set(keysAt(labSchema, path.slice(0, -1)))
  const strange = holder?.kind === 'map' ? [...holder.entries.keys()].filter((name) => !known.has(name)) : []
  if (strange.some((name) => nearest(name, [...known]) === key)) return []
  const example = exampleLine(path)
  const text = `\`${key}\` is missing${path.length === 1 ? '' : ' here'}.`
  return [{ path, onKey: true, text, remedy: `Add it${example ? `, for example ${example}` : ''}.` }]
}

function unsuitable({ issue, path, value, root }: Wrong): Finding {
  const expected = issue.code === 'invalid_type' || issue.message !== '' ? issue.message : 'something else'
  return {
    path,
    text: `\`${nameOf(path)}\` must be ${expected}, but is ${shown(value)}.`,
    remedy: remedyFor(issue, path, value, root),
  }
}

function remedyFor(issue: Issue, path: Path, value: unknown, root: Located): string {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = nearest(value, issue.values.map(String))
    if (near) return `Did you mean \`${near}\`?`
  }
  const node = find(root, path).chain.at(-1)
  const example = exampleAt(path)
  const number = node?.kind === 'scalar' && Number.isFinite(node.value)
  if (number && typeof example === 'string') {
    return asText(nameOf(path), node.source ?? String(node.value), example)
  }
  const line = exampleLine(path)
  return line ? `Write it like ${line}.` : 'Write its keys indented below it.'
}

/** For a number where a text is wanted: what the number was probably meant to be. */
function asText(key: string, number: string, example: string): string {
  if (example.endsWith('iB')) return `Write \`${key}: ${clipped(number)}MiB\`, if that is what you mean.`
  return `Put it in quotes: \`${key}: "${printable(number.slice(0, 100))}"\`.`
}

/** The key or, for an item of a list, the list's key and the item's place. */
function nameOf(path: Path): string {
  const at = path.findLastIndex((step) => typeof step === 'string')
  const key = clipped(String(path[at] ?? ''))
  return formatPath([key, ...path.slice(at + 1)])
}

function exampleAt(path: Path): unknown {
  const schema = schemaAt(labSchema, path)
  return schema && exampleOf(schema)
}

function exampleLine(path: Path): string | undefined {
  const example = exampleAt(path)
  const key = path.at(-1)
  if (example === undefined || typeof key !== 'string') return undefined
  const yaml = stringify({ [key]: example }, { collectionStyle: 'flow', lineWidth: 0 }).trim()
  return `\`${yaml.slice(2, -2)}\``
}
