/** Reads properties of objects by their paths, with the type that each shows. */
import {
  isList,
  isRef,
  type MoRef,
  textAt,
  type VimObject,
  type VimValue,
} from '../../vsphere/soap/vim-value.ts'
import { typed } from './answer.ts'
import type { CallContext } from './call.ts'
import {
  dataFields,
  isNewer,
  isObjectKind,
  isObjectType,
  objectProperties,
  objectProperty,
  type SchemaField,
} from './schema.ts'
import { faults, localized } from './sdk-fault.ts'
import type { SimObject } from './world.ts'

export interface PropertyRequest {
  readonly type: string
  readonly all: boolean
  readonly paths: readonly string[]
}

/** Throws `InvalidProperty` and `InvalidArgument` for what no object of such a type has, whether there is one or not. */
export function readRequests(specification: VimObject, version: string): readonly PropertyRequest[] {
  return listOf(specification, 'propSet').map((one) => {
    const type = textAt(one, 'type') ?? ''
    if (!isObjectType(type)) throw faults.argument('propSet.type')
    const paths = listOf(one, 'pathSet').filter((path) => typeof path === 'string')
    for (const path of paths) fieldOf(type, path, version)
    return { type, all: one.all === true, paths }
  })
}

/** What is asked about an object of this type, all that fits taken together; undefined when nobody asks about it. */
export function requestFor(type: string, requests: readonly PropertyRequest[]): PropertyRequest | undefined {
  const fitting = requests.filter((one) => isObjectKind(type, one.type))
  if (fitting.length === 0) return undefined
  const paths = new Set(fitting.flatMap((one) => one.paths))
  return { type, all: fitting.some(({ all }) => all), paths: [...paths] }
}

export interface ReadProperty {
  readonly name: string
  /** With its type, for a place where anything may stand. */
  readonly value: VimObject
}

export function readProperties(
  object: SimObject,
  { all, paths }: PropertyRequest,
  version: string,
): readonly ReadProperty[] {
  const { type } = object.ref
  const names = all
    ? objectProperties(type).filter((name) => !isNewer(objectProperty(type, name)?.since ?? '2.0', version))
    : paths
  return names.flatMap((name) => {
    const field = fieldOf(type, name, version)
    const value = valueAt(object, name)
    // A list of what the table does not know has no name that could be shown, and nothing is ever in it.
    const isNameless = field.type === 'anyType' && field.isList
    return value === undefined || isNameless ? [] : [{ name, value: typed(value, field) }]
  })
}

/** As `RetrievePropertiesEx` answers for one object. */
export function objectContent(context: CallContext, object: SimObject, request: PropertyRequest): VimObject {
  if (context.controls.isDenied('System.Read', object.ref)) {
    const fault = localized(faults.noPermission(object.ref, 'System.Read'))
    const missingSet = request.paths.map((path) => ({ path, fault }))
    return { obj: object.ref, missingSet }
  }
  const propSet = readProperties(object, request, context.version)
  return { obj: object.ref, propSet: propSet.map(({ name, value }) => ({ name, val: value })) }
}

function valueAt(object: SimObject, path: string): VimValue | undefined {
  const [first = '', ...rest] = path.split('.')
  return rest.reduce<VimValue | undefined>((value, step) => {
    if (typeof value !== 'object' || isList(value) || isRef(value)) return undefined
    return (value as VimObject)[step]
  }, object.get(first))
}

/** The field at the end of a path. Throws `InvalidProperty` where there is none in this version. */
function fieldOf(type: string, path: string, version: string): SchemaField {
  const [first = '', ...rest] = path.split('.')
  let field = objectProperty(type, first)
  for (const step of rest) {
    if (!field || field.isList || isNewer(field.since, version)) throw faults.property(path)
    field = inside(field.type, step)
  }
  if (!field || isNewer(field.since, version)) throw faults.property(path)
  return field
}

/** Fields of the concrete types that stand there on real servers may be asked for, too. */
function inside(type: string, step: string): SchemaField | undefined {
  for (const one of [type, ...(concrete[type] ?? [])]) {
    const field = dataFields(one).find(({ name }) => name === step)
    if (field) return field
  }
  return undefined
}

const concrete: Readonly<Record<string, readonly string[]>> = {
  DVSConfigInfo: ['VMwareDVSConfigInfo'],
  DVPortSetting: ['VMwareDVSPortSetting'],
  ComputeResourceConfigInfo: ['ClusterConfigInfoEx'],
  ComputeResourceSummary: ['ClusterComputeResourceSummary'],
  DatastoreInfo: ['VmfsDatastoreInfo', 'NasDatastoreInfo'],
  VmConfigInfo: ['VAppConfigInfo'],
}

export function listOf(value: VimObject, field: string): readonly VimObject[] & readonly string[] {
  const found = value[field]
  return (isList(found) ? found : []) as readonly VimObject[] & readonly string[]
}

export function refOf(value: VimObject, field: string): MoRef | undefined {
  const found = value[field]
  return found !== undefined && isRef(found) ? found : undefined
}
