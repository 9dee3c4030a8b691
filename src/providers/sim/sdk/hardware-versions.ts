/** Which hardware versions and kinds of guests a server of an API version knows. */
import { enumValues, isNewer } from './schema.ts'
import { faults } from './sdk-fault.ts'

/** Hardware version of machines, and the API version that brought it; 12 and 16 were never ESXi's. */
const hardware: readonly (readonly [version: number, api: string])[] = [
  [4, '2.5'],
  [7, '4.0'],
  [8, '5.0'],
  [9, '5.1'],
  [10, '5.5'],
  [11, '6.0'],
  [13, '6.5'],
  [14, '6.7'],
  [15, '6.7.2'],
  [17, '7.0.0.0'],
  [18, '7.0.1.0'],
  [19, '7.0.2.0'],
  [20, '8.0.0.0'],
  [21, '8.0.2.0'],
  [22, '9.0.0.0'],
]

/** Kinds of guests that came later than the oldest API we speak. */
const guests: Readonly<Record<string, string>> = {
  vmkernel6Guest: '6.0',
  vmkernel65Guest: '6.5',
  vmkernel7Guest: '7.0.0.0',
  vmkernel8Guest: '8.0.0.1',
  vmkernel9Guest: '9.0.0.0',
}

export function newestHardware(api: string): string {
  const known = hardware.filter(([, since]) => !isNewer(since, api))
  return `vmx-${String(known.at(-1)?.[0] ?? 4).padStart(2, '0')}`
}

export function hardwareNumber(version: string): number {
  return Number(/^vmx-(\d+)$/.exec(version)?.[1] ?? 0)
}

/** Throws `InvalidArgument`. */
export function checkHardware(version: string, api: string): void {
  const number = hardwareNumber(version)
  const isKnown = hardware.some(([one, since]) => one === number && !isNewer(since, api))
  if (!isKnown) throw faults.argument('configSpec.version')
}

/** Throws `InvalidArgument`. */
export function checkGuest(guestId: string, api: string): void {
  const isKnown = enumValues('VirtualMachineGuestOsIdentifier')?.includes(guestId) === true
  if (!isKnown || isNewer(guests[guestId] ?? '2.0', api)) throw faults.argument('configSpec.guestId')
}
