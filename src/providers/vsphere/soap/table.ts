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

interface WrittenType {
  readonly extends?: string
  readonly since: string
  readonly fields: readonly WrittenField[]
}

interface WrittenMethod {
  readonly since: string
  readonly parameters: readonly WrittenField[]
  readonly returns: string
}

interface Written {
  readonly newest: string
  readonly types: Readonly<Record<string, WrittenType>>
  readonly objects: Readonly<Record<string, Readonly<Record<string, readonly [type: string, since: string]>>>>
  /** Faults without fields of their own here, by the fault that each is a kind of. */
  readonly faults: Readonly<Record<string, readonly string[]>>
  readonly methods: Readonly<Record<string, WrittenMethod>>
}

// The generator wrote it, and a test reads every row of it.
const table = written as unknown as Written

// Names come from servers, too; a map has none but its own, such as `constructor`.
const types = new Map(Object.entries(table.types))
const methods = new Map(Object.entries(table.methods))
const parentOfFault = new Map(
  Object.entries(table.faults).flatMap(([parent, names]) => names.map((name) => [name, parent] as const)),
)

/** The newest API that the table knows; newer servers speak it to whoever asks for it. */
export const newestApi = table.newest

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
  const row = types.get(type)
  if (!row) return undefined
  const inherited = row.extends === undefined ? [] : (fieldsOf(row.extends) ?? [])
  const fields = [...inherited, ...row.fields.map(asField)]
  fieldsByType.set(type, fields)
  return fields
}

export function isDataType(type: string): boolean {
  return types.has(type)
}

/** Whether a value of the one type may stand where the other one is declared; faults that have no fields here count, too. */
export function descends(type: string, from: string): boolean {
  let one: string | undefined = type
  while (one !== undefined && one !== from) one = types.get(one)?.extends ?? parentOfFault.get(one)
  return one === from
}

export function typeSince(type: string): string | undefined {
  return types.get(type)?.since
}

const readMethods = new Map<string, Method>()

export function methodOf(name: string): Method | undefined {
  const known = readMethods.get(name)
  if (known) return known
  const row = methods.get(name)
  if (!row) return undefined
  const method = { ...row, parameters: row.parameters.map(asField) }
  readMethods.set(name, method)
  return method
}

interface Property {
  readonly type: string
  readonly since: string
}

/** An object's property, which may be a path: `config.hardware.numCPU`. It is as new as the newest step of the path. */
export function propertyOf(object: string, path: string): Property | undefined {
  const [first = '', ...rest] = path.split('.')
  const row = Object.hasOwn(table.objects, object) ? table.objects[object] : undefined
  const start = row && Object.hasOwn(row, first) ? row[first] : undefined
  if (!start) return undefined
  let [type, since] = start
  for (const step of rest) {
    const field = fieldsOf(type)?.find(({ name }) => name === step)
    if (!field) return undefined
    type = field.type
    if (compareApi(field.since, since) > 0) since = field.since
  }
  return { type, since }
}

export function propertyType(object: string, path: string): string | undefined {
  return propertyOf(object, path)?.type
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
