/** Reads properties of many objects at once, page by page. */
import type { Connection } from './connection.ts'
import { compareApi, propertyOf } from './table.ts'
import {
  at,
  isRef,
  listAt,
  type MoRef,
  refAt,
  textAt,
  typeOfObject,
  type VimObject,
  type VimValue,
} from './vim-value.ts'

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

/** Paths by the type of object. Those that the server is too old for are left out, as if they could not be read. */
export type Paths = Readonly<Record<string, readonly string[]>>

const defaultPage = 500
/** For tidying up after work that has failed or was given up. */
const tidyLimitMs = 5000

/** Properties of these objects. One that has gone since is left out. */
export async function propertiesOf(
  connection: Connection,
  refs: readonly MoRef[],
  paths: Paths,
  options: ReadOptions = {},
): Promise<readonly ObjectProperties[]> {
  const asked = refs.filter(({ type }) => paths[type])
  if (asked.length === 0) return []
  const types = new Set(asked.map(({ type }) => type))
  const propSet = propertySets(connection, paths).filter(({ type }) => types.has(type))
  const objectSet = asked.map((obj) => ({ obj, skip: false }))
  const specification = { propSet, objectSet, reportMissingObjectsInResults: true }
  return await connection.perSession(
    (isOver) => retrieve(connection, specification, { ...options, isOver }),
    options.signal,
  )
}

/** All objects of the given types below `root`, however deep. */
export async function allBelow(
  connection: Connection,
  root: MoRef,
  paths: Paths,
  options: ReadOptions = {},
): Promise<readonly ObjectProperties[]> {
  const { signal } = options
  const propSet = propertySets(connection, paths)
  const viewManager = connection.service('viewManager')
  const container = { container: root, type: Object.keys(paths), recursive: true }
  const walk = { $type: 'TraversalSpec', name: 'view', type: 'ContainerView', path: 'view', skip: false }
  return await connection.perSession(async (isOver) => {
    const view = await connection.call('CreateContainerView', viewManager, container, { signal })
    if (!isRef(view)) return []
    const objectSet = [{ obj: view, skip: true, selectSet: [walk] }]
    try {
      return await retrieve(connection, { propSet, objectSet }, { ...options, isOver })
    } finally {
      await tidy(connection, 'DestroyView', view)
    }
  }, signal)
}

/** What could not be tidied up goes with the session. */
async function tidy(
  connection: Connection,
  method: string,
  target: MoRef,
  parameters: VimObject = {},
): Promise<void> {
  const signal = AbortSignal.timeout(tidyLimitMs)
  await connection.call(method, target, parameters, { signal }).catch(() => undefined)
}

/** One path that a server does not have would make it refuse the whole question. */
function propertySets(connection: Connection, paths: Paths) {
  return Object.entries(paths).map(([type, wanted]) => {
    const pathSet = wanted.filter((path) => {
      const property = propertyOf(type, path)
      if (!property) throw new TypeError(`${type} has no property ${path}`)
      return compareApi(property.since, connection.api) <= 0
    })
    return { type, all: false, pathSet }
  })
}

async function retrieve(
  connection: Connection,
  specification: VimObject,
  { signal, pageSize = defaultPage, onProgress, isOver }: ReadOptions & { isOver: () => Promise<never> },
): Promise<readonly ObjectProperties[]> {
  const collector = connection.service('propertyCollector')
  const found: ObjectProperties[] = []
  const first = { specSet: [specification], options: { maxObjects: pageSize } }
  let result = await connection.call('RetrievePropertiesEx', collector, first, { signal })
  for (;;) {
    const objects = listAt(result, 'objects')
    if (objects.some(isWithoutSession)) await isOver()
    for (const object of objects) found.push(...readObject(object))
    onProgress?.(found.length)
    const token = textAt(result, 'token')
    if (token === undefined) return found
    try {
      result = await connection.call('ContinueRetrievePropertiesEx', collector, { token }, { signal })
    } catch (error) {
      await tidy(connection, 'CancelRetrievePropertiesEx', collector, { token })
      throw error
    }
  }
}

/** To somebody whose session has ended, servers do not refuse the question: each property is missing for that reason. */
function isWithoutSession(object: VimValue): boolean {
  return listAt(object, 'missingSet').some(
    (one) => typeOfObject(at(one, 'fault', 'fault')) === 'NotAuthenticated',
  )
}

/** As the property collector tells of one object. */
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
