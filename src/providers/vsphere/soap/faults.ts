/** Faults of the server as failures of ours, each with its remedy. */
import type { Failure } from '#failure'
import { fail } from '../errors.ts'
import { decodeValue } from './decode.ts'
import { refAt, textAt, typeOfObject, type VimValue } from './vim-value.ts'
import { childOf, type XmlElement } from './xml.ts'

/** What the server said, before it is known what that means for the caller. */
export class VimFault extends Error {
  /** Type of the fault: `InvalidLogin`. */
  readonly fault: string
  readonly detail: VimValue | undefined

  constructor(fault: string, message: string, detail: VimValue | undefined) {
    super(message)
    this.name = 'VimFault'
    this.fault = fault
    this.detail = detail
  }
}

/** From `<soapenv:Fault>`. */
export function readFault(element: XmlElement): VimFault {
  const message = childOf(element, 'faultstring')?.text.trim() ?? ''
  const detail = childOf(element, 'detail')?.children[0]
  if (!detail) return new VimFault('SystemError', message, undefined)
  const type = detail.type ?? detail.name.replace(/Fault$/, '')
  const value = decodeValue({ ...detail, type }, 'anyType')
  return new VimFault(type, message === '' ? (textAt(value, 'faultMessage') ?? type) : message, value)
}

/** From the `error` of a task, or any other `LocalizedMethodFault`. */
export function localizedFault(value: VimValue | undefined): VimFault {
  const detail = typeof value === 'object' && 'fault' in value ? (value.fault as VimValue) : undefined
  const fault = typeOfObject(detail) ?? 'SystemError'
  return new VimFault(fault, textAt(value, 'localizedMessage') ?? fault, detail)
}

const noRoom: ReadonlySet<string> = new Set([
  'NoDiskSpace',
  'FileFault',
  'CannotAccessFile',
  'InaccessibleDatastore',
])
const unwilling: ReadonlySet<string> = new Set([
  'InvalidHostState',
  'HostNotConnected',
  'HostCommunication',
  'NoHost',
  'InvalidHostConnectionState',
])

/** `NotAuthenticated` is for whoever keeps the session, and is not asked about here. */
export function failureOf(error: VimFault, method: string): Failure {
  const { fault, message, detail } = error
  if (fault === 'RestrictedVersion') return fail('vsphere-read-only', { method }, error)
  if (fault === 'NoPermission') {
    const ref = refAt(detail, 'object')
    const object = ref ? `${ref.type} ${ref.value}` : 'this object'
    const privilege = textAt(detail, 'privilegeId') ?? 'that is missing'
    return fail('vsphere-no-permission', { method, privilege, object }, error)
  }
  if (fault === 'DvsNotAuthorized') return fail('vsphere-dvs-not-authorized', { method }, error)
  if (fault === 'DuplicateName' || fault === 'AlreadyExists' || fault === 'FileAlreadyExists') {
    const name = textAt(detail, 'name') ?? textAt(detail, 'file') ?? 'that was asked for'
    return fail('vsphere-name-taken', { method, name }, error)
  }
  if (fault === 'ManagedObjectNotFound') {
    const ref = refAt(detail, 'obj')
    return fail('vsphere-gone', { method, object: ref ? `${ref.type} ${ref.value}` : 'the object' }, error)
  }
  if (fault === 'RequestCanceled') return fail('vsphere-cancelled', { method }, error)
  if (noRoom.has(fault)) return fail('vsphere-no-space', { method, message }, error)
  if (/^Insufficient\w*Fault$/.test(fault)) return fail('vsphere-no-resources', { method, message }, error)
  if (unwilling.has(fault)) return fail('vsphere-maintenance', { method, message }, error)
  if (fault === 'NotSupported' || fault === 'MethodNotFound' || fault === 'NotImplemented')
    return fail('vsphere-not-supported', { method, message }, error)
  return fail('vsphere-refused', { method, fault, message }, error)
}
