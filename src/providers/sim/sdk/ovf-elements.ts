/** Reads the descriptor of an OVF package as far as the strict simulator makes a machine of it. */
import { SaxesParser } from 'saxes'

export interface OvfElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: OvfElement[]
  text: string
}

/** By local names, whatever their namespaces. Throws when it is no XML. */
export function readElements(text: string): OvfElement {
  const root: OvfElement = { name: '', attributes: new Map(), children: [], text: '' }
  const open = [root]
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw new Error('it declares a document type')
  })
  parser.on('opentag', ({ local, attributes }) => {
    const own = Object.values(attributes).map((one) => [one.local, one.value] as const)
    const element = { name: local, attributes: new Map(own), children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('text', (part) => {
    const element = open.at(-1)
    if (element) element.text += part
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(text).close()
  return root
}

/** All of that name, however deep. */
export function elementsNamed(element: OvfElement, name: string): readonly OvfElement[] {
  return element.children.flatMap((one) => [...(one.name === name ? [one] : []), ...elementsNamed(one, name)])
}

/** Text of the first child of that name; empty where there is none. */
export function textOfChild(element: OvfElement, name: string): string {
  return element.children.find((one) => one.name === name)?.text.trim() ?? ''
}
