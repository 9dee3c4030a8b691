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
  if (!known) throw impossible(method, 'the table does not know it')
  if (isTooNew(known.since, options)) throw impossible(method, needs(known.since, options))
  const self = `<_this type="${xmlText(target.type)}">${xmlText(target.value)}</_this>`
  const body = fieldsText({ type: method, fields: known.parameters }, parameters, options)
  return `<${method} xmlns="urn:vim25">${self}${body}</${method}>`
}

const impossible = (what: string, reason: string) => fail('vsphere-call-impossible', { what, reason })

const isTooNew = (since: string, { api }: EncodeOptions) => compareApi(since, api) > 0

const needs = (since: string, { api }: EncodeOptions) => `it needs API ${since}, and the server has ${api}`

function fieldsText(
  { type, fields }: { readonly type: string; readonly fields: readonly Field[] },
  value: VimObject,
  options: EncodeOptions,
): string {
  const names = new Set(fields.map(({ name }) => name))
  const strange = Object.keys(value).find(
    (name) => name !== '$type' && value[name] !== undefined && !names.has(name),
  )
  if (strange !== undefined) throw impossible(`${type}.${strange}`, 'there is no such field')
  return fields.map((field) => fieldText(type, field, value[field.name], options)).join('')
}

function fieldText(type: string, field: Field, value: VimValue | undefined, options: EncodeOptions): string {
  const what = `${type}.${field.name}`
  const isNew = isTooNew(field.since, options)
  if (value === undefined) {
    if (field.isOptional || field.type.endsWith('[]') || isNew) return ''
    throw impossible(what, 'it is needed')
  }
  if (isNew) {
    if (!options.droppable?.has(what)) throw impossible(what, needs(field.since, options))
    options.onDropped?.(what)
    return ''
  }
  if (!field.type.endsWith('[]')) return valueText(field.name, field.type, value, { what, options })
  if (!isList(value)) throw impossible(what, 'it is a list')
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
  const type = declared === 'anyType' ? xsdType(value) : declared
  const typed = declared === 'anyType' ? ` xsi:type="xsd:${type}"` : ''
  return `<${name}${typed}>${scalarText(type, value, place)}</${name}>`
}

/** The value itself stands in no message: it may be a password. */
function scalarText(type: string, value: string | number | boolean, { what }: Place): string {
  const wanted = scalarType(type)
  if (wanted !== typeof value) throw impossible(what, `it is a ${type}, not a ${typeof value}`)
  if (typeof value === 'number' && !fits(type, value)) throw impossible(what, `it does not fit into ${type}`)
  return xmlText(String(value))
}

function refText(name: string, declared: string, value: MoRef, { what }: Place): string {
  if (declared !== 'ManagedObjectReference' && declared !== 'anyType') {
    throw impossible(what, `it is a ${declared}, not a reference`)
  }
  const typed = declared === 'anyType' ? ' xsi:type="ManagedObjectReference"' : ''
  return `<${name}${typed} type="${xmlText(value.type)}">${xmlText(value.value)}</${name}>`
}

function objectText(name: string, declared: string, value: VimObject, place: Place): string {
  const { what, options } = place
  const type = value.$type ?? declared
  if (declared === 'anyType' && type.startsWith('xsd:')) return typedScalar(name, type, value.value, place)
  const fields = fieldsOf(type)
  if (!fields || (declared !== 'anyType' && !(isDataType(declared) && descends(type, declared)))) {
    throw impossible(what, `${type} is no ${declared}`)
  }
  const since = typeSince(type)
  if (since !== undefined && isTooNew(since, options)) {
    throw impossible(what, `${type} needs API ${since}, and the server has ${options.api}`)
  }
  const typed = type === declared ? '' : ` xsi:type="${type}"`
  return `<${name}${typed}>${fieldsText({ type, fields }, value, options)}</${name}>`
}

/** `{ $type: 'xsd:long', value: 5 }`: options of a host take a number only in the one type that they have. */
function typedScalar(name: string, type: string, value: VimValue | undefined, place: Place): string {
  if (value === undefined || typeof value === 'object') throw impossible(place.what, `it is no ${type}`)
  return `<${name} xsi:type="${xmlText(type)}">${scalarText(type.slice('xsd:'.length), value, place)}</${name}>`
}

/** Lists where any value may stand have types of their own; only those of texts are needed. */
function anyList(name: string, declared: string, value: readonly VimValue[], { what }: Place): string {
  if (declared !== 'anyType' || !value.every((one) => typeof one === 'string')) {
    throw impossible(what, 'a list cannot stand here')
  }
  const items = value.map((one) => `<string>${xmlText(one)}</string>`).join('')
  return `<${name} xsi:type="ArrayOfString">${items}</${name}>`
}

/** Bits of each kind of whole number; a `long` beyond what a number of JavaScript holds exactly is not sent. */
const bitsOf: ReadonlyMap<string, number> = new Map([
  ['byte', 8],
  ['short', 16],
  ['int', 32],
  ['long', 64],
])

function fits(type: string, value: number): boolean {
  const bits = bitsOf.get(type)
  if (bits === undefined) return Number.isFinite(value)
  return Number.isSafeInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1)
}

function scalarType(declared: string): 'number' | 'boolean' | 'string' | 'object' {
  if (bitsOf.has(declared) || declared === 'double' || declared === 'float') return 'number'
  if (declared === 'boolean') return 'boolean'
  return isDataType(declared) || declared === 'ManagedObjectReference' ? 'object' : 'string'
}

function xsdType(value: string | number | boolean): string {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'string'
  if (!Number.isInteger(value)) return 'double'
  return fits('int', value) ? 'int' : 'long'
}
