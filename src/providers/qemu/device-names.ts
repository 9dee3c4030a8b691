/** What network devices of a level are called, and whose they are where others have some too. */
import { createHash } from 'node:crypto'
import { bridgeDeviceName } from '#switch'
import { words } from './script.ts'

export interface DeviceNames {
  bridge(switchName: string): string
  tap(machine: string, nic: string): string
  /** Absent inside a hypervisor of ours, where every device is of the lab. */
  readonly shared?: SharedNames
}

export interface SharedNames {
  /** The alias of every device of the lab, and of nothing else. */
  readonly alias: string
  /** All names begin with it, and so do the names of tables of rules. */
  readonly prefix: string
}

/** Longest name of a network device that Linux takes (IFNAMSIZ is 16 with the final zero). */
const linkNameBytes = 15

export const insideNames: DeviceNames = { bridge: bridgeDeviceName, tap: tapName }

/** `web-nic0` where that fits, otherwise a hash; the dot keeps the two kinds apart. */
function tapName(machine: string, nic: string): string {
  const plain = `${machine}-${nic}`
  if (plain.length <= linkNameBytes && !plain.includes('.')) return plain
  const hash = createHash('sha256').update(`${machine}/${nic}`).digest('hex')
  return `tap.${hash.slice(0, linkNameBytes - 4)}`
}

const sharedPrefix = 'nk-'
const placeDigits = 5
const deviceDigits = 7

/**
 * Names for a machine that others use as well: `nk-`, five characters for the lab, seven for the device. `place` is
 * where the lab's state is, since labs of different homes may have the same name.
 */
export function sharedNames(lab: string, place: string): DeviceNames {
  const prefix = `${sharedPrefix}${digits(place, placeDigits)}`
  const name = (...of: readonly string[]) => prefix + digits(JSON.stringify(of), deviceDigits)
  return {
    bridge: (switchName) => name(switchName),
    tap: (machine, nic) => name(machine, nic),
    shared: { alias: `nestlab ${lab} ${prefix}`, prefix },
  }
}

/** 36 different ones, so that few of them tell many devices apart. */
function digits(text: string, count: number): string {
  const hash = createHash('sha256').update(text).digest()
  return hash.readBigUInt64BE().toString(36).padStart(count, '0').slice(-count)
}

/** Sets `owner` to the alias of a device; empty for one without, or one that is not there. */
export const readOwner = (device: string): string =>
  `owner=; { read -r owner < "/sys/class/net/${device}/ifalias"; } 2>/dev/null || :`

/**
 * A line that makes a device unless it is there, and one that calls it ours. Whoever was killed between the two leaves
 * one without an alias, which is ours by its name.
 */
export function makeDevice({ shared }: DeviceNames, device: string, how: string): string[] {
  const made = `[ -e /sys/class/net/${device} ] || ${how}`
  return shared ? [...claimDevice({ shared }, device), made, labelDevice({ shared }, device)] : [made]
}

/** Lines that end the script where the device is somebody else's. */
export function claimDevice({ shared }: Pick<DeviceNames, 'shared'>, device: string): string[] {
  if (!shared) return []
  const refusal = words(`the network device ${device} is not of this lab (ip link show ${device}).`)
  return [
    readOwner(device),
    `case $owner in ''|${words(shared.alias)}) ;; *) echo ${refusal} >&2; exit 1 ;; esac`,
  ]
}

export function labelDevice({ shared }: Pick<DeviceNames, 'shared'>, device: string): string {
  return shared ? `ip link set dev ${device} alias ${words(shared.alias)} </dev/null` : ''
}

/** Lines that remove a device if it is there and ours. */
export function removeDevice({ shared }: Pick<DeviceNames, 'shared'>, device: string): string[] {
  const remove = `[ ! -e /sys/class/net/${device} ] || ip link del dev ${device} </dev/null`
  if (!shared) return [remove]
  return [readOwner(device), `case $owner in ''|${words(shared.alias)}) ${remove} ;; esac`]
}
