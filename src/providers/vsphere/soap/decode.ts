/** Reads values by the table: what the declared type says, or `xsi:type` where that says more. */
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
  const fields = fieldsOf(type)
  if (fields)
    return decodeObject(element, type === declared && element.type === undefined ? undefined : type, fields)
  if (numeric.has(type)) return Number(element.text)
  if (type === 'boolean') return element.text.trim() === 'true' || element.text.trim() === '1'
  if (element.children.length > 0) return untyped(element, type)
  return element.text
}

const numeric: ReadonlySet<string> = new Set(['int', 'long', 'short', 'byte', 'double', 'float'])

/** Some servers repeat the declared type, or name a type that only newer ones have. */
function concrete(named: string, declared: string): string {
  const known =
    fieldsOf(named) !== undefined || named.startsWith('ArrayOf') || named === 'ManagedObjectReference'
  if (known || declared === 'anyType' || fieldsOf(declared) === undefined) return named
  return declared
}

function decodeObject(element: XmlElement, type: string | undefined, fields: readonly Field[]): VimObject {
  const byName = new Map(fields.map((field) => [field.name, field]))
  const value: Record<string, VimValue> = type === undefined ? {} : { $type: type }
  // A type that is newer than the table is read as the declared one, and keeps its name.
  if (element.type !== undefined && type === undefined) value.$type = element.type
  const lists = new Map<string, VimValue[]>()
  for (const child of element.children) {
    const declared = byName.get(child.name)?.type ?? 'anyType'
    if (!declared.endsWith('[]')) {
      value[child.name] = decodeValue(child, declared)
      continue
    }
    const list = lists.get(child.name) ?? []
    list.push(decodeValue(child, declared.slice(0, -2)))
    lists.set(child.name, list)
    value[child.name] = list
  }
  return value
}

/** As a list of `ArrayOfX` is written on the wire: `<ManagedObjectReference …>` or `<string>`, as often as there are. */
function arrayOf(element: XmlElement, item: string): readonly VimValue[] {
  const type = item.charAt(0).toLowerCase() + item.slice(1)
  const declared = fieldsOf(item) || item === 'ManagedObjectReference' || item === 'AnyType' ? item : type
  return element.children.map((child) => decodeValue(child, declared === 'AnyType' ? 'anyType' : declared))
}

function untyped(element: XmlElement, type: string): VimObject {
  const value: Record<string, VimValue> = type === 'anyType' ? {} : { $type: type }
  for (const child of element.children) value[child.name] = decodeValue(child, 'anyType')
  return value
}
