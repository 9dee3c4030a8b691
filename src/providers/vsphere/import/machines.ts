/** One virtual machine as vSphere describes it, as far as a lab file can say it. */
import { known, nameOf } from '../probe/reading.ts'
import type { ObjectProperties } from '../soap/properties.ts'
import { at, flagAt, listAt, type MoRef, numberAt, refAt, textAt, type VimValue } from '../soap/vim-value.ts'
import {
  addressesOf,
  disksOf,
  type GuestAddress,
  nicsOf,
  passthroughOf,
  type SeenDisk,
  type SeenNic,
} from './devices.ts'

export interface SeenMachine {
  readonly ref: MoRef
  readonly name: string
  /** Folder it lies in. */
  readonly parent?: MoRef
  readonly host?: MoRef
  /** False while its server cannot read its configuration. */
  readonly isReadable: boolean
  readonly isTemplate: boolean
  readonly isOn: boolean
  readonly cpus?: number
  readonly coresPerSocket?: number
  readonly memoryMiB?: number
  /** 19 for `vmx-19`. */
  readonly hardwareVersion?: number
  readonly guestId?: string
  /** Whether VT-x or AMD-V is shown to it. */
  readonly exposesVirtualization?: boolean
  readonly execution?: 'hardware' | 'automatic' | 'software'
  readonly firmware?: 'bios' | 'efi'
  readonly hasVbs?: boolean
  /** Only those that matter for nesting. */
  readonly settings: Readonly<Record<string, string>>
  readonly passthrough: readonly string[]
  readonly nics: readonly SeenNic[]
  readonly disks: readonly SeenDisk[]
  /** As its tools tell them, by the key of the NIC. */
  readonly addresses: ReadonlyMap<number, readonly GuestAddress[]>
  readonly guestName?: string
  /** `VMware ESXi 8.0.2`, as its tools tell it. */
  readonly guestSystem?: string
  /** Name of the appliance it was made of: `VMware vCenter Server Appliance`. */
  readonly appliance?: string
}

/** Enough to choose machines. */
export const scopePaths: readonly string[] = ['name', 'parent', 'runtime.host', 'summary.config.guestId']

export const machinePaths: readonly string[] = [
  'name',
  'parent',
  'runtime.host',
  'runtime.powerState',
  'config.template',
  'config.version',
  'config.guestId',
  'config.hardware',
  'config.nestedHVEnabled',
  'config.flags',
  'config.firmware',
  'config.extraConfig',
  'guest.net',
  'guest.ipAddress',
  'guest.hostName',
  'guest.guestFullName',
  'summary.config.product',
]

/** A nested ESXi, by the guest type it was made with. */
export function isNestedEsxi({ guestId = '' }: Pick<SeenMachine, 'guestId'>): boolean {
  return /^vmkernel/i.test(guestId)
}

export function readMachine({ ref, properties }: ObjectProperties): SeenMachine {
  const value = (path: string) => ({ value: properties.get(path) })
  const text = (path: string) => textAt(value(path), 'value')
  const hardware = properties.get('config.hardware')
  const version = /^vmx-(\d+)$/.exec(text('config.version') ?? '')?.[1]
  const firmware = text('config.firmware')
  return {
    ref,
    name: nameOf(properties),
    isReadable: hardware !== undefined,
    isTemplate: flagAt(value('config.template'), 'value') === true,
    isOn: text('runtime.powerState') === 'poweredOn',
    ...known({
      parent: refAt(value('parent'), 'value'),
      host: refAt(value('runtime.host'), 'value'),
      cpus: numberAt(hardware, 'numCPU'),
      coresPerSocket: numberAt(hardware, 'numCoresPerSocket'),
      memoryMiB: numberAt(hardware, 'memoryMB'),
      hardwareVersion: version === undefined ? undefined : Number(version),
      guestId: text('config.guestId') ?? text('summary.config.guestId'),
      exposesVirtualization: flagAt(value('config.nestedHVEnabled'), 'value'),
      execution: executionOf(properties.get('config.flags')),
      firmware: firmware === 'bios' || firmware === 'efi' ? firmware : undefined,
      hasVbs: flagAt(properties.get('config.flags'), 'vbsEnabled'),
      guestName: text('guest.hostName'),
      guestSystem: text('guest.guestFullName'),
      appliance: textAt(properties.get('summary.config.product'), 'name'),
    }),
    settings: settingsOf(listAt(value('config.extraConfig'), 'value')),
    passthrough: passthroughOf(hardware),
    nics: nicsOf(hardware),
    disks: disksOf(hardware),
    addresses: guestAddresses(properties),
  }
}

/** Without details of its NICs there may still be one address, of whichever NIC. */
function guestAddresses(properties: ReadonlyMap<string, VimValue>): SeenMachine['addresses'] {
  const found = addressesOf(listAt({ net: properties.get('guest.net') }, 'net'))
  const ip = textAt({ ip: properties.get('guest.ipAddress') }, 'ip')
  const isKnown = [...found.values()].flat().some((one) => one.ip === ip)
  return ip === undefined || isKnown ? found : new Map([...found, [-1, [...(found.get(-1) ?? []), { ip }]]])
}

/** Of two settings: one for the CPU, one for its memory. */
function executionOf(flags: VimValue | undefined): SeenMachine['execution'] {
  const cpu = textAt(flags, 'virtualExecUsage')
  const memory = textAt(flags, 'virtualMmuUsage')
  if (cpu === undefined && memory === undefined) return undefined
  if (cpu === 'hvOff' || memory === 'off') return 'software'
  return cpu === 'hvOn' && memory === 'on' ? 'hardware' : 'automatic'
}

/** Those that decide about nesting; `guestinfo.*` may hold passwords, so nothing else is kept. */
const mattering =
  /^(?:vhv|vvh|hvh|hvv|vhh|hv|vh|vht|vhc|monitor|monitor_control|hypervisor)\.|^ethernet\d+\.filter\d+\./i

const most = { key: 100, value: 500, settings: 200 }

function settingsOf(options: readonly VimValue[]): Readonly<Record<string, string>> {
  const settings = options.flatMap((option) => {
    const key = textAt(option, 'key') ?? ''
    const value = at(option, 'value')
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (!mattering.test(key) || !isText || key.length > most.key) return []
    return [[key, String(value).slice(0, most.value)] as const]
  })
  return Object.fromEntries(settings.slice(0, most.settings))
}
