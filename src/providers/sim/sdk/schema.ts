/** What a server knows of the vSphere API, read from the two tables as data: fields, kinds, versions, privileges. */
import written from '../../vsphere/soap/table.json' with { type: 'json' }
import strictness from './strictness.json' with { type: 'json' }

export interface SchemaField {
  readonly name: string
  /** `string`, `int`, `ManagedObjectReference`, a data type; without the `[]` of lists. */
  readonly type: string
  readonly isList: boolean
  readonly isOptional: boolean
  readonly since: string
  /** The enumeration or the kind of object that the table calls `string` or `ManagedObjectReference`. */
  readonly kind?: string
}

export interface SchemaMethod {
  readonly since: string
  readonly parameters: readonly SchemaField[]
  /** With `[]` for lists; `void`. */
  readonly returns: string
  /** Kind of object that has it. */
  readonly owner: string
  /** As faults name it: `createVm`. */
  readonly name: string
  /** Empty: it depends on what is asked. */
  readonly privilege: string
  /** Privileges needed on objects that are parameters. */
  readonly on: Readonly<Record<string, string>>
}

type Row = readonly [name: string, type: string, since: string, isOptional: 0 | 1]
type Table<Value> = Readonly<Record<string, Value>>

// Both were written by generators, and a test holds them to each other.
const table = written as unknown as {
  readonly types: Table<{
    readonly extends?: string
    readonly since: string
    readonly fields: readonly Row[]
  }>
  readonly objects: Table<Table<readonly [type: string, since: string]>>
  readonly methods: Table<{
    readonly since: string
    readonly parameters: readonly Row[]
    readonly returns: string
  }>
}
const extra = strictness as unknown as {
  readonly versions: readonly string[]
  /** Types that only answers hold. */
  readonly types: typeof table.types
  readonly enums: Table<readonly string[]>
  readonly objects: Table<string>
  /** Of kinds that the other table does not list. */
  readonly properties: typeof table.objects
  readonly names: Table<string>
  readonly methods: Table<
    Pick<SchemaMethod, 'owner' | 'name' | 'privilege'> & { readonly on?: Table<string> }
  >
  readonly fields: Table<string>
}

const types: typeof table.types = { ...extra.types, ...table.types }

export const allVersions: readonly string[] = extra.versions

export function isNewer(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.split('.').map(Number))
  for (let at = 0; at < 4; at += 1) {
    const difference = (one?.[at] ?? 0) - (other?.[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

function fieldOf(owner: string, [name, type, since, optional]: Row): SchemaField {
  const isList = type.endsWith('[]')
  const kind = extra.fields[`${owner}.${name}`]
  const single = isList ? type.slice(0, -2) : type
  return {
    name,
    // Where the tables have a fault, its text comes with it on the wire.
    type: single === 'MethodFault' && owner !== 'LocalizedMethodFault' ? 'LocalizedMethodFault' : single,
    isList,
    isOptional: optional === 1,
    since,
    ...(kind !== undefined && { kind }),
  }
}

const known = new Map<string, readonly SchemaField[]>()

/** In the order of the wire, inherited ones first. */
export function dataFields(type: string): readonly SchemaField[] {
  const before = known.get(type)
  if (before) return before
  const row = types[type]
  if (!row) return []
  const inherited = row.extends === undefined ? [] : dataFields(row.extends)
  const fields = [...inherited, ...row.fields.map((field) => fieldOf(type, field))]
  known.set(type, fields)
  return fields
}

export function isData(type: string): boolean {
  return Object.hasOwn(types, type)
}

export function dataParent(type: string): string | undefined {
  return types[type]?.extends
}

export function dataSince(type: string): string {
  return types[type]?.since ?? '2.0'
}

/** Whether the one data type is the other or descends from it. */
export function isDataKind(type: string, base: string): boolean {
  for (let one: string | undefined = type; one !== undefined; one = dataParent(one))
    if (one === base) return true
  return false
}

/** Whether objects of the one type are of the other too: a `VirtualApp` is a `ResourcePool`. */
export function isObjectKind(type: string, base: string): boolean {
  if (base === 'ManagedObject') return isObjectType(type)
  for (let one: string | undefined = type; one !== undefined && one !== ''; one = extra.objects[one])
    if (one === base) return true
  return false
}

export function isObjectType(type: string): boolean {
  return Object.hasOwn(extra.objects, type)
}

export function schemaMethod(name: string): SchemaMethod | undefined {
  const row = Object.hasOwn(table.methods, name) ? table.methods[name] : undefined
  const more = extra.methods[name]
  if (!row || !more) return undefined
  return {
    since: row.since,
    returns: row.returns,
    parameters: row.parameters.map((parameter) => fieldOf(name, parameter)),
    owner: more.owner,
    name: more.name,
    privilege: more.privilege,
    on: more.on ?? {},
  }
}

export function allMethods(): readonly string[] {
  return Object.keys(table.methods)
}

/** A property of a kind of object. */
export function objectProperty(type: string, name: string): SchemaField | undefined {
  for (let one: string | undefined = type; one !== undefined && one !== ''; one = extra.objects[one]) {
    const row = table.objects[one]?.[name] ?? extra.properties[one]?.[name]
    if (row) return fieldOf(declaring(type, name), [name, row[0], row[1], 1])
  }
  return undefined
}

export function objectProperties(type: string): readonly string[] {
  const names = new Set<string>()
  for (let one: string | undefined = type; one !== undefined && one !== ''; one = extra.objects[one]) {
    for (const name of Object.keys(table.objects[one] ?? extra.properties[one] ?? {})) names.add(name)
  }
  return [...names]
}

function declaring(type: string, name: string): string {
  for (let one: string | undefined = type; one !== undefined && one !== ''; one = extra.objects[one])
    if (Object.hasOwn(extra.fields, `${one}.${name}`)) return one
  return type
}

export function enumValues(kind: string): readonly string[] | undefined {
  return Object.hasOwn(extra.enums, kind) ? extra.enums[kind] : undefined
}

/** The name that the fault texts of a server use: `vim.vm.ConfigSpec`. */
export function internalName(type: string): string {
  return extra.names[type] ?? type
}
