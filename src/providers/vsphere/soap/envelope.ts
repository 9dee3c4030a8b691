/** The envelope around a call, and what is in the one around its answer. */
import { fail } from '../errors.ts'
import { decodeValue } from './decode.ts'
import { readFault } from './faults.ts'
import { methodOf } from './table.ts'
import type { Answer } from './transport.ts'
import type { VimValue } from './vim-value.ts'
import { childOf, readXml, type XmlElement } from './xml.ts'

const soap = 'http://schemas.xmlsoap.org/soap/envelope/'

export function envelope(call: string): string {
  const spaces = [
    `xmlns:soapenv="${soap}"`,
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"',
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
  ].join(' ')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope ${spaces}><soapenv:Body>${call}</soapenv:Body></soapenv:Envelope>`
}

/** What the method returned. Throws a `VimFault`, or fails with `vsphere-answer-unreadable`. */
export function readAnswer(
  method: string,
  { status, body }: Pick<Answer, 'status' | 'body'>,
): VimValue | undefined {
  // Faults come with status 500; anything else is from something in between, or from another kind of server.
  if (status !== 200 && status !== 500) throw unreadable(`HTTP status ${status}`)
  if (!body.trimStart().startsWith('<')) throw unreadable(`HTTP status ${status}, and no XML`)
  const root = readXml(body)
  const inner = root.namespace === soap ? childOf(root, 'Body')?.children[0] : undefined
  if (!inner) throw unreadable(`HTTP status ${status}, and no SOAP`)
  if (inner.name === 'Fault' && inner.namespace === soap) throw readFault(inner)
  if (inner.name !== `${method}Response`) throw unreadable(`it answers ${inner.name} instead of ${method}`)
  return returned(method, inner)
}

const unreadable = (reason: string) => fail('vsphere-answer-unreadable', { reason })

function returned(method: string, element: XmlElement): VimValue | undefined {
  const type = methodOf(method)?.returns ?? 'void'
  const values = element.children.filter(({ name }) => name === 'returnval')
  if (type.endsWith('[]')) return values.map((value) => decodeValue(value, type.slice(0, -2)))
  return values[0] && decodeValue(values[0], type)
}
