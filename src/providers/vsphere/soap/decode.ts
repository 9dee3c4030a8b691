/** Reads values by the table: what the declared type says, or `xsi:type` where that says more. */
import { fail } from '../errors.ts'
import { type Field, fieldsOf } from './table.ts'
import type { VimObject, VimValue } from './vim-value.ts'
import type { XmlElement } from './xml.ts'

/** One value. Fields and types that the table does not know are kept as texts and untyped objects. */
export function decodeValue(element: XmlElement, declared: string): VimValue {
  const type = element.type === undefined ? declared : concrete(element.type, declared)
  if (type.startsWith('ArrayOf')) return arrayOf(element, type.slice('ArrayOf'.length))
  if (type === 'ManagedObjectReference') {
    return { type: element.attributes.get('type') ?? '', value: element.text.trim() }
  }
  const fields = fieldsByName(type)
  // A type that the table does not have keeps its name, although it is read as the declared one.
  if (fields) return decodeObject(element, element.type === declared ? undefined : element.type, fields)
  if (numeric.has(type)) return decodeNumber(element, type)
  if (type === 'boolean') return element.text.trim() === 'true' || element.text.trim() === '1'
  if (element.children.length > 0) return untyped(element, type)
  return element.text
}

const numeric: ReadonlySet<string> = new Set(['int', 'long', 'short', 'byte', 'double', 'float'])

function decodeNumber({ name, text }: XmlElement, type: string): number {
  const written = text.trim()
  const isFraction = type === 'double' || type === 'float'
  if ((isFraction ? fraction : whole).test(written)) return Number(written.replace('INF', 'Infinity'))
  throw fail('vsphere-answer-unreadable', { reason: `${name} is no ${type}` })
}

const whole = /^[-+]?\d+$/
const fraction = /^([-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|-?INF|NaN)$/

/** Some servers repeat the declared type, or name a type that only newer ones have. */
function concrete(named: string, declared: string): string {
  const known =
    fieldsOf(named) !== undefined || named.startsWith('ArrayOf') || named === 'ManagedObjectReference'
  if (known || declared === 'anyType' || fieldsOf(declared) === undefined) return named
  return declared
}

const namedFields = new Map<string, ReadonlyMap<string, Field>>()

function fieldsByName(type: string): ReadonlyMap<string, Field> | undefined {
  const known = namedFields.get(type)
  if (known) return known
  const fields = fieldsOf(type)
  if (!fields) return undefined
  const byName = new Map(fields.map((field) => [field.name, field]))
  namedFields.set(type, byName)
  return byName
}

type Writable = Record<string, VimValue>

function decodeObject(
  element: XmlElement,
  type: string | undefined,
  fields: ReadonlyMap<string, Field>,
): VimObject {
  const value: Writable = type === undefined ? {} : { $type: type }
  for (const child of element.children) {
    const declared = fields.get(child.name)?.type ?? 'anyType'
    if (declared.endsWith('[]')) addToList(value, child.name, decodeValue(child, declared.slice(0, -2)))
    else if (fields.has(child.name)) value[child.name] = decodeValue(child, declared)
    else addUnknown(value, child)
  }
  return value
}

function addToList(value: Writable, name: string, one: VimValue): void {
  const list = value[name]
  if (Array.isArray(list)) list.push(one)
  else value[name] = [one]
}

/** Of what the table does not know, only its repetition tells that it is a list. */
function addUnknown(value: Writable, child: XmlElement): void {
  const { name } = child
  // In an object of JavaScript this name means something else, and a server has no use for it.
  if (name === '__proto__') return
  const one = decodeValue(child, 'anyType')
  const before = Object.hasOwn(value, name) ? value[name] : undefined
  if (before === undefined) value[name] = one
  else value[name] = Array.isArray(before) ? [...before, one] : [before, one]
}

const primitives: ReadonlySet<string> = new Set([...numeric, 'string', 'boolean', 'anyType'])

/** As a list of `ArrayOfX` is written on the wire: `<ManagedObjectReference …>` or `<string>`, as often as there are. */
function arrayOf(element: XmlElement, item: string): readonly VimValue[] {
  const small = item.charAt(0).toLowerCase() + item.slice(1)
  const isKnown = fieldsOf(item) !== undefined || item === 'ManagedObjectReference'
  const declared = isKnown ? item : primitives.has(small) ? small : 'anyType'
  return element.children.map((child) => decodeValue(child, declared))
}

function untyped(element: XmlElement, type: string): VimObject {
  const value: Writable = type === 'anyType' ? {} : { $type: type }
  for (const child of element.children) addUnknown(value, child)
  return value
}
