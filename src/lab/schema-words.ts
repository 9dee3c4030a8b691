/** Turns what the schema validator says into sentences about the file, each with what would be right. */

import { stringify } from 'yaml'
import type * as z from 'zod'
import { find, type Located } from './located.ts'
import { instead, nearest } from './near.ts'
import { clipped, type Finding, type Path, shown } from './problem.ts'
import { labSchema } from './schema.ts'
import { exampleOf, keysAt, schemaAt } from './schema-walk.ts'

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

/** The alternative of the right type with the fewest complaints; none when all of them want another type. */
function likeliest(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const typed = errors.filter(
    (issues) => !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0),
  )
  return [...typed].sort((left, right) => left.length - right.length)[0]
}

function findingsOf(wrong: Wrong): readonly Finding[] {
  const { issue, path } = wrong
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
  if (issue.code === 'custom') return [{ path, text: issue.message, remedy: remedyOf(issue) }]
  if (wrong.value === undefined) return [missing(wrong)]
  return [unsuitable(wrong)]
}

function remedyOf(issue: Issue): string {
  const remedy = 'params' in issue ? issue.params?.remedy : undefined
  return typeof remedy === 'string' ? remedy : ''
}

function unknownKey(path: Path, key: string): Finding {
  const place = path.length === 0 ? 'a lab file' : 'this place'
  return {
    path: [...path, key],
    onKey: true,
    text: `\`${clipped(key)}\` is not a key of ${place}.`,
    remedy: instead(key, keysAt(labSchema, path), 'keys'),
  }
}

function missing({ path, root }: Wrong): Finding {
  const key = nameOf(path)
  const holder = find(root, path.slice(0, -1)).chain.at(-1)
  const misspelt = holder?.kind === 'map' ? nearest(key, holder.entries.keys()) : undefined
  const example = exampleLine(path)
  return {
    path: path.slice(0, -1),
    onKey: true,
    text: `\`${key}\` is missing${path.length === 1 ? '' : ' here'}.`,
    remedy: misspelt
      ? `Is \`${misspelt}\` meant to be \`${key}\`?`
      : `Add it${example ? `, for example ${example}` : ''}.`,
  }
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
  const wantsText = issue.code === 'invalid_type' && issue.expected === 'string'
  const isVersion = wantsText && nameOf(path) === 'version'
  if (isVersion && node?.kind === 'scalar' && typeof node.value === 'number') {
    return `Put it in quotes: \`${nameOf(path)}: "${clipped(node.source ?? String(node.value))}"\`.`
  }
  const example = exampleLine(path)
  return example ? `Write it like ${example}.` : 'See `docs/reference/lab-file.md`.'
}

/** The key or, for an item of a list, the list's key and the item's place. */
function nameOf(path: Path): string {
  const at = path.findLastIndex((step) => typeof step === 'string')
  const key = clipped(String(path[at] ?? ''))
  return (
    key +
    path
      .slice(at + 1)
      .map((step) => `[${step}]`)
      .join('')
  )
}

function exampleLine(path: Path): string | undefined {
  const schema = schemaAt(labSchema, path)
  const example = schema && exampleOf(schema)
  const key = path.at(-1)
  if (example === undefined || typeof key !== 'string') return undefined
  return `\`${stringify({ [key]: example }, { collectionStyle: 'flow', lineWidth: 0 })
    .trim()
    .replace(/^\{ (.*) \}$/, '$1')}\``
}

function valueAt(plain: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null) return undefined
    return Object.getOwnPropertyDescriptor(value, step)?.value
  }, plain)
}
