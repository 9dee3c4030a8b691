/** Reads XML of a server that is not trusted: namespaces resolved, no DTD, bounded depth. */
import { SaxesParser } from 'saxes'
import { fail } from '../errors.ts'

export interface XmlElement {
  /** Local name. */
  readonly name: string
  readonly namespace: string
  /** `xsi:type` without its prefix, whatever that is. */
  readonly type?: string
  /** Attributes without a namespace. */
  readonly attributes: ReadonlyMap<string, string>
  /** Of the element itself, not of its children. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance'

/** The deepest answers of vSphere have about 40 levels. */
const mostLevels = 200

interface Open {
  readonly name: string
  readonly namespace: string
  readonly type?: string
  readonly attributes: ReadonlyMap<string, string>
  text: string
  readonly children: XmlElement[]
}

/** The root element. Fails with `vsphere-answer-unreadable`. */
export function readXml(source: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true })
  const open: Open[] = []
  let root: XmlElement | undefined
  const refuse = (reason: string) => fail('vsphere-answer-unreadable', { reason })
  parser.on('error', (error) => {
    throw refuse(error.message)
  })
  parser.on('doctype', () => {
    throw refuse('it declares a document type')
  })
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (open.length >= mostLevels) throw refuse(`it is more than ${mostLevels} levels deep`)
    open.push({ name: local, namespace: uri, ...readAttributes(attributes), text: '', children: [] })
  })
  const addText = (text: string) => {
    const last = open.at(-1)
    if (last) last.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    const done = open.pop()
    if (!done) return
    const parent = open.at(-1)
    if (parent) parent.children.push(done)
    else root = done
  })
  parser.write(source).close()
  if (!root) throw refuse('it is empty')
  return root
}

interface NamedAttribute {
  readonly local: string
  readonly uri: string
  readonly value: string
}

function readAttributes(attributes: Readonly<Record<string, NamedAttribute>>) {
  const plain = new Map<string, string>()
  let type: string | undefined
  for (const { local, uri, value } of Object.values(attributes)) {
    if (uri === '') plain.set(local, value)
    else if (uri === schemaInstance && local === 'type') type = value.slice(value.indexOf(':') + 1)
  }
  return { attributes: plain, ...(type !== undefined && { type }) }
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name)
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
}

/** Text for an element or attribute. Signs that XML cannot write at all are replaced by the one for that. */
export function xmlText(text: string): string {
  return text.replace(
    /[&<>"'\r]|[\p{Cc}\ufffe\uffff]/gu,
    (sign) => escapes[sign] ?? (isWritable(sign) ? sign : '\ufffd'),
  )
}

/** Of the control characters, XML 1.0 writes tab, line feed and those above U+007E. */
function isWritable(control: string): boolean {
  return control === '\t' || control === '\n' || (control > '\u007e' && control < '\ufffe')
}
