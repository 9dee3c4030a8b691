/** Reads properties of many objects at once, page by page. */
import type { Connection } from './connection.ts'
import { propertyType } from './table.ts'
import { at, isRef, listAt, type MoRef, refAt, textAt, type VimObject, type VimValue } from './vim-value.ts'

export interface ObjectProperties {
  readonly ref: MoRef
  /** By their paths, such as `config.hardware.numCPU`. What could not be read is absent. */
  readonly properties: ReadonlyMap<string, VimValue>
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Objects that one answer may hold; default 500. */
  readonly pageSize?: number
  readonly onProgress?: (objects: number) => void
}

const defaultPage = 500

/** Properties of these objects. One that has gone since is left out. */
export async function propertiesOf(
  connection: Connection,
  refs: readonly MoRef[],
  paths: Readonly<Record<string, readonly string[]>>,
  options: ReadOptions = {},
): Promise<readonly ObjectProperties[]> {
  if (refs.length === 0) return []
  const types = [...new Set(refs.map(({ type }) => type))].filter((type) => paths[type])
  const propSet = types.map((type) => ({ type, all: false, pathSet: known(type, paths[type] ?? []) }))
  const objectSet = refs.filter(({ type }) => paths[type]).map((obj) => ({ obj, skip: false }))
  return await retrieve(connection, { propSet, objectSet, reportMissingObjectsInResults: true }, options)
}

/** All objects of the given types below `root`, however deep. */
export async function allBelow(
  connection: Connection,
  root: MoRef,
  paths: Readonly<Record<string, readonly string[]>>,
  options: ReadOptions = {},
): Promise<readonly ObjectProperties[]> {
  const types = Object.keys(paths)
  const viewManager = connection.service('viewManager')
  const container = { container: root, type: types, recursive: true }
  const view = await connection.call('CreateContainerView', viewManager, container, options)
  if (!isRef(view)) return []
  try {
    const walk = { $type: 'TraversalSpec', name: 'view', type: 'ContainerView', path: 'view', skip: false }
    const objectSet = [{ obj: view, skip: true, selectSet: [walk] }]
    const propSet = types.map((type) => ({ type, all: false, pathSet: known(type, paths[type] ?? []) }))
    return await retrieve(connection, { propSet, objectSet }, options)
  } finally {
    await connection.call('DestroyView', view, {}, options)
  }
}

/** Paths that the table does not have would fail the whole question on a real server. */
function known(type: string, paths: readonly string[]): readonly string[] {
  const strange = paths.find((path) => propertyType(type, path) === undefined)
  if (strange !== undefined) throw new TypeError(`${type} has no property ${strange}`)
  return paths
}

async function retrieve(
  connection: Connection,
  specification: VimObject,
  { signal, pageSize = defaultPage, onProgress }: ReadOptions,
): Promise<readonly ObjectProperties[]> {
  const collector = connection.service('propertyCollector')
  const found: ObjectProperties[] = []
  const first = { specSet: [specification], options: { maxObjects: pageSize } }
  let result = await connection.call('RetrievePropertiesEx', collector, first, { signal })
  for (;;) {
    for (const object of listAt(result, 'objects')) found.push(...readObject(object))
    onProgress?.(found.length)
    const token = textAt(result, 'token')
    if (token === undefined) return found
    result = await connection.call('ContinueRetrievePropertiesEx', collector, { token }, { signal })
  }
}

/** The reader of answers knows a value's type only where the server says it; here the property tells it. */
export function readObject(object: VimValue): readonly ObjectProperties[] {
  const ref = refAt(object, 'obj')
  if (!ref) return []
  const properties = new Map<string, VimValue>()
  for (const changed of listAt(object, 'propSet')) {
    const name = textAt(changed, 'name')
    const value = at(changed, 'val')
    if (name !== undefined && value !== undefined) properties.set(name, value)
  }
  return [{ ref, properties }]
}
