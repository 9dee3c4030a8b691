/** Reads the XML of a request as a server does: with the place of each element, and prefixes resolved. */
import { SaxesParser } from 'saxes'

export interface RequestElement {
  readonly name: string
  readonly namespace: string
  /** Where it begins, as faults tell it. */
  readonly line: number
  readonly column: number
  /** The plain `type` of a reference. */
  readonly refType?: string
  /** What `xsi:type` says, and the namespace of its prefix. */
  readonly xsiType?: { readonly namespace: string; readonly name: string }
  readonly text: string
  readonly children: readonly RequestElement[]
}

export class XmlRefused extends Error {
  readonly line: number
  readonly column: number

  constructor(message: string, { line, column }: { readonly line: number; readonly column: number }) {
    super(message)
    this.name = 'XmlRefused'
    this.line = line
    this.column = column
  }
}

const xsi = 'http://www.w3.org/2001/XMLSchema-instance'
const xsd = 'http://www.w3.org/2001/XMLSchema'
const mostLevels = 100

interface Open extends RequestElement {
  text: string
  readonly children: Open[]
}

/** The root. Throws `XmlRefused` where it is not well formed, declares a document type or is too deep. */
export function readRequestXml(source: string): RequestElement {
  const parser = new SaxesParser({ xmlns: true, position: true })
  const stack: Open[] = []
  const place = { line: 1, column: 0 }
  let root: Open | undefined
  const refuse = (message: string) => new XmlRefused(message, { line: parser.line, column: parser.column })
  parser.on('error', ({ message }) => {
    throw refuse(`Error returned by expat parser: ${message}`)
  })
  parser.on('doctype', () => {
    throw refuse('Error returned by expat parser: a document type is declared')
  })
  parser.on('opentagstart', ({ name }) => {
    // The name and the sign behind it have been read by now; columns are counted from zero.
    place.line = parser.line
    place.column = Math.max(0, parser.column - name.length - 2)
  })
  parser.on('opentag', (tag) => {
    if (stack.length >= mostLevels)
      throw refuse(`Error returned by expat parser: more than ${mostLevels} levels`)
    const attributes = Object.values(tag.attributes)
    const refType = attributes.find(({ uri, local }) => uri === '' && local === 'type')?.value
    const typed = attributes.find(({ uri, local }) => uri === xsi && local === 'type')?.value
    stack.push({
      name: tag.local,
      namespace: tag.uri,
      ...place,
      ...(refType !== undefined && { refType }),
      ...(typed !== undefined && { xsiType: resolved(typed, (prefix) => parser.resolve(prefix)) }),
      text: '',
      children: [],
    })
  })
  const addText = (text: string) => {
    const last = stack.at(-1)
    if (last) last.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    const done = stack.pop()
    if (!done) return
    const parent = stack.at(-1)
    if (parent) parent.children.push(done)
    else root = done
  })
  parser.write(source).close()
  if (!root) throw refuse('Error returned by expat parser: no element found')
  return root
}

function resolved(name: string, namespaceOf: (prefix: string) => string | undefined) {
  const [prefix = '', local = ''] = name.includes(':') ? name.split(':', 2) : ['', name]
  // govc writes `xsd:string` and declares no such prefix, and real servers have always taken that.
  const assumed = prefix === 'xsd' ? xsd : ''
  return { namespace: namespaceOf(prefix) ?? assumed, name: local }
}
