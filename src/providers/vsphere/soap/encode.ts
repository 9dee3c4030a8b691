/** Writes values as a real server reads them: fields in their order, types where they are not the declared ones. */
import { fail } from '../errors.ts'
import { compareApi, descends, type Field, fieldsOf, isDataType, methodOf, typeSince } from './table.ts'
import { isList, isRef, type MoRef, type VimObject, type VimValue } from './vim-value.ts'
import { xmlText } from './xml.ts'

export interface EncodeOptions {
  /** API version of the server. */
  readonly api: string
  /** `Type.field` of fields that a server too old for them can do without. */
  readonly droppable?: ReadonlySet<string>
  /** Told the `Type.field` of each field that was left out. */
  readonly onDropped?: (field: string) => void
}

/** The body of a call. Fails with `vsphere-call-impossible` naming the field. */
export function encodeCall(
  method: string,
  target: MoRef,
  parameters: VimObject,
  options: EncodeOptions,
): string {
  const known = methodOf(method)
  if (!known) throw fail('vsphere-call-impossible', { what: method, reason: 'the table does not know it' })
  if (compareApi(known.since, options.api) > 0) {
    const reason = `it needs API ${known.since}, and the server has ${options.api}`
    throw fail('vsphere-call-impossible', { what: method, reason })
  }
  const self = `<_this type="${xmlText(target.type)}">${xmlText(target.value)}</_this>`
  const body = fieldsText({ type: method, fields: known.parameters }, parameters, options)
  return `<${method} xmlns="urn:vim25">${self}${body}</${method}>`
}

function fieldsText(
  { type, fields }: { readonly type: string; readonly fields: readonly Field[] },
  value: VimObject,
  options: EncodeOptions,
): string {
  const names = new Set(fields.map(({ name }) => name))
  const strange = Object.keys(value).find(
    (name) => name !== '$type' && value[name] !== undefined && !names.has(name),
  )
  if (strange !== undefined) {
    throw fail('vsphere-call-impossible', { what: `${type}.${strange}`, reason: 'there is no such field' })
  }
  return fields.map((field) => fieldText(type, field, value[field.name], options)).join('')
}

function fieldText(type: string, field: Field, value: VimValue | undefined, options: EncodeOptions): string {
  const what = `${type}.${field.name}`
  if (value === undefined) {
    if (field.isOptional || field.type.endsWith('[]')) return ''
    throw fail('vsphere-call-impossible', { what, reason: 'it is needed' })
  }
  if (compareApi(field.since, options.api) > 0) {
    if (options.droppable?.has(what)) {
      options.onDropped?.(what)
      return ''
    }
    const reason = `it needs API ${field.since}, and the server has ${options.api}`
    throw fail('vsphere-call-impossible', { what, reason })
  }
  if (!field.type.endsWith('[]')) return valueText(field.name, field.type, value, { what, options })
  if (!isList(value)) throw fail('vsphere-call-impossible', { what, reason: 'it is a list' })
  const inner = field.type.slice(0, -2)
  return value.map((one) => valueText(field.name, inner, one, { what, options })).join('')
}

interface Place {
  readonly what: string
  readonly options: EncodeOptions
}

function valueText(name: string, declared: string, value: VimValue, place: Place): string {
  if (isList(value)) return anyList(name, declared, value, place)
  if (isRef(value)) return refText(name, declared, value, place)
  if (typeof value === 'object') return objectText(name, declared, value, place)
  if (declared === 'anyType')
    return `<${name} xsi:type="xsd:${xsdType(value)}">${xmlText(String(value))}</${name}>`
  const wanted = scalarType(declared)
  if (wanted !== typeof value) {
    const reason = `it is a ${declared}, not the ${typeof value} ${JSON.stringify(value)}`
    throw fail('vsphere-call-impossible', { what: place.what, reason })
  }
  return `<${name}>${xmlText(String(value))}</${name}>`
}

function refText(name: string, declared: string, value: MoRef, { what }: Place): string {
  if (declared !== 'ManagedObjectReference' && declared !== 'anyType') {
    throw fail('vsphere-call-impossible', { what, reason: `it is a ${declared}, not a reference` })
  }
  const typed = declared === 'anyType' ? ' xsi:type="ManagedObjectReference"' : ''
  return `<${name}${typed} type="${xmlText(value.type)}">${xmlText(value.value)}</${name}>`
}

function objectText(name: string, declared: string, value: VimObject, { what, options }: Place): string {
  const type = value.$type ?? declared
  const fields = fieldsOf(type)
  if (!fields || (declared !== 'anyType' && !(isDataType(declared) && descends(type, declared)))) {
    throw fail('vsphere-call-impossible', { what, reason: `${type} is no ${declared}` })
  }
  const since = typeSince(type)
  if (since !== undefined && compareApi(since, options.api) > 0) {
    const reason = `${type} needs API ${since}, and the server has ${options.api}`
    throw fail('vsphere-call-impossible', { what, reason })
  }
  const typed = type === declared ? '' : ` xsi:type="${type}"`
  return `<${name}${typed}>${fieldsText({ type, fields }, value, options)}</${name}>`
}

/** Lists where any value may stand have types of their own; only those of texts are needed. */
function anyList(name: string, declared: string, value: readonly VimValue[], { what }: Place): string {
  if (declared !== 'anyType' || !value.every((one) => typeof one === 'string')) {
    throw fail('vsphere-call-impossible', { what, reason: 'a list cannot stand here' })
  }
  const items = value.map((one) => `<string>${xmlText(one)}</string>`).join('')
  return `<${name} xsi:type="ArrayOfString">${items}</${name}>`
}

const numeric: ReadonlySet<string> = new Set(['int', 'long', 'short', 'byte', 'double', 'float'])

function scalarType(declared: string): 'number' | 'boolean' | 'string' | 'object' {
  if (numeric.has(declared)) return 'number'
  if (declared === 'boolean') return 'boolean'
  return isDataType(declared) || declared === 'ManagedObjectReference' ? 'object' : 'string'
}

function xsdType(value: string | number | boolean): string {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'string'
  return Number.isInteger(value) ? (Math.abs(value) < 2 ** 31 ? 'int' : 'long') : 'double'
}
