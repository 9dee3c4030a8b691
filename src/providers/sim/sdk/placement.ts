/** Where a machine may go: which host of a pool takes it. */
import { flagAt, type MoRef, numberAt, textAt } from '../../vsphere/soap/vim-value.ts'
import { powerOf } from './machine-object.ts'
import { faults } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

/** The compute resource of a pool. */
export function ownerOf(world: World, pool: SimObject): SimObject {
  const owner = world.find(pool.ref1('owner'))
  if (owner) return owner
  throw faults.argument('pool')
}

/** The host that is asked for, or the one that the server chooses. Throws faults. */
export function placed(world: World, pool: SimObject, host: MoRef | undefined): SimObject {
  const owner = ownerOf(world, pool)
  const hosts = owner.refs('host').flatMap((ref) => world.find(ref) ?? [])
  if (host) {
    const wanted = world.need(host)
    if (!hosts.includes(wanted)) throw faults.argument('host')
    checkWilling(wanted)
    return wanted
  }
  const hasDrs = flagAt(owner.get('configurationEx'), 'drsConfig', 'enabled') === true
  if (hosts.length > 1 && !hasDrs) throw faults.argument('host')
  const [first] = hosts.filter(isWilling)
  if (first) return first
  throw faults.hostState(hosts[0]?.ref ?? owner.ref)
}

export function isWilling(host: SimObject): boolean {
  const runtime = host.get('runtime')
  return textAt(runtime, 'connectionState') === 'connected' && flagAt(runtime, 'inMaintenanceMode') !== true
}

/** Throws `InvalidHostState`. */
export function checkWilling(host: SimObject): void {
  if (!isWilling(host)) throw faults.hostState(host.ref)
}

/** Throws `InsufficientMemoryResourcesFault` when what runs there has been promised too much already. */
export function checkMemory(world: World, host: SimObject, machine: SimObject): void {
  const bytes = numberAt(host.get('summary'), 'hardware', 'memorySize') ?? 0
  const running = world
    .all('VirtualMachine')
    .filter((one) => one !== machine && powerOf(one) === 'poweredOn' && isOn(one, host))
  const promised = running.reduce((sum, one) => sum + promisedMiB(one), 0)
  const unreserved = Math.floor(bytes / 1024 / 1024) - promised
  const wanted = promisedMiB(machine)
  if (wanted > unreserved) throw faults.noMemory(unreserved * 1024 * 1024, wanted * 1024 * 1024)
}

function isOn(machine: SimObject, host: SimObject): boolean {
  return (machine.object('runtime').host as MoRef).value === host.ref.value
}

function promisedMiB(machine: SimObject): number {
  const config = machine.get('config')
  const isLocked = flagAt(config, 'memoryReservationLockedToMax') === true
  const reserved = numberAt(config, 'memoryAllocation', 'reservation') ?? 0
  return isLocked ? (numberAt(config, 'hardware', 'memoryMB') ?? 0) : reserved
}
