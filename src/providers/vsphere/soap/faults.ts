/** Faults of the server as failures of ours, each with its remedy. */
import type { Failure } from '#failure'
import { fail } from '../errors.ts'
import { decodeValue } from './decode.ts'
import { descends } from './table.ts'
import { at, listAt, refAt, textAt, typeOfObject, type VimValue } from './vim-value.ts'
import { childOf, type XmlElement } from './xml.ts'

/** What the server said, before it is known what that means for the caller. */
export class VimFault extends Error {
  /** Type of the fault: `InvalidLogin`. */
  readonly fault: string
  readonly detail: VimValue | undefined

  constructor(fault: string, message: string, detail: VimValue | undefined) {
    super(fullMessage(fault, message, detail))
    this.name = 'VimFault'
    this.fault = fault
    this.detail = detail
  }
}

/** Some servers say nothing, or only that something went wrong on some host; the reason lies deeper then. */
function fullMessage(fault: string, said: string, detail: VimValue | undefined): string {
  const first = said || textAt(listAt(detail, 'faultMessage')[0], 'message') || fault
  const causes = [at(detail, 'faultCause'), ...listAt(detail, 'hostFault').map((one) => at(one, 'fault'))]
  const deeper = causes.flatMap((one) => (one === undefined ? [] : [localizedFault(one).message]))
  const property = textAt(detail, 'invalidProperty')
  const all = property === undefined || first.includes(property) ? deeper : [`(${property})`, ...deeper]
  return [first, ...new Set(all.filter((one) => one !== first))].join(' ')
}

/** From `<soapenv:Fault>`. */
export function readFault(element: XmlElement): VimFault {
  const message = childOf(element, 'faultstring')?.text.trim() ?? ''
  const detail = childOf(element, 'detail')?.children[0]
  if (!detail) return new VimFault('SystemError', message, undefined)
  const type = detail.type ?? detail.name.replace(/Fault$/, '')
  return new VimFault(type, message, decodeValue({ ...detail, type }, 'anyType'))
}

/** From the `error` of a task, or any other `LocalizedMethodFault`. */
export function localizedFault(value: VimValue | undefined): VimFault {
  const detail = at(value, 'fault')
  const fault = typeOfObject(detail) ?? 'SystemError'
  return new VimFault(fault, textAt(value, 'localizedMessage') ?? '', detail)
}

type Telling = (error: VimFault, method: string) => Failure

/** Kinds of faults that need more than the words of the server; those that descend from them are told in the same way. */
const tellings: Readonly<Record<string, Telling>> = {
  RestrictedVersion: (error, method) => fail('vsphere-read-only', { method }, error),
  NotAuthenticated: (error, method) => fail('vsphere-session-over', { method }, error),
  NoPermission: noPermission,
  DvsNotAuthorized: (error, method) => fail('vsphere-dvs-not-authorized', { method }, error),
  DuplicateName: nameTaken,
  AlreadyExists: nameTaken,
  FileAlreadyExists: nameTaken,
  ManagedObjectNotFound: (error, method) =>
    fail('vsphere-gone', { method, object: objectName(refAt(error.detail, 'obj')) }, error),
  RequestCanceled: (error, method) => fail('vsphere-cancelled', { method }, error),
  NoDiskSpace: noSpace,
  InsufficientStorageSpace: noSpace,
  InsufficientResourcesFault: (error, method) =>
    fail('vsphere-no-resources', { method, message: error.message }, error),
  InvalidHostState: unwilling,
  HostCommunication: unwilling,
  NoHost: unwilling,
  NotSupported: notSupported,
  MethodNotFound: notSupported,
  NotImplemented: notSupported,
}

/** Whoever keeps the session asks about `NotAuthenticated` before. */
export function failureOf(error: VimFault, method: string): Failure {
  const { fault, message } = error
  const kind = Object.hasOwn(tellings, fault)
    ? fault
    : Object.keys(tellings).find((one) => descends(fault, one))
  const telling = kind === undefined ? undefined : tellings[kind]
  return telling?.(error, method) ?? fail('vsphere-refused', { method, fault, message }, error)
}

const objectName = (ref: { readonly type: string; readonly value: string } | undefined) =>
  ref ? `${ref.type} ${ref.value}` : 'the object'

/** Servers since 7.0U3 name several privileges, and leave the old field empty then. */
function noPermission(error: VimFault, method: string): Failure {
  const { detail } = error
  const missing = listAt(detail, 'missingPrivileges')[0]
  const privileges = listAt(missing, 'privilegeIds').filter((one) => typeof one === 'string')
  const privilege =
    textAt(detail, 'privilegeId') ?? (privileges.join(', ') || 'that the server does not name')
  const object = objectName(refAt(detail, 'object') ?? refAt(missing, 'entity'))
  return fail('vsphere-no-permission', { method, privilege, object }, error)
}

function nameTaken(error: VimFault, method: string): Failure {
  const name = textAt(error.detail, 'name') ?? textAt(error.detail, 'file') ?? 'that was asked for'
  return fail('vsphere-name-taken', { method, name }, error)
}

function noSpace(error: VimFault, method: string): Failure {
  return fail('vsphere-no-space', { method, message: error.message }, error)
}

function unwilling(error: VimFault, method: string): Failure {
  return fail('vsphere-maintenance', { method, message: error.message }, error)
}

function notSupported(error: VimFault, method: string): Failure {
  return fail('vsphere-not-supported', { method, message: error.message }, error)
}
