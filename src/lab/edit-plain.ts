/** The values of a lab file without their places, and how single ones are set in them. */
import type { EditValue } from './edit-text.ts'
import { plainOf } from './located.ts'
import type { Path } from './problem.ts'
import { readYaml } from './read-yaml.ts'

/** What a lab file says, as plain objects, with aliases filled in; undefined when it is no YAML. */
export function plainLab(source: string): unknown {
  const { root } = readYaml(source)
  return root && plainOf(root)
}

/** A copy that has the value at the path, with maps added where parents are missing. */
export function withValue(plain: unknown, path: Path, value: EditValue): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (typeof step === 'number') {
    const items: unknown[] = Array.isArray(plain) ? [...plain] : []
    items[step] = withValue(items[step], rest, value)
    return items
  }
  const entries = new Map(Object.entries(isRecord(plain) ? plain : {}))
  entries.set(step, withValue(entries.get(step), rest, value))
  return Object.fromEntries(entries)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
