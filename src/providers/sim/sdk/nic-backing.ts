/** Network adapters of machines: their addresses, and what they are plugged into. */
import { randomInt } from 'node:crypto'
import { isRef, numberAt, refAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { faults } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

/** Throws `InvalidDeviceSpec`, and `ManagedObjectNotFound` for a network that is gone. */
export function settledNic(
  world: World,
  nic: VimObject,
  {
    index,
    host,
    others,
  }: { readonly index: number; readonly host?: SimObject; readonly others: readonly VimObject[] },
): VimObject {
  const type = textAt(nic, 'addressType') ?? 'generated'
  if (!['generated', 'assigned', 'manual', 'Generated', 'Assigned', 'Manual'].includes(type)) {
    throw faults.device(index, 'virtualDeviceSpec.device.addressType')
  }
  const mac = textAt(nic, 'macAddress') ?? ''
  const isManual = type.toLowerCase() === 'manual'
  // The lowest bit of the first byte is that of groups.
  const isUsable =
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac) && Number.parseInt(mac.slice(0, 2), 16) % 2 === 0
  if (isManual && !isUsable) throw faults.device(index, 'virtualDeviceSpec.device.macAddress')
  const taken = others.map((one) => textAt(one, 'macAddress'))
  if (isManual && taken.includes(mac.toLowerCase()))
    throw faults.device(index, 'virtualDeviceSpec.device.macAddress')
  return {
    ...nic,
    addressType: isManual ? 'manual' : world.isVCenter ? 'assigned' : 'generated',
    macAddress: isUsable ? mac.toLowerCase() : freshMac(world, taken),
    wakeOnLanEnabled: nic.wakeOnLanEnabled ?? true,
    backing: settledBacking(world, nic.backing as VimObject | undefined, { index, ...(host && { host }) }),
  }
}

function freshMac(world: World, taken: readonly (string | undefined)[]): string {
  for (;;) {
    const bytes = [randomInt(world.isVCenter ? 0x80 : 0x100), randomInt(0x100), randomInt(0x100)]
    const [first = 0, ...rest] = bytes
    const inOui = world.isVCenter ? [0x80 + first, ...rest] : bytes
    const prefix = world.isVCenter ? '00:50:56' : '00:0c:29'
    const mac = [prefix, ...inOui.map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
    if (!taken.includes(mac)) return mac
  }
}

function settledBacking(
  world: World,
  backing: VimObject | undefined,
  { index, host }: { readonly index: number; readonly host?: SimObject },
): VimObject {
  if (backing?.$type === 'VirtualEthernetCardNetworkBackingInfo') {
    const network = networkOf(world, backing, host)
    if (!network) throw faults.device(index, 'virtualDeviceSpec.device.backing')
    return { ...backing, deviceName: network.name, network: network.ref, useAutoDetect: false }
  }
  if (backing?.$type === 'VirtualEthernetCardDistributedVirtualPortBackingInfo') {
    return { ...backing, port: settledPort(world, backing.port as VimObject, index) }
  }
  throw faults.device(index, 'virtualDeviceSpec.device.backing')
}

function networkOf(world: World, backing: VimObject, host: SimObject | undefined): SimObject | undefined {
  const named = backing.network
  const seen = host ? host.refs('network') : world.all('Network').map(({ ref }) => ref)
  if (named !== undefined && isRef(named)) {
    const network = world.need(named)
    return seen.some(({ value }) => value === network.ref.value) && network.ref.type === 'Network'
      ? network
      : undefined
  }
  return world
    .all('Network')
    .find(
      ({ ref, name }) =>
        ref.type === 'Network' &&
        name === backing.deviceName &&
        seen.some(({ value }) => value === ref.value),
    )
}

function settledPort(world: World, port: VimObject, index: number): VimObject {
  const dvs = world
    .all('DistributedVirtualSwitch')
    .find((one) => one.object('config').uuid === textAt(port, 'switchUuid'))
  const group = world
    .all('DistributedVirtualPortgroup')
    .find((one) => one.get('key') === textAt(port, 'portgroupKey'))
  const owner = group && refAt(group.object('config'), 'distributedVirtualSwitch')
  if (!dvs || !group || owner?.value !== dvs.ref.value || group.object('config').uplink === true) {
    throw faults.device(index, 'virtualDeviceSpec.device.backing.port')
  }
  const portKey = textAt(port, 'portKey') ?? freePort(world, group)
  if (portKey === undefined) throw faults.device(index, 'virtualDeviceSpec.device.backing.port')
  return { ...port, portKey, connectionCookie: numberAt(port, 'connectionCookie') ?? randomInt(2 ** 31 - 1) }
}

/** Static groups have so many ports; ephemeral ones make them, and those that grow do so too. */
function freePort(world: World, group: SimObject): string | undefined {
  const config = group.object('config')
  const taken = new Set(portsOf(world, group))
  const most =
    config.type === 'ephemeral' || config.autoExpand === true ? 8192 : (numberAt(config, 'numPorts') ?? 0)
  for (let port = 0; port < most; port += 1) if (!taken.has(String(port))) return String(port)
  return undefined
}

export function portsOf(world: World, group: SimObject): readonly string[] {
  return nicsOn(world, group.ref.value).flatMap(({ nic }) => textAt(nic, 'backing', 'port', 'portKey') ?? [])
}

/** Adapters that are plugged into a network, whoever has them. */
export function nicsOn(
  world: World,
  networkId: string,
): readonly { readonly machine: SimObject; readonly nic: VimObject }[] {
  return world.all('VirtualMachine').flatMap((machine) =>
    devicesOf(machine)
      .filter((nic) => networkIdOf(world, nic) === networkId)
      .map((nic) => ({ machine, nic })),
  )
}

export function networkIdOf(world: World, nic: VimObject): string | undefined {
  const network = refAt(nic, 'backing', 'network')
  if (network && textAt(nic, 'macAddress') !== undefined) return network.value
  const key = textAt(nic, 'backing', 'port', 'portgroupKey')
  if (key === undefined) return undefined
  return world.all('DistributedVirtualPortgroup').find((one) => one.get('key') === key)?.ref.value
}

export function devicesOf(machine: SimObject): readonly VimObject[] {
  const hardware = machine.object('config').hardware as VimObject | undefined
  return (hardware?.device as readonly VimObject[] | undefined) ?? []
}
