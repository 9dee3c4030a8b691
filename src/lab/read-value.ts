/** From an object made by a program (a TypeScript lab) to the same located values that a text gives. */
import { limits } from './limits.ts'
import type { Entry, Located } from './located.ts'
import type { Finding, Path } from './problem.ts'

interface Reading {
  readonly findings: Finding[]
  /** Objects that contain the present one. */
  readonly open: Set<object>
  values: number
}

const empty: Located = { kind: 'scalar', value: null }

export function readValue(value: unknown): { root: Located; findings: readonly Finding[] } {
  const reading: Reading = { findings: [], open: new Set(), values: 0 }
  return { root: locatedOf(value, [], reading), findings: reading.findings }
}

function locatedOf(value: unknown, path: Path, reading: Reading): Located {
  reading.values += 1
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return { kind: 'scalar', value }
    case 'undefined':
      return empty
    case 'object':
      return value === null ? empty : objectOf(value, path, reading)
    default:
      return refuse(
        path,
        reading,
        `A ${typeof value} cannot be part of a lab.`,
        'Use plain objects and values.',
      )
  }
}

function objectOf(value: object, path: Path, reading: Reading): Located {
  if (reading.open.has(value)) {
    return refuse(path, reading, 'The object contains itself.', 'Make a new object for each place.')
  }
  if (path.length > limits.depth || reading.values > limits.values) {
    if (reading.findings.length > 0) return empty
    return refuse(
      path,
      reading,
      'The object is too deep or too large for a lab.',
      'Use `count` and `templates`.',
    )
  }
  reading.open.add(value)
  const located = Array.isArray(value) ? listOf(value, path, reading) : mapOf(value, path, reading)
  reading.open.delete(value)
  return located
}

function listOf(value: readonly unknown[], path: Path, reading: Reading): Located {
  return { kind: 'list', items: value.map((item, index) => locatedOf(item, [...path, index], reading)) }
}

function mapOf(value: object, path: Path, reading: Reading): Located {
  const entries = new Map<string, Entry>()
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue
    if (key === '__proto__') {
      refuse([...path, key], reading, '`__proto__` cannot be a key or a name.', 'Choose another name.')
    } else entries.set(key, { value: locatedOf(child, [...path, key], reading) })
  }
  return { kind: 'map', entries }
}

function refuse(path: Path, reading: Reading, text: string, remedy: string): Located {
  reading.findings.push({ path, text, remedy })
  return empty
}
