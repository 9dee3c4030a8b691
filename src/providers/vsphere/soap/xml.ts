/** Reads XML of a server that is not trusted: namespaces resolved, no DTD, bounded depth and number of elements. */
import { SaxesParser } from 'saxes'
import { fail } from '../errors.ts'

export interface XmlElement {
  /** Local name. */
  readonly name: string
  readonly namespace: string
  /** `xsi:type` without its prefix, whatever that is. */
  readonly type: string | undefined
  /** Attributes without a namespace. */
  readonly attributes: ReadonlyMap<string, string>
  /** Of the element itself, not of its children. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance'

/** The deepest answers of vSphere have about 40 levels. */
const mostLevels = 200
/** A page of 500 machines with their whole configuration has less than a tenth of them. */
const usualMostElements = 4_000_000

interface Open {
  readonly name: string
  readonly namespace: string
  readonly type: string | undefined
  readonly attributes: ReadonlyMap<string, string>
  text: string
  children: XmlElement[]
}

const noAttributes: ReadonlyMap<string, string> = new Map()
// Most elements are leaves, and an answer has a hundred thousand of them.
const noChildren: XmlElement[] = []

/** The root element. Fails with `vsphere-answer-unreadable`. */
export function readXml(source: string, mostElements = usualMostElements): XmlElement {
  const parser = new SaxesParser({ xmlns: true })
  const open: Open[] = []
  let root: XmlElement | undefined
  let elements = 0
  parser.on('error', (error) => {
    throw refuse(error.message)
  })
  parser.on('doctype', () => {
    throw refuse('it declares a document type')
  })
  parser.on('opentag', (tag) => {
    elements += 1
    if (open.length >= mostLevels) throw refuse(`it is more than ${mostLevels} levels deep`)
    if (elements > mostElements) throw refuse(`it has more than ${mostElements} elements`)
    const element = opened(tag)
    const parent = open.at(-1)
    if (!parent) root = element
    else if (parent.children === noChildren) parent.children = [element]
    else parent.children.push(element)
    open.push(element)
  })
  const addText = (text: string) => {
    const last = open.at(-1)
    if (last) last.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(source).close()
  if (!root) throw refuse('it is empty')
  return root
}

const refuse = (reason: string) => fail('vsphere-answer-unreadable', { reason })

interface NamedAttribute {
  readonly local: string
  readonly uri: string
  readonly value: string
}

interface Tag {
  readonly local: string
  readonly uri: string
  readonly attributes: Readonly<Record<string, NamedAttribute>>
}

function opened({ local, uri, attributes }: Tag): Open {
  let plain: Map<string, string> | undefined
  let type: string | undefined
  for (const key in attributes) {
    const one = attributes[key]
    if (one?.uri === '') {
      plain ??= new Map()
      plain.set(one.local, one.value)
    } else if (one?.uri === schemaInstance && one.local === 'type') {
      type = one.value.slice(one.value.indexOf(':') + 1)
    }
  }
  return {
    name: local,
    namespace: uri,
    type,
    attributes: plain ?? noAttributes,
    text: '',
    children: noChildren,
  }
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
