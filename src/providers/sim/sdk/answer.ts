/** Writes answers as vCenter does: `xsi` as the prefix, unset fields left out, nothing that the client's version lacks. */
import { isList, isRef, type MoRef, type VimObject, type VimValue } from '../../vsphere/soap/vim-value.ts'
import {
  dataFields,
  dataParent,
  dataSince,
  isData,
  isNewer,
  type SchemaField,
  schemaMethod,
} from './schema.ts'
import type { SdkFault } from './sdk-fault.ts'

/** A value for a place where anything may stand, with the type that it shows there. */
export function typed(value: VimValue, field: Pick<SchemaField, 'type' | 'isList' | 'kind'>): VimObject {
  return { $as: wireType(field), value }
}

function wireType({ type, isList: isArray, kind }: Pick<SchemaField, 'type' | 'isList' | 'kind'>): string {
  const name = type === 'string' && kind !== undefined ? kind : type
  if (isArray) return `ArrayOf${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const isOwn = isData(name) || name === 'ManagedObjectReference' || name === kind
  return isOwn ? name : `xsd:${name}`
}

export function answerText(method: string, result: VimValue | undefined, version: string): string {
  const returns = schemaMethod(method)?.returns ?? 'void'
  const type = returns.replace(/\[\]$/, '')
  const values = result === undefined ? [] : returns.endsWith('[]') && isList(result) ? result : [result]
  const body = values.map((value) => valueText('returnval', type, value, version)).join('')
  return envelope(`<${method}Response xmlns="urn:vim25">${body}</${method}Response>`)
}

export function faultText(fault: SdkFault, version: string): string {
  const inner = fieldsText({ $type: fault.fault, ...fault.fields }, fault.fault, version)
  const detail = `<${fault.fault}Fault xmlns="urn:vim25" xsi:type="${fault.fault}">${inner}</${fault.fault}Fault>`
  return envelope(
    `<soapenv:Fault><faultcode>${fault.code}</faultcode><faultstring>${escaped(fault.message)}</faultstring>` +
      `<detail>${detail}</detail></soapenv:Fault>`,
  )
}

function envelope(body: string): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"',
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"',
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"',
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
    `<soapenv:Body>\n${body}\n</soapenv:Body>`,
    '</soapenv:Envelope>',
  ].join('\n')
}

function valueText(name: string, declared: string, value: VimValue, version: string): string {
  if (isRef(value)) return refText(name, value, declared === 'anyType')
  if (declared === 'anyType') return anyText(name, value, version)
  if (isList(value)) return value.map((one) => valueText(name, declared, one, version)).join('')
  if (typeof value === 'object') {
    const type = spokenType(value.$type ?? declared, version)
    const shown = type === declared ? '' : ` xsi:type="${type}"`
    return `<${name}${shown}>${fieldsText(value, type, version)}</${name}>`
  }
  return `<${name}>${escaped(String(value))}</${name}>`
}

function refText(name: string, { type, value }: MoRef, isTyped: boolean): string {
  const shown = isTyped ? ' xsi:type="ManagedObjectReference"' : ''
  return `<${name} type="${escaped(type)}"${shown}>${escaped(value)}</${name}>`
}

function anyText(name: string, value: VimValue, version: string): string {
  if (isList(value)) return value.map((one) => anyText(name, one, version)).join('')
  if (isRef(value)) return refText(name, value, true)
  if (typeof value !== 'object')
    return `<${name} xsi:type="xsd:${scalarType(value)}">${escaped(String(value))}</${name}>`
  const { $as } = value
  const inner = value.value
  if (typeof $as === 'string' && inner !== undefined) return asText(name, $as, inner, version)
  const type = spokenType(value.$type ?? 'DynamicData', version)
  return `<${name} xsi:type="${type}">${fieldsText(value, type, version)}</${name}>`
}

function asText(name: string, type: string, value: VimValue, version: string): string {
  if (type === 'xsd:anyType') return anyText(name, value, version)
  if (isRef(value)) return refText(name, value, true)
  if (!type.startsWith('ArrayOf')) {
    // Here the type is always shown, also where it is the declared one.
    if (typeof value === 'object' && !isList(value)) return anyText(name, { $type: type, ...value }, version)
    return `<${name} xsi:type="${type}">${escaped(String(value))}</${name}>`
  }
  const item = type.slice('ArrayOf'.length)
  const isOwn = isData(item) || item === 'ManagedObjectReference'
  const tag = isOwn ? item : item.charAt(0).toLowerCase() + item.slice(1)
  const items = isList(value) ? value : [value]
  const text = items
    .map((one) => (isRef(one) ? refText(tag, one, true) : valueText(tag, tag, one, version)))
    .join('')
  return `<${name} xsi:type="${type}">${text}</${name}>`
}

function fieldsText(value: VimObject, type: string, version: string): string {
  return dataFields(type)
    .filter(({ since }) => !isNewer(since, version))
    .map((field) => {
      const inner = value[field.name]
      return inner === undefined ? '' : valueText(field.name, field.type, inner, version)
    })
    .join('')
}

/** A type that the client's version lacks is shown as the nearest one that it has. */
function spokenType(type: string, version: string): string {
  let one = type
  for (
    let parent = dataParent(one);
    parent !== undefined && isNewer(dataSince(one), version);
    parent = dataParent(one)
  ) {
    one = parent
  }
  return one
}

function scalarType(value: string | number | boolean): string {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'string'
  return Number.isInteger(value) ? (Math.abs(value) < 2 ** 31 ? 'int' : 'long') : 'double'
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (sign) => escapes[sign] ?? sign)
}
