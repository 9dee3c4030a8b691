/** Which objects a filter is about: those that are named, and those that are reached from them. */
import { type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { type CallContext, needObject } from './call.ts'
import { listOf, type PropertyRequest, readRequests, refOf, requestFor } from './properties.ts'
import { isObjectKind, isObjectType, objectProperty } from './schema.ts'
import { faults, localized, SdkFault } from './sdk-fault.ts'
import type { SimObject } from './world.ts'

export interface Selected {
  readonly objects: readonly { readonly object: SimObject; readonly request: PropertyRequest }[]
  /** Asked for by name, and not there. */
  readonly missing: readonly VimObject[]
}

interface Walk {
  readonly context: CallContext
  readonly named: ReadonlyMap<string, VimObject>
  readonly found: Map<string, SimObject>
  readonly walked: Set<string>
}

export function selected(context: CallContext, specification: VimObject): Selected {
  const requests = readRequests(specification, context.version)
  const found = new Map<string, SimObject>()
  const missing: VimObject[] = []
  for (const start of listOf(specification, 'objectSet')) {
    const ref = refOf(start, 'obj')
    if (!ref) continue
    const object = lookedUp(context, ref, missing, specification.reportMissingObjectsInResults === true)
    if (!object) continue
    if (start.skip !== true) found.set(object.ref.value, object)
    const selections = listOf(start, 'selectSet')
    const walk = { context, named: namesIn(selections), found, walked: new Set<string>() }
    follow(walk, object, selections)
  }
  const objects = [...found.values()].flatMap((object) => {
    const request = requestFor(object.ref.type, requests)
    return request ? [{ object, request }] : []
  })
  return { objects, missing }
}

function lookedUp(
  context: CallContext,
  ref: MoRef,
  missing: VimObject[],
  isReported: boolean,
): SimObject | undefined {
  try {
    return needObject(context, ref)
  } catch (error) {
    if (!isReported || !(error instanceof SdkFault)) throw error
    missing.push({ obj: ref, fault: localized(error) })
    return undefined
  }
}

function namesIn(selections: readonly VimObject[]): ReadonlyMap<string, VimObject> {
  const named = new Map<string, VimObject>()
  for (const one of selections) {
    if (one.$type !== 'TraversalSpec') continue
    const name = textAt(one, 'name')
    if (name !== undefined) named.set(name, one)
    for (const [inner, value] of namesIn(listOf(one, 'selectSet'))) named.set(inner, value)
  }
  return named
}

function follow(walk: Walk, object: SimObject, selections: readonly VimObject[]): void {
  for (const selection of selections) {
    const name = textAt(selection, 'name')
    const step = selection.$type === 'TraversalSpec' ? selection : walk.named.get(name ?? '')
    if (!step) throw faults.argument('selectSet.name')
    const type = textAt(step, 'type') ?? ''
    const path = textAt(step, 'path') ?? ''
    const field = isObjectType(type) ? objectProperty(type, path) : undefined
    if (field?.type !== 'ManagedObjectReference') throw faults.property(path)
    if (!isObjectKind(object.ref.type, type)) continue
    const once = `${object.ref.value} ${type}.${path} ${name ?? ''}`
    if (walk.walked.has(once)) continue
    walk.walked.add(once)
    for (const ref of field.isList
      ? object.refs(path)
      : [object.ref1(path)].filter((one) => one !== undefined)) {
      const next = walk.context.world.find(ref)
      if (!next) continue
      if (step.skip !== true) walk.found.set(next.ref.value, next)
      follow(walk, next, listOf(step, 'selectSet'))
    }
  }
}
