/** Reads the values of a request with a cursor that only moves forward over the fields, as a real server does. */
import type { VimObject, VimValue } from '../../vsphere/soap/vim-value.ts'
import type { RequestElement } from './request-xml.ts'
import {
  dataFields,
  dataSince,
  enumValues,
  internalName,
  isData,
  isDataKind,
  isNewer,
  isObjectKind,
  isObjectType,
  type SchemaField,
} from './schema.ts'

/** What is wrong, and each thing that was being read around it, the innermost first. */
export class RequestRefused extends Error {
  readonly around: string[] = []
}

const vim = 'urn:vim25'
const xsd = 'http://www.w3.org/2001/XMLSchema'

/** Cannot be made by themselves; only what descends from them can. */
const abstractTypes: ReadonlySet<string> = new Set([
  'VirtualDevice',
  'VirtualDeviceBackingInfo',
  'VirtualDeviceFileBackingInfo',
  'VirtualDeviceDeviceBackingInfo',
  'VirtualController',
  'VirtualSCSIController',
  'VirtualSATAController',
  'VirtualEthernetCard',
  'VmwareDistributedVirtualSwitchVlanSpec',
  'HostVirtualSwitchBridge',
  'MethodFault',
])

export function within<Value>(what: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof RequestRefused) error.around.push(what)
    throw error
  }
}

export const placed = (what: string, { line, column }: RequestElement) =>
  `${what}\nat line ${line}, column ${column}`

interface Reading {
  readonly version: string
  /** Says what lacks a required field. */
  readonly lacks: (field: string) => string
  /** What each field is read within. */
  readonly around: (field: SchemaField) => string | undefined
}

/** The fields that are there, by their names. */
export function readFields(
  children: readonly RequestElement[],
  allFields: readonly SchemaField[],
  { version, lacks, around }: Reading,
): Record<string, VimValue> {
  const fields = allFields.filter(({ since }) => !isNewer(since, version))
  const found: Record<string, VimValue> = {}
  let cursor = 0
  for (const child of children) {
    const at = fields.findIndex(({ name }, index) => index >= cursor && name === child.name)
    const field = fields[at]
    if (!field || child.namespace !== vim)
      throw new RequestRefused(`Unexpected element tag "${child.name}" seen`)
    // A list may go on with the next element; anything else may not come twice.
    cursor = field.isList ? at : at + 1
    const context = around(field)
    const read = () => readValue(child, field, version)
    const value = context === undefined ? read() : within(context, read)
    if (!field.isList) found[field.name] = value
    else found[field.name] = [...((found[field.name] as VimValue[] | undefined) ?? []), value]
  }
  const missing = fields.find(({ name, isOptional, isList }) => !isOptional && !isList && !(name in found))
  if (missing) throw new RequestRefused(lacks(missing.name))
  return found
}

function readValue(element: RequestElement, field: SchemaField, version: string): VimValue {
  const { type, kind } = field
  if (type === 'ManagedObjectReference') return readReference(element, kind ?? 'ManagedObject')
  if (type === 'anyType') return readAny(element, version)
  if (isData(type)) return readObject(element, type, version)
  const text = element.text
  if (element.children.length > 0)
    throw new RequestRefused(`Unexpected element tag "${element.children[0]?.name}" seen`)
  if (element.xsiType && element.xsiType.namespace !== xsd && element.xsiType.name !== kind) {
    throw new RequestRefused(`Type ${element.xsiType.name} is not a ${type}`)
  }
  const values = kind === undefined ? undefined : enumValues(kind)
  if (values && !values.includes(text)) throw new RequestRefused(`"${text}" is not a value of ${kind}`)
  return readScalar(text, type)
}

function readReference(element: RequestElement, kind: string): VimValue {
  const type = element.refType
  if (type === undefined) throw new RequestRefused('The type of a managed object reference is missing')
  if (!isObjectType(type)) throw new RequestRefused(`Unable to resolve WSDL type name ${type}`)
  if (!isObjectKind(type, kind)) throw new RequestRefused(`${type} is not a ${kind}`)
  return { type, value: element.text }
}

function readAny(element: RequestElement, version: string): VimValue {
  const named = element.xsiType
  if (!named) throw new RequestRefused('The type of a value of static type anyType is missing')
  if (named.namespace === xsd) return readNamed(element.text, named.name)
  if (named.namespace !== vim) throw new RequestRefused(`Unable to resolve WSDL type name ${named.name}`)
  if (named.name === 'ManagedObjectReference') return readReference(element, 'ManagedObject')
  if (named.name.startsWith('ArrayOf')) return readArray(element, named.name.slice('ArrayOf'.length), version)
  if (isData(named.name)) return readObject(element, named.name, version)
  if (enumValues(named.name)?.includes(element.text)) return element.text
  throw new RequestRefused(`Unable to resolve WSDL type name ${named.name}`)
}

/** Numbers keep the width that they came with: an option of type long is not set with an int. */
function readNamed(text: string, type: string): VimValue {
  const value = readScalar(text, type)
  return ['long', 'short', 'byte'].includes(type) ? { $as: `xsd:${type}`, value } : value
}

function readArray(element: RequestElement, item: string, version: string): VimValue {
  const type =
    isData(item) || item === 'ManagedObjectReference' ? item : item.charAt(0).toLowerCase() + item.slice(1)
  return element.children.map((child) => {
    if (child.name !== type) throw new RequestRefused(`Unexpected element tag "${child.name}" seen`)
    return readValue(child, { name: type, type, isList: false, isOptional: true, since: '2.0' }, version)
  })
}

function readObject(element: RequestElement, declared: string, version: string): VimObject {
  const type = concreteType(element, declared, version)
  return within(placed(`while parsing serialized DataObject of type ${internalName(type)}`, element), () => {
    if (element.text.trim() !== '') throw new RequestRefused('Unexpected text seen')
    const fields = readFields(element.children, dataFields(type), {
      version,
      lacks: (field) => `Required property ${field} is missing from data object of type ${type}`,
      around: (field) => `while parsing property "${field.name}" of static type ${staticType(field)}`,
    })
    return { $type: type, ...fields }
  })
}

function concreteType(element: RequestElement, declared: string, version: string): string {
  const named = element.xsiType
  if (named) {
    const isKnown = named.namespace === vim && isData(named.name) && !isNewer(dataSince(named.name), version)
    if (!isKnown) throw new RequestRefused(`Unable to resolve WSDL type name ${named.name}`)
    if (!isDataKind(named.name, declared))
      throw new RequestRefused(`Type ${named.name} is not a subtype of ${declared}`)
  }
  const type = named?.name ?? declared
  if (abstractTypes.has(type)) throw new RequestRefused(`Cannot create an object of abstract type ${type}`)
  return type
}

const ranges: Readonly<Record<string, number>> = { byte: 2 ** 7, short: 2 ** 15, int: 2 ** 31, long: 2 ** 63 }

function readScalar(text: string, type: string): VimValue {
  const most = ranges[type]
  if (most !== undefined) {
    const value = Number(text)
    if (!/^\s*[+-]?\d+\s*$/.test(text) || value >= most || value < -most) throw unreadable(text, type)
    return value
  }
  if (type === 'double' || type === 'float') {
    if (text.trim() === '' || Number.isNaN(Number(text))) throw unreadable(text, type)
    return Number(text)
  }
  if (type === 'boolean') {
    if (!/^\s*(true|false|1|0)\s*$/.test(text)) throw unreadable(text, type)
    return text.trim() === 'true' || text.trim() === '1'
  }
  if (type === 'dateTime' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text)) throw unreadable(text, type)
  return text
}

const unreadable = (text: string, type: string) => new RequestRefused(`Invalid value "${text}" for a ${type}`)

function staticType({ type, kind, isList }: SchemaField): string {
  const name = type === 'string' || type === 'ManagedObjectReference' ? (kind ?? type) : type
  return isList ? `ArrayOf${name.charAt(0).toUpperCase()}${name.slice(1)}` : name
}
