/** The types and methods of the vSphere API: order of fields, their types, and the API version each came with. */
import written from './table.json' with { type: 'json' }

export interface Field {
  readonly name: string
  /** `string`, `int`, `ManagedObjectReference`, a data type; `[]` behind it for lists. */
  readonly type: string
  /** Lowest API version that knows it. */
  readonly since: string
  readonly isOptional: boolean
}

export interface Method {
  readonly parameters: readonly Field[]
  readonly returns: string
  readonly since: string
}

type WrittenField = readonly [name: string, type: string, since: string, isOptional: 0 | 1]

interface Written {
  readonly types: Readonly<
    Record<
      string,
      { readonly extends?: string; readonly since: string; readonly fields: readonly WrittenField[] }
    >
  >
  readonly objects: Readonly<Record<string, Readonly<Record<string, readonly [type: string, since: string]>>>>
  readonly methods: Readonly<
    Record<
      string,
      { readonly since: string; readonly parameters: readonly WrittenField[]; readonly returns: string }
    >
  >
}

// The generator wrote it, and a test reads every row of it.
const table = written as unknown as Written

const asField = ([name, type, since, isOptional]: WrittenField): Field => ({
  name,
  type,
  since,
  isOptional: isOptional === 1,
})

const fieldsByType = new Map<string, readonly Field[]>()

/** Fields of a data type in the order of the wire, those it inherits first; undefined for a type that is not known. */
export function fieldsOf(type: string): readonly Field[] | undefined {
  const known = fieldsByType.get(type)
  if (known) return known
  const row = table.types[type]
  if (!row) return undefined
  const fields = [...((row.extends && fieldsOf(row.extends)) || []), ...row.fields.map(asField)]
  fieldsByType.set(type, fields)
  return fields
}

export function isDataType(type: string): boolean {
  return Object.hasOwn(table.types, type)
}

/** Whether a value of the one type may stand where the other one is declared. */
export function descends(type: string, from: string): boolean {
  for (let one: string | undefined = type; one !== undefined; one = table.types[one]?.extends) {
    if (one === from) return true
  }
  return false
}

export function typeSince(type: string): string | undefined {
  return table.types[type]?.since
}

export function methodOf(name: string): Method | undefined {
  const row = Object.hasOwn(table.methods, name) ? table.methods[name] : undefined
  return row && { ...row, parameters: row.parameters.map(asField) }
}

/** Type of an object's property, which may be a path: `config.hardware.numCPU`. */
export function propertyType(object: string, path: string): string | undefined {
  const [first = '', ...rest] = path.split('.')
  const properties = Object.hasOwn(table.objects, object) ? table.objects[object] : undefined
  let type = properties && Object.hasOwn(properties, first) ? properties[first]?.[0] : undefined
  for (const step of rest) {
    if (type === undefined) return undefined
    type = fieldsOf(type)?.find(({ name }) => name === step)?.type
  }
  return type
}

/** Negative when the first is older. `6.7` is 6.7.0.0. */
export function compareApi(one: string, other: string): number {
  const left = one.split('.').map(Number)
  const right = other.split('.').map(Number)
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The newest API that the table knows; servers speak older ones to whoever asks for them. */
export const newestApi = '9.0.0.0'
