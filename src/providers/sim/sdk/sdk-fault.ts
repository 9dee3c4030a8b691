/** Faults that the simulated server gives, with the texts that a real one has. */
import type { MoRef, VimObject, VimValue } from '../../vsphere/soap/vim-value.ts'

export class SdkFault extends Error {
  /** Type of the fault: `InvalidPowerState`. */
  readonly fault: string
  readonly fields: VimObject
  /** `ServerFaultCode`, or `VersionMismatchFaultCode`. */
  readonly code: string

  constructor(fault: string, message: string, fields: VimObject = {}, code = 'ServerFaultCode') {
    super(message)
    this.name = 'SdkFault'
    this.fault = fault
    this.fields = fields
    this.code = code
  }
}

/** As it stands in a task's `error`, or beside a property that could not be read. */
export function localized(fault: SdkFault): VimObject {
  return { fault: { $type: fault.fault, ...fault.fields }, localizedMessage: fault.message }
}

/** What is thrown otherwise is a mistake of the simulator, and told as one. */
export function asSdkFault(error: unknown): SdkFault {
  if (error instanceof SdkFault) return error
  return new SdkFault('SystemError', 'A general system error occurred.', { reason: String(error) })
}

export const faults = {
  notAuthenticated: (object: MoRef, privilegeId: string) =>
    new SdkFault('NotAuthenticated', 'The session is not authenticated.', { object, privilegeId }),
  noPermission: (object: MoRef, privilegeId: string) =>
    new SdkFault('NoPermission', 'Permission to perform this operation was denied.', { object, privilegeId }),
  invalidLogin: () =>
    new SdkFault('InvalidLogin', 'Cannot complete login due to an incorrect user name or password.'),
  restricted: () =>
    new SdkFault(
      'RestrictedVersion',
      'Current license or ESXi version prohibits execution of the requested operation.',
    ),
  gone: (obj: MoRef) =>
    new SdkFault(
      'ManagedObjectNotFound',
      `The object 'vim.${obj.type}:${obj.value}' has already been deleted or has not been completely created`,
      { obj },
    ),
  argument: (invalidProperty: string) =>
    new SdkFault('InvalidArgument', `A specified parameter was not correct: ${invalidProperty}`, {
      invalidProperty,
    }),
  property: (name: string) => new SdkFault('InvalidProperty', '', { name }),
  notSupported: (message = 'The operation is not supported on the object.') =>
    new SdkFault('NotSupported', message),
  duplicate: (name: string, object: MoRef) =>
    new SdkFault('DuplicateName', `The name '${name}' already exists.`, { name, object }),
  exists: (name: string) =>
    new SdkFault('AlreadyExists', `The specified key, name, or identifier '${name}' already exists.`, {
      name,
    }),
  badName: (name: string, entity?: MoRef) =>
    new SdkFault('InvalidName', `The name '${name}' is invalid.`, { name, ...(entity && { entity }) }),
  notFound: (what: string) =>
    new SdkFault('NotFound', `The object or item referred to could not be found: ${what}`),
  inUse: (name: string, type = '') =>
    new SdkFault('ResourceInUse', `The resource '${name}' is in use.`, { type, name }),
  powerState: (existingState: string, requestedState?: string) =>
    new SdkFault(
      'InvalidPowerState',
      `The attempted operation cannot be performed in the current state (${said[existingState] ?? existingState}).`,
      { ...(requestedState !== undefined && { requestedState }), existingState },
    ),
  state: () => new SdkFault('InvalidState', 'The operation is not allowed in the current state.'),
  hostState: (host: MoRef) =>
    new SdkFault('InvalidHostState', 'The operation is not allowed in the current state of the host.', {
      host,
    }),
  device: (deviceIndex: number, property: string) =>
    new SdkFault('InvalidDeviceSpec', `Invalid configuration for device '${deviceIndex}'.`, {
      property,
      deviceIndex,
    }),
  config: (reason: string) => new SdkFault('GenericVmConfigFault', reason, { reason }),
  noSpace: (datastore: string, file: string) =>
    new SdkFault('NoDiskSpace', `Insufficient disk space on datastore '${datastore}'.`, { file, datastore }),
  noMemory: (unreserved: number, requested: number) =>
    new SdkFault(
      'InsufficientMemoryResourcesFault',
      'The host does not have sufficient memory resources to satisfy the reservation.',
      { unreserved, requested },
    ),
  noFile: (file: string) => new SdkFault('FileNotFound', `File ${file} was not found`, { file }),
  fileExists: (file: string) =>
    new SdkFault(
      'FileAlreadyExists',
      `Cannot complete the operation because the file or folder ${file} already exists`,
      {
        file,
      },
    ),
  cancelled: () => new SdkFault('RequestCanceled', 'The task was canceled by a user.'),
  conflict: () =>
    new SdkFault(
      'ConcurrentAccess',
      'The object was changed since its configuration was read (configVersion).',
    ),
} satisfies Record<string, (...rest: never[]) => SdkFault>

const said: Readonly<Record<string, string>> = {
  poweredOn: 'Powered on',
  poweredOff: 'Powered off',
  suspended: 'Suspended',
}

/** A fault of any type, for those that are ordered. */
export function orderedFault(fault: string, fields: VimObject = {}, message?: string): SdkFault {
  const text: VimValue | undefined = message ?? fields.reason
  return new SdkFault(fault, typeof text === 'string' ? text : `The operation failed: ${fault}.`, fields)
}
