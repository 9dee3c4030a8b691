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

/** Version named in the header; a client that names none speaks the oldest. */
export function spokenVersion(soapAction: string | undefined): string {
  return /^\s*"?urn:vim25\/([^"\s]+)"?\s*$/.exec(soapAction ?? '')?.[1] ?? allVersions[0] ?? '2.5'
}

export function readCall(
  source: string,
  { version, api }: { readonly version: string; readonly api: string },
): SdkCall {
  // What a method is and what it is called on is told as far as it was read.
  let reading = 'while parsing HTTP request before method was determined'
  const onTarget = (method: SchemaMethod, target: MoRef) => {
    reading = `while parsing HTTP request for method ${method.name}\non object of type ${internalName(target.type)}`
  }
  try {
    const envelope = readRequestXml(source)
    return within(placed('while parsing SOAP envelope', envelope), () =>
      readBody(bodyOf(envelope), { version, api, onTarget }),
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
  readonly api: string
  readonly onTarget: (method: SchemaMethod, target: MoRef) => void
}

function readBody(body: RequestElement, { version, api, onTarget }: Body): SdkCall {
  return within(placed('while parsing SOAP body', body), () => {
    const [element, another] = body.children
    if (!element || another) throw new RequestRefused('One method is expected in the SOAP body')
    const schema = methodOf(element, version)
    // Who does not know what the server is can still ask.
    const isKnown = allVersions.includes(version) && !isNewer(version, api)
    if (!isKnown && element.name !== 'RetrieveServiceContent') {
      throw new RequestRefused(`Unsupported version URI "urn:vim25/${version}"`)
    }
    const spoken = isKnown ? version : api
    const context = placed(`while parsing call information for method ${element.name}`, element)
    return within(context, () => {
      const target = targetOf(element, schema)
      onTarget(schema, target)
      const parameters = readFields(element.children.slice(1), schema.parameters, {
        version: spoken,
        lacks: (field) => `Required parameter ${field} is missing`,
        around: () => undefined,
      })
      return { method: element.name, schema, target, parameters, version: spoken }
    })
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
