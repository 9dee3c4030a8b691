/** The objects of a simulated server and what they say; nothing here knows how they are asked. */
import { randomUUID } from 'node:crypto'
import { isList, isRef, type MoRef, type VimObject, type VimValue } from '../../vsphere/soap/vim-value.ts'
import { isObjectKind } from './schema.ts'
import { faults } from './sdk-fault.ts'

/** One managed object: properties that are kept, and properties that are worked out when somebody looks. */
export class SimObject {
  readonly ref: MoRef
  readonly #kept = new Map<string, VimValue>()
  readonly #views = new Map<string, () => VimValue | undefined>()

  constructor(ref: MoRef) {
    this.ref = ref
  }

  get(property: string): VimValue | undefined {
    const view = this.#views.get(property)
    return view ? view() : this.#kept.get(property)
  }

  set(property: string, value: VimValue | undefined): void {
    if (value === undefined) this.#kept.delete(property)
    else this.#kept.set(property, value)
  }

  view(property: string, work: () => VimValue | undefined): void {
    this.#views.set(property, work)
  }

  /** Of a managed entity. */
  get name(): string {
    const name = this.get('name')
    return typeof name === 'string' ? name : ''
  }

  ref1(property: string): MoRef | undefined {
    const value = this.get(property)
    return value !== undefined && isRef(value) ? value : undefined
  }

  refs(property: string): readonly MoRef[] {
    const value = this.get(property)
    return isList(value) ? value.filter(isRef) : []
  }

  object(property: string): VimObject {
    const value = this.get(property)
    return typeof value === 'object' && !isList(value) && !isRef(value) ? value : {}
  }

  addRef(property: string, ref: MoRef): void {
    if (!this.refs(property).some((one) => isSame(one, ref)))
      this.set(property, [...this.refs(property), ref])
  }

  dropRef(property: string, ref: MoRef): void {
    this.set(
      property,
      this.refs(property).filter((one) => !isSame(one, ref)),
    )
  }
}

export const isSame = (one: MoRef, other: MoRef) => one.value === other.value && one.type === other.type

export type ServerKind = 'vcenter' | 'esxi'

export class World {
  readonly kind: ServerKind
  /** `6.7` */
  readonly api: string
  readonly now: () => Date
  readonly rootFolder: MoRef
  /** What `RetrieveServiceContent` answers. */
  content: VimObject = {}
  /** Names of machines in whose guests no tools run. */
  withoutTools: ReadonlySet<string> = new Set()
  readonly #objects = new Map<string, SimObject>()
  readonly #watchers = new Set<() => void>()
  #last = 0

  constructor(options: { readonly kind: ServerKind; readonly api: string; readonly now: () => Date }) {
    this.kind = options.kind
    this.api = options.api
    this.now = options.now
    this.rootFolder = { type: 'Folder', value: this.isVCenter ? 'group-d1' : 'ha-folder-root' }
  }

  get isVCenter(): boolean {
    return this.kind === 'vcenter'
  }

  add(object: SimObject): SimObject {
    this.#objects.set(object.ref.value, object)
    return object
  }

  /** A new object; ids are never used again. */
  make(type: string, id: string): SimObject {
    return this.add(new SimObject({ type, value: id }))
  }

  nextId(prefix: string): string {
    this.#last += 1
    return `${prefix}${this.#last}`
  }

  remove(ref: MoRef): void {
    this.#objects.delete(ref.value)
  }

  find(ref: MoRef | undefined): SimObject | undefined {
    const found = ref && this.#objects.get(ref.value)
    return found && isObjectKind(found.ref.type, ref.type) ? found : undefined
  }

  /** Throws `ManagedObjectNotFound`. */
  need(ref: MoRef): SimObject {
    const found = this.find(ref)
    if (found) return found
    throw faults.gone(ref)
  }

  /** Of this type or one that descends from it. */
  all(type: string): readonly SimObject[] {
    return [...this.#objects.values()].filter(({ ref }) => isObjectKind(ref.type, type))
  }

  /** Nearest object of that kind upwards, the object itself included. */
  above(object: SimObject, type: string): SimObject | undefined {
    for (let one: SimObject | undefined = object; one; one = this.find(one.ref1('parent')))
      if (isObjectKind(one.ref.type, type)) return one
    return undefined
  }

  timestamp(): string {
    return this.now().toISOString().replace('Z', '000Z')
  }

  /** Whoever waits for changes looks again. */
  changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }
}

export const newUuid = randomUUID

/** The same object with some fields set anew; what is undefined there stays as it is. */
export function merged(before: VimObject, changes: VimObject): VimObject {
  return {
    ...before,
    ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
  }
}

/** Deep, for specifications in which an absent field means "leave it". */
export function mergedDeep(before: VimObject, changes: VimObject): VimObject {
  const result: Record<string, VimValue | undefined> = { ...before }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue
    const old = before[name]
    const isSameKind =
      isPlain(value) && isPlain(old) && (value.$type ?? old.$type) === (old.$type ?? value.$type)
    result[name] = isSameKind ? mergedDeep(old, value) : value
  }
  return result
}

export function isPlain(value: VimValue | undefined): value is VimObject {
  return typeof value === 'object' && !isList(value) && !isRef(value)
}
