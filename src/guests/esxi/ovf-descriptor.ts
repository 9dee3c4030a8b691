/** Reads what Nestlab needs of an OVF descriptor that is not trusted: properties, files, networks. */
import { SaxesParser } from 'saxes'
import { fail } from './errors.ts'

export interface OvfProperty {
  /** With class and instance, as in `guestinfo.hostname`. */
  readonly key: string
  /** `string`, `boolean`, `ip`, `password`, …, without what stands in brackets behind it. */
  readonly type: string
  /** Empty where the descriptor gives none. */
  readonly defaultValue: string
  readonly userConfigurable: boolean
  readonly isPassword: boolean
  /** Of its value, in characters. */
  readonly minLength: number
  readonly maxLength: number
}

export interface OvfDescriptor {
  readonly properties: readonly OvfProperty[]
  /** Names of the files that belong to it. */
  readonly files: readonly string[]
  /** Names of networks that machines are plugged into. */
  readonly networks: readonly string[]
}

/** Real ones have some 100 kB at most. */
export const descriptorBytes = 4 * 2 ** 20

const mostLevels = 50
const envelopes = ['http://schemas.dmtf.org/ovf/envelope/1', 'http://schemas.dmtf.org/ovf/envelope/2']

interface Element {
  readonly name: string
  /** Of the envelope's namespace. */
  readonly attributes: ReadonlyMap<string, string>
}

/** Fails with `ovf-unreadable`. */
export function readOvf(text: string): OvfDescriptor {
  if (text.length > descriptorBytes) throw unreadable('it is larger than 4 MiB')
  const properties: OvfProperty[] = []
  const files: string[] = []
  const networks: string[] = []
  const open: Element[] = []
  let systems = 0
  const visit = (element: Element) => {
    const { name, attributes } = element
    if (open.length === 0 && name !== 'Envelope') throw unreadable('it is no OVF envelope')
    if (name === 'VirtualSystem' && ++systems > 1) throw unreadable('it describes more than one machine')
    if (name === 'File') files.push(attributes.get('href') ?? '')
    if (name === 'Network') networks.push(attributes.get('name') ?? '')
    const section = open.findLast((one) => one.name === 'ProductSection')
    if (name === 'Property' && section) properties.push(propertyOf(element, section))
  }
  parse(text, open, visit)
  if (systems === 0) throw unreadable('it describes no machine')
  const keys = properties.map(({ key }) => key)
  const twice = keys.find((key, place) => keys.indexOf(key) !== place)
  if (twice !== undefined) throw unreadable(`it has the property ${JSON.stringify(twice.slice(0, 60))} twice`)
  return { properties, files, networks }
}

function parse(text: string, open: Element[], visit: (element: Element) => void): void {
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw unreadable(error.message)
  })
  parser.on('doctype', () => {
    throw unreadable('it declares a document type')
  })
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (open.length >= mostLevels) throw unreadable(`it is more than ${mostLevels} levels deep`)
    const own = Object.values(attributes).filter((attribute) => envelopes.includes(attribute.uri))
    const element = {
      name: envelopes.includes(uri) ? local : `{${uri}}${local}`,
      attributes: new Map(own.map((attribute) => [attribute.local, attribute.value])),
    }
    visit(element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(text).close()
}

/** DSP0243 9.5: a property is called CLASS.KEY.INSTANCE, and has no class or instance where its section has none. */
function propertyOf({ attributes }: Element, section: Element): OvfProperty {
  const parts = [section.attributes.get('class'), attributes.get('key'), section.attributes.get('instance')]
  const key = parts.filter((part) => part !== undefined && part !== '').join('.')
  if (!/^[A-Za-z0-9_.-]{1,200}$/.test(key))
    throw unreadable(`it has a property ${JSON.stringify(key.slice(0, 60))}`)
  const written = attributes.get('type') ?? 'string'
  const [, type = written, least, most] = /^(\w+)\((\d*)\.\.(\d*)\)$/.exec(written) ?? []
  const qualifier = (name: string) =>
    new RegExp(`\\b${name}\\((\\d{1,6})\\)`).exec(attributes.get('qualifiers') ?? '')?.[1]
  return {
    ...{ key, type, defaultValue: attributes.get('value') ?? '' },
    userConfigurable: isTrue(attributes.get('userConfigurable')),
    isPassword: isTrue(attributes.get('password')) || type === 'password',
    minLength: Number(least || qualifier('MinLen') || 0),
    maxLength: Number(most || qualifier('MaxLen') || 65_535),
  }
}

const isTrue = (text: string | undefined) => text === 'true' || text === '1'

function unreadable(reason: string) {
  return fail('ovf-unreadable', { reason })
}
