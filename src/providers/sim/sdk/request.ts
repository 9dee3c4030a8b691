/** Turns the body of a request into a call, or into the fault that a real server answers with. */
import { isRef, type MoRef, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { placed, RequestRefused, readFields, within } from './request-value.ts'
import { type RequestElement, readRequestXml, XmlRefused } from './request-xml.ts'
import {
  allVersions,
  internalName,
  isNewer,
  isObjectKind,
  isObjectType,
  type SchemaMethod,
  schemaMethod,
} from './schema.ts'
import { SdkFault } from './sdk-fault.ts'

export interface SdkCall {
  readonly method: string
  readonly schema: SchemaMethod
  readonly target: MoRef
  readonly parameters: VimObject
  /** API version that the client speaks: fields newer than that are unknown both ways. */
  readonly version: string
}

const soap = 'http://schemas.xmlsoap.org/soap/envelope/'
const vim = 'urn:vim25'

/**
 * Version that the header of a request asks for. A version that the server lacks is answered in its newest one, and a
 * client that names none speaks the oldest. Undefined: it asks for another API.
 */
export function spokenVersion(soapAction: string | undefined, api: string): string | undefined {
  const action = soapAction?.trim().replace(/^"|"$/g, '') ?? ''
  const [space, asked] = action.split('/', 2)
  if (space !== '' && space !== vim) return undefined
  if (asked === undefined) return allVersions[0]
  return allVersions.includes(asked) && !isNewer(asked, api) ? asked : api
}

export function readCall(
  source: string,
  { soapAction, version }: { readonly soapAction: string | undefined; readonly version: string | undefined },
): SdkCall {
  // What a method is and what it is called on is told as far as it was read.
  let reading = 'while parsing HTTP request before method was determined'
  const onTarget = (method: SchemaMethod, target: MoRef) => {
    reading = `while parsing HTTP request for method ${method.name}\non object of type ${internalName(target.type)}`
  }
  try {
    const envelope = readRequestXml(source)
    return within(placed('while parsing SOAP envelope', envelope), () =>
      within(placed('while parsing SOAP body', bodyOf(envelope)), () => {
        if (version === undefined) throw new RequestRefused(`Unsupported version URI ${soapAction}`)
        return readBody(bodyOf(envelope), { version, onTarget })
      }),
    )
  } catch (error) {
    if (error instanceof XmlRefused) {
      throw invalid(error.message, [`${reading}\nat line ${error.line}, column ${error.column}`])
    }
    if (!(error instanceof RequestRefused)) throw error
    throw invalid(error.message, [...error.around, `${reading}\nat line 1, column 0`])
  }
}

function invalid(message: string, around: readonly string[]): SdkFault {
  const code = message.startsWith('Unsupported version') ? 'VersionMismatchFaultCode' : 'ServerFaultCode'
  return new SdkFault('InvalidRequest', [message, ...around].join('\n\n'), {}, code)
}

function bodyOf(envelope: RequestElement): RequestElement {
  if (envelope.namespace !== soap || envelope.name !== 'Envelope') {
    throw new RequestRefused(`Unexpected element tag "${envelope.name}" seen`)
  }
  const [first, second] = envelope.children
  const body = first?.name === 'Header' && first.namespace === soap ? second : first
  if (body?.name !== 'Body' || body.namespace !== soap) throw new RequestRefused('The SOAP body is missing')
  return body
}

interface Body {
  readonly version: string
  readonly onTarget: (method: SchemaMethod, target: MoRef) => void
}

function readBody(body: RequestElement, { version, onTarget }: Body): SdkCall {
  const [element, another] = body.children
  if (!element || another) throw new RequestRefused('One method is expected in the SOAP body')
  const schema = methodOf(element, version)
  return within(placed(`while parsing call information for method ${element.name}`, element), () => {
    const target = targetOf(element, schema)
    onTarget(schema, target)
    const parameters = readFields(element.children.slice(1), schema.parameters, {
      version,
      lacks: (field) => `Required parameter ${field} is missing`,
      around: () => undefined,
    })
    return { method: element.name, schema, target, parameters, version }
  })
}

function methodOf({ name, namespace }: RequestElement, version: string): SchemaMethod {
  const schema = namespace === vim ? schemaMethod(name) : undefined
  if (schema && !isNewer(schema.since, version)) return schema
  throw new RequestRefused(`Unable to resolve WSDL method name ${name} for namespace name ${namespace}`)
}

function targetOf(element: RequestElement, schema: SchemaMethod): MoRef {
  const [self] = element.children
  if (self?.name !== '_this' || self.refType === undefined) {
    throw new RequestRefused('The object that the method is called on is missing')
  }
  const target: MoRef = { type: self.refType, value: self.text }
  if (!isRef(target) || !isObjectType(target.type)) {
    throw new RequestRefused(`Unable to resolve WSDL type name ${target.type}`)
  }
  if (!isObjectKind(target.type, schema.owner)) {
    throw new RequestRefused(
      `Method ${element.name} is not defined on objects of type ${internalName(target.type)}`,
    )
  }
  return target
}
