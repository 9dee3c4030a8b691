/** Standard switches and port groups are added, changed and taken away. */
import { listAt, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods } from './call.ts'
import { datacenterOf } from './entity.ts'
import { type HostNetwork, keptSpec, networkOfSystem, uplinksOf } from './host-network.ts'
import { listOf } from './properties.ts'
import { takenByProxy } from './proxy-switches.ts'
import { faults } from './sdk-fault.ts'
import { isPlain } from './world.ts'

const longestSwitch = 31
const allVlans = 4095

export const hostNetworkCalls: Methods = {
  AddVirtualSwitch: changing((network, { parameters, world }) => {
    const name = textAt(parameters, 'vswitchName') ?? ''
    const specification = isPlain(parameters.spec) ? parameters.spec : { numPorts: 128 }
    if (name === '' || name.length > longestSwitch) throw faults.argument('vswitchName')
    if (network.switches.has(name)) throw faults.exists(name)
    checkUplinks(network, specification, name, takenByProxy(world, network.host))
    checkSwitch(specification)
    network.switches.set(name, { name, spec: keptSpec(undefined, specification) })
  }),
  UpdateVirtualSwitch: changing((network, { parameters, world }) => {
    const { name, spec } = needSwitch(network, textAt(parameters, 'vswitchName'))
    const specification = parameters.spec as VimObject
    checkUplinks(network, specification, name, takenByProxy(world, network.host))
    checkSwitch(specification)
    network.switches.set(name, { name, spec: keptSpec(spec, specification) })
  }),
  RemoveVirtualSwitch: changing((network, { parameters }) => {
    const { name } = needSwitch(network, textAt(parameters, 'vswitchName'))
    const groups = [...network.groups].filter(([, group]) => group.vswitchName === name)
    if (groups.some(([group]) => network.isBusy(group))) throw faults.inUse(name, 'VirtualSwitch')
    for (const [group] of groups) network.groups.delete(group)
    network.switches.delete(name)
  }),
  AddPortGroup: changing((network, { parameters }) => addGroup(network, parameters.portgrp as VimObject)),
  UpdatePortGroup: changing((network, { parameters }) =>
    updateGroup(network, textAt(parameters, 'pgName') ?? '', parameters.portgrp as VimObject),
  ),
  RemovePortGroup: changing((network, { parameters }) =>
    removeGroup(network, textAt(parameters, 'pgName') ?? ''),
  ),
  RefreshNetworkSystem: () => undefined,
  AddVirtualNic: (context) => {
    const network = networkOf(context)
    const portgroup = textAt(context.parameters, 'portgroup') ?? ''
    if (!network.groups.has(portgroup)) throw faults.notFound(portgroup)
    const device = `vmk${network.kernelNics.length}`
    network.kernelNics.push({
      device,
      portgroup,
      spec: { ...(context.parameters.nic as VimObject), portgroup },
    })
    return device
  },
  UpdateNetworkConfig: (context) => {
    const network = networkOf(context)
    const config = context.parameters.config as VimObject
    const mode = textAt(context.parameters, 'changeMode')
    if (mode !== 'modify' && mode !== 'replace') throw faults.argument('changeMode')
    // Replacing all at once would cut the host off in a test that forgot something.
    if (mode === 'replace') throw faults.notSupported('Only changes are taken, not a whole configuration.')
    for (const change of listOf(config, 'vswitch')) changeSwitch(network, change)
    for (const change of listOf(config, 'portgroup')) changeGroup(network, change)
    tell(context, network)
    return { vnicDevice: [], consoleVnicDevice: [] }
  },
}

function changing(change: (network: HostNetwork, context: CallContext) => void) {
  return (context: CallContext) => {
    const network = networkOf(context)
    change(network, context)
    tell(context, network)
    return undefined
  }
}

function networkOf({ target }: CallContext): HostNetwork {
  const network = networkOfSystem(target)
  if (network) return network
  throw faults.gone(target.ref)
}

function tell({ world }: CallContext, network: HostNetwork): void {
  const folder = world.find(datacenterOf(world, network.host).ref1('networkFolder'))
  if (folder) network.tellNetworks(folder)
}

function needSwitch(network: HostNetwork, name: string | undefined) {
  const found = network.switches.get(name ?? '')
  if (found) return found
  throw faults.notFound(name ?? '')
}

function checkSwitch(specification: VimObject): void {
  const mtu = numberAt(specification, 'mtu')
  if (mtu !== undefined && (mtu < 1280 || mtu > 9000)) throw faults.argument('spec.mtu')
  const ports = numberAt(specification, 'numPorts') ?? 0
  if (ports < 1 || ports > 4088) throw faults.argument('spec.numPorts')
  const uplinks = uplinksOf(specification)
  const order = listAt(specification, 'policy', 'nicTeaming', 'nicOrder', 'activeNic')
  if (order.some((nic) => typeof nic === 'string' && !uplinks.includes(nic))) {
    throw faults.argument('spec.policy.nicTeaming.nicOrder')
  }
}

function checkUplinks(
  network: HostNetwork,
  specification: VimObject,
  name: string,
  proxied: readonly string[],
): void {
  const others = [...network.switches.values()].filter((one) => one.name !== name)
  for (const device of uplinksOf(specification)) {
    if (!network.nics.some((nic) => nic.device === device)) throw faults.notFound(device)
    const isTaken = proxied.includes(device) || others.some(({ spec }) => uplinksOf(spec).includes(device))
    if (isTaken) throw faults.inUse(device, 'PhysicalNic')
  }
}

function checkGroup(network: HostNetwork, specification: VimObject): void {
  const name = textAt(specification, 'name') ?? ''
  if (name === '' || name.length > 80) throw faults.argument('portgrp.name')
  const vlan = numberAt(specification, 'vlanId') ?? 0
  if (vlan < 0 || vlan > allVlans) throw faults.argument('portgrp.vlanId')
  needSwitch(network, textAt(specification, 'vswitchName'))
}

function addGroup(network: HostNetwork, specification: VimObject): void {
  checkGroup(network, specification)
  const name = textAt(specification, 'name') ?? ''
  if (network.groups.has(name)) throw faults.exists(name)
  network.groups.set(name, specification)
}

function updateGroup(network: HostNetwork, name: string, specification: VimObject): void {
  if (!network.groups.has(name)) throw faults.notFound(name)
  checkGroup(network, specification)
  const wanted = textAt(specification, 'name') ?? ''
  if (wanted !== name && network.groups.has(wanted)) throw faults.exists(wanted)
  if (wanted !== name && network.isBusy(name)) throw faults.inUse(name, 'PortGroup')
  network.groups.delete(name)
  network.groups.set(wanted, specification)
}

function removeGroup(network: HostNetwork, name: string): void {
  if (!network.groups.has(name)) throw faults.notFound(name)
  if (network.isBusy(name)) throw faults.inUse(name, 'PortGroup')
  network.groups.delete(name)
}

function changeSwitch(network: HostNetwork, { changeOperation, name, spec }: VimObject): void {
  const specification = isPlain(spec) ? spec : { numPorts: 128 }
  const text = typeof name === 'string' ? name : ''
  const known = network.switches.get(text)
  if (changeOperation === 'add') {
    if (known) throw faults.exists(text)
    network.switches.set(text, { name: text, spec: keptSpec(undefined, specification) })
  } else if (!known) throw faults.notFound(text)
  else if (changeOperation === 'remove') network.switches.delete(text)
  else network.switches.set(text, { name: text, spec: keptSpec(known.spec, specification) })
}

function changeGroup(network: HostNetwork, { changeOperation, spec }: VimObject): void {
  const specification = isPlain(spec) ? spec : {}
  const name = textAt(specification, 'name') ?? ''
  if (changeOperation === 'add') addGroup(network, specification)
  else if (changeOperation === 'remove') removeGroup(network, name)
  else updateGroup(network, name, specification)
}
