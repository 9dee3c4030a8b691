/** Machines are switched on and off, by their power or through their guests. */
import { flagAt, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods, TaskMethods } from './call.ts'
import { located } from './datastore.ts'
import { hasTools, hostOf, type PowerState, powerOf, setPower } from './machine-object.ts'
import { devicesOf } from './nic-backing.ts'
import { checkMemory, checkWilling } from './placement.ts'
import { refOf } from './properties.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import { merged, newUuid } from './world.ts'

/** Throws `InvalidPowerState`, and `NotSupported` for templates. */
function checkState(
  { target }: CallContext,
  wanted: PowerState | undefined,
  ...allowed: readonly PowerState[]
): void {
  if (target.object('config').template === true) throw faults.notSupported()
  const state = powerOf(target)
  if (!allowed.includes(state)) throw faults.powerState(state, wanted)
}

function checkTools({ world, target }: CallContext): void {
  if (hasTools(world, target)) return
  const text = 'Cannot complete operation because VMware Tools is not running in this virtual machine.'
  throw new SdkFault('ToolsUnavailable', text)
}

export const powerTasks: TaskMethods = {
  PowerOnVM_Task: { run: powerOn },
  PowerOffVM_Task: {
    run: (context) => {
      checkState(context, 'poweredOff', 'poweredOn', 'suspended')
      setPower(context.world, context.target, 'poweredOff')
      return undefined
    },
  },
  ResetVM_Task: {
    run: (context) => {
      checkState(context, 'poweredOn', 'poweredOn')
      setPower(context.world, context.target, 'poweredOn')
      return undefined
    },
  },
  SuspendVM_Task: {
    run: (context) => {
      checkState(context, 'suspended', 'poweredOn')
      setPower(context.world, context.target, 'suspended')
      return undefined
    },
  },
}

export const powerCalls: Methods = {
  ShutdownGuest: (context) => {
    checkState(context, 'poweredOff', 'poweredOn')
    checkTools(context)
    setPower(context.world, context.target, 'poweredOff')
    return undefined
  },
  RebootGuest: (context) => {
    checkState(context, 'poweredOn', 'poweredOn')
    checkTools(context)
    setPower(context.world, context.target, 'poweredOn')
    return undefined
  },
  AnswerVM: () => {
    // No machine here ever asks.
    throw faults.argument('questionId')
  },
  AcquireTicket: (context) => {
    checkState(context, undefined, 'poweredOn')
    const { world, target } = context
    const kind = textAt(context.parameters, 'ticketType') ?? ''
    if (!['device', 'guestControl', 'mks', 'webmks', 'webRemoteDevice'].includes(kind))
      throw faults.argument('ticketType')
    const ticket = newUuid()
    const host = hostOf(world, target).name
    const config = textAt(target.get('config'), 'files', 'vmPathName') ?? ''
    const url = kind === 'webmks' ? { url: `wss://${host}:443/ticket/${ticket}` } : {}
    return { ticket, cfgFile: config, host, port: kind === 'webmks' ? 443 : 902, ...url }
  },
  AcquireMksTicket: (context) => {
    checkState(context, undefined, 'poweredOn')
    // The remote console of that time went with 7.0.
    if (Number(context.world.api.split('.')[0]) >= 7) throw faults.notSupported()
    return { ticket: newUuid(), cfgFile: '', host: hostOf(context.world, context.target).name, port: 902 }
  },
}

function powerOn(context: CallContext): undefined {
  checkState(context, 'poweredOn', 'poweredOff', 'suspended')
  const { world, target, parameters } = context
  const wanted = refOf(parameters, 'host')
  const host = wanted ? world.need(wanted) : hostOf(world, target)
  checkWilling(host)
  checkMemory(world, host, target)
  const isNested = flagAt(target.get('config'), 'nestedHVEnabled') === true
  if (isNested && flagAt(host.get('capability'), 'nestedHVSupported') === false) {
    throw faults.config('The host does not support nested hardware-assisted virtualization.')
  }
  checkProcessors(host.get('summary'), target.object('config'))
  for (const device of devicesOf(target)) checkMedium(context, device)
  target.set('runtime', merged(target.object('runtime'), { host: host.ref }))
  setPower(world, target, 'poweredOn')
  return undefined
}

function checkProcessors(summary: ReturnType<CallContext['target']['get']>, config: VimObject): void {
  const threads = numberAt(summary, 'hardware', 'numCpuThreads') ?? 1
  if ((numberAt(config, 'hardware', 'numCPU') ?? 1) > threads) {
    throw faults.config('The machine has more virtual CPUs than the host has logical ones.')
  }
}

/** What is connected at power on has to be there. */
function checkMedium({ world }: CallContext, { $type, backing, connectable }: VimObject): void {
  const fileName = textAt(backing, 'fileName')
  if (fileName === undefined || fileName === '') return
  const isDisk = $type === 'VirtualDisk'
  if (!isDisk && flagAt(connectable, 'startConnected') !== true) return
  if ($type === 'VirtualSerialPort') return
  const { files, path } = located(world, fileName)
  if (!files.files.has(path))
    throw new SdkFault('FileNotFound', `File ${fileName} was not found`, { file: fileName })
}
