/** The property collector: answers page by page, and waits for changes. */
import { numberAt, textAt, type VimObject, type VimValue } from '../../vsphere/soap/vim-value.ts'
import { type CallContext, type Methods, needObject, sessionOf } from './call.ts'
import { listOf, objectContent, readProperties, readRequests } from './properties.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import { selected } from './selection.ts'
import type { Collector, Filter, Session } from './session.ts'
import { newUuid } from './world.ts'

export const collectorCalls: Methods = {
  RetrievePropertiesEx: (context) => {
    const found = listOf(context.parameters, 'specSet').map((one) => ({ ...selected(context, one), one }))
    const contents = found.flatMap(({ objects }) =>
      objects.map(({ object, request }) => objectContent(context, object, request)),
    )
    if (contents.length === 0) return undefined
    const most = numberAt(context.parameters, 'options', 'maxObjects')
    return page(sessionOf(context), contents, most ?? contents.length)
  },
  ContinueRetrievePropertiesEx: (context) => {
    const session = sessionOf(context)
    const token = textAt(context.parameters, 'token') ?? ''
    const next = session.pages.get(token)
    if (!next) throw faults.argument('token')
    session.pages.delete(token)
    return next()
  },
  CancelRetrievePropertiesEx: (context) => {
    const token = textAt(context.parameters, 'token') ?? ''
    if (!sessionOf(context).pages.delete(token)) throw faults.argument('token')
    return undefined
  },
  CreatePropertyCollector: (context) => sessionOf(context).make('PropertyCollector').ref,
  DestroyPropertyCollector: (context) => {
    const session = sessionOf(context)
    const { ref } = context.target
    if (!session.objects.delete(ref.value)) throw faults.notSupported()
    const collector = session.collectorOf(ref)
    collector.cancel?.()
    for (const id of collector.filters.keys()) session.objects.delete(id)
    session.collectors.delete(ref.value)
    return undefined
  },
  CreateFilter: (context) => {
    const session = sessionOf(context)
    const { spec } = context.parameters as { readonly spec: VimObject }
    readRequests(spec, context.version)
    for (const { obj } of listOf(spec, 'objectSet')) needObject(context, obj as Filter['ref'])
    const { ref } = session.make('PropertyFilter')
    session
      .collectorOf(context.target.ref)
      .filters.set(ref.value, { ref, specification: spec, told: new Map() })
    return ref
  },
  DestroyPropertyFilter: (context) => {
    const session = sessionOf(context)
    session.objects.delete(context.target.ref.value)
    for (const collector of session.collectors.values()) collector.filters.delete(context.target.ref.value)
    return undefined
  },
  WaitForUpdatesEx: waitForUpdates,
  CancelWaitForUpdates: (context) => {
    sessionOf(context).collectorOf(context.target.ref).cancel?.()
    return undefined
  },
}

function page(session: Session, contents: readonly VimObject[], most: number): VimObject {
  if (most <= 0) throw faults.argument('options.maxObjects')
  const rest = contents.slice(most)
  if (rest.length === 0) return { objects: contents }
  const token = newUuid()
  session.pages.set(token, () => page(session, rest, most))
  return { token, objects: contents.slice(0, most) }
}

async function waitForUpdates(context: CallContext): Promise<VimValue | undefined> {
  const collector = sessionOf(context).collectorOf(context.target.ref)
  const { version } = context.parameters
  if (version === undefined || version === '') {
    for (const filter of collector.filters.values()) filter.told = new Map()
  } else if (version !== String(collector.version)) {
    throw new SdkFault('InvalidCollectorVersion', 'The collector version is not valid.')
  }
  const seconds = numberAt(context.parameters, 'options', 'maxWaitSeconds')
  const update = changesOf(context, collector)
  if (update || seconds === 0) return update
  return await nextChange(context, collector, seconds)
}

async function nextChange(context: CallContext, collector: Collector, seconds: number | undefined) {
  const ended = Promise.withResolvers<VimObject | undefined>()
  const unwatch = context.world.watch(() => {
    try {
      const update = changesOf(context, collector)
      if (update) ended.resolve(update)
    } catch (error) {
      ended.reject(error)
    }
  })
  const timer = seconds === undefined ? undefined : setTimeout(() => ended.resolve(undefined), seconds * 1000)
  const giveUp = () => ended.resolve(undefined)
  context.signal.addEventListener('abort', giveUp)
  collector.cancel = () => ended.reject(faults.cancelled())
  try {
    return await ended.promise
  } finally {
    unwatch()
    clearTimeout(timer)
    context.signal.removeEventListener('abort', giveUp)
    collector.cancel = undefined
  }
}

/** What the filters have not told yet; undefined when that is nothing. */
function changesOf(context: CallContext, collector: Collector): VimObject | undefined {
  const filterSet = [...collector.filters.values()].flatMap((filter) => {
    const objectSet = changedObjects(context, filter)
    return objectSet.length === 0 ? [] : [{ filter: filter.ref, objectSet }]
  })
  if (filterSet.length === 0) return undefined
  collector.version += 1
  return { version: String(collector.version), filterSet }
}

function changedObjects(context: CallContext, filter: Filter): readonly VimObject[] {
  const now = new Map<string, string>()
  const changed: VimObject[] = []
  const specification = { ...filter.specification, reportMissingObjectsInResults: true }
  for (const { object, request } of selected(context, specification).objects) {
    const id = object.ref.value
    const isNew = !filter.told.has(id)
    now.set(id, JSON.stringify(object.ref))
    const changeSet = readProperties(object, request, context.version).flatMap(({ name, value }) => {
      const path = `${id} ${name}`
      const text = JSON.stringify(value)
      now.set(path, text)
      return filter.told.get(path) === text ? [] : [{ name, op: 'assign', val: value }]
    })
    const unset = goneProperties(filter, id, now)
    if (isNew || changeSet.length > 0 || unset.length > 0) {
      changed.push({ kind: isNew ? 'enter' : 'modify', obj: object.ref, changeSet: [...changeSet, ...unset] })
    }
  }
  for (const [id, text] of filter.told) {
    if (!id.includes(' ') && !now.has(id)) changed.push({ kind: 'leave', obj: JSON.parse(text) as VimObject })
  }
  filter.told = now
  return changed
}

function goneProperties(filter: Filter, id: string, now: ReadonlyMap<string, string>): readonly VimObject[] {
  return [...filter.told.keys()]
    .filter((path) => path.startsWith(`${id} `) && !now.has(path))
    .map((path) => ({ name: path.slice(id.length + 1), op: 'indirectRemove' }))
}
