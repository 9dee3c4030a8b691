/** Whether an edited file says what was asked for, and nothing else. */
import type { LabEdit } from './edit.ts'
import { isRecord, withValue } from './edit-plain.ts'
import { type LoadOptions, loadLab } from './load.ts'
import { plainOf } from './located.ts'
import { formatPath, type Problem } from './problem.ts'
import { readYaml } from './read-yaml.ts'

interface Wrong {
  readonly at: string
  readonly reason: string
}

interface Asked {
  readonly edits: readonly LabEdit[]
  readonly load: LoadOptions
}

/** What is wrong with the new text; undefined when nothing is. */
export function checkedEdit(before: string, after: string, { edits, load }: Asked): Wrong | undefined {
  const at = edits.map(({ path }) => formatPath(path)).join(', ')
  const old = readYaml(before)
  const now = readYaml(after)
  if (!old.root || !now.root) return { at, reason: 'the file cannot be read as a lab' }
  const wanted = edits.reduce<unknown>(
    (plain, { path, value }) => withValue(plain, path, value),
    plainOf(old.root),
  )
  if (!same(wanted, plainOf(now.root))) {
    return { at, reason: 'the change cannot be written here without changing something else' }
  }
  const { problems } = loadLab(after, load)
  // What was wrong before may stay so.
  const known = new Set(problems.length > 0 ? loadLab(before, load).problems.map(sentence) : [])
  const fresh = problems.find((problem) => !known.has(sentence(problem)))
  return fresh && { at: fresh.at || at, reason: `the lab would not load any more: ${fresh.text}` }
}

function sentence({ at, text }: Problem): string {
  return `${at} ${text}`
}

/** Maps are the same in any order of their keys. */
function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]))
  }
  if (!isRecord(left) || !isRecord(right)) return Object.is(left, right)
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  )
}
