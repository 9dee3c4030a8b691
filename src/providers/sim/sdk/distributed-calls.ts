/** Distributed switches and their port groups are made and changed. */
import { listAt, type MoRef, numberAt, refAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, TaskMethods } from './call.ts'
import {
  checkVersion,
  closedPorts,
  dvsSummary,
  freshUuid,
  makeGroup,
  nextVersion,
  portsWanted,
  settledPorts,
  switchVersion,
} from './distributed-object.ts'
import { checkSibling, makeEntity, storedName } from './entity.ts'
import { networkOfSystem, uplinksOf } from './host-network.ts'
import { rename } from './machine-calls.ts'
import { nicsOn } from './nic-backing.ts'
import { listOf } from './properties.ts'
import { nicsOf, takenByProxy } from './proxy-switches.ts'
import { faults } from './sdk-fault.ts'
import { isPlain, merged, type SimObject, type World } from './world.ts'

export const distributedTasks: TaskMethods = {
  CreateDVS_Task: {
    check: ({ world }) => {
      if (!world.isVCenter) throw faults.notSupported()
    },
    run: createSwitch,
  },
  ReconfigureDvs_Task: { run: reconfigureSwitch },
  AddDVPortgroup_Task: {
    run: ({ world, target, parameters }) => {
      const specifications = listOf(parameters, 'spec')
      const folder = world.need(target.ref1('parent') ?? target.ref)
      const taken = new Set<string>()
      for (const one of specifications) {
        const name = storedName(textAt(one, 'name') ?? '')
        checkSibling(world, folder, name)
        if (taken.has(name)) throw faults.duplicate(name, target.ref)
        taken.add(name)
        checkGroup(one)
      }
      for (const one of specifications) addGroup(world, { dvs: target, folder, specification: one })
      return undefined
    },
  },
  ReconfigureDVPortgroup_Task: {
    run: ({ world, target, parameters }) => {
      const specification = parameters.spec as VimObject
      const config = target.object('config')
      checkVersion(config, specification)
      checkGroup(specification)
      const ports = settledPorts(
        config.defaultPortConfig as VimObject,
        isPlain(specification.defaultPortConfig) ? specification.defaultPortConfig : undefined,
        { version: versionOf(world, config), ofSwitch: ofSwitch(world, config) },
      )
      const name = textAt(specification, 'name')
      if (name !== undefined && name !== target.name) rename(world, target, name)
      const { $type: _type, ...changes } = specification
      target.set('config', {
        ...merged(config, { ...changes, name: target.name }),
        defaultPortConfig: ports,
        configVersion: nextVersion(config),
      })
      return undefined
    },
  },
}

function versionOf(world: World, groupConfig: VimObject): string {
  const dvs = world.find(refAt(groupConfig, 'distributedVirtualSwitch'))
  return textAt(dvs?.get('config'), 'productInfo', 'version') ?? '6.0.0'
}

function ofSwitch(world: World, groupConfig: VimObject): VimObject {
  const dvs = world.find(refAt(groupConfig, 'distributedVirtualSwitch'))
  return (dvs?.object('config').defaultPortConfig as VimObject | undefined) ?? {}
}

function createSwitch({ world, target, parameters }: CallContext): MoRef {
  const { configSpec, productInfo } = parameters.spec as {
    readonly configSpec: VimObject
    readonly productInfo?: VimObject
  }
  const name = storedName(textAt(configSpec, 'name') ?? '')
  checkSibling(world, target, name)
  const version = switchVersion(world.api, textAt(productInfo, 'version'))
  const members = listOf(configSpec, 'host').map((one) => memberOf(world, one))
  const id = world.nextId('dvs-')
  const dvs = makeEntity(world, { type: 'VmwareDistributedVirtualSwitch', id, name, parent: target.ref })
  const uuid = freshUuid()
  const own = isPlain(configSpec.defaultPortConfig) ? configSpec.defaultPortConfig : undefined
  dvs.set('uuid', uuid)
  dvs.set('portgroup', [])
  dvs.set('capability', { dvsOperationSupported: true })
  dvs.view('summary', () => dvsSummary(world, dvs))
  dvs.set('config', {
    $type: 'VMwareDVSConfigInfo',
    uuid,
    name,
    numStandalonePorts: 0,
    numPorts: 0,
    maxPorts: numberAt(configSpec, 'maxPorts') ?? 60000,
    uplinkPortPolicy: configSpec.uplinkPortPolicy ?? uplinkNames,
    defaultPortConfig: settledPorts(closedPorts(version), own, { version }),
    host: members,
    productInfo: { name: 'DVS', vendor: 'VMware, Inc.', version, build: '1' },
    configVersion: '1',
    contact: {},
    createTime: world.timestamp(),
    networkResourceManagementEnabled: true,
    maxMtu: checkedMtu(configSpec) ?? 1500,
    pvlanConfig: [],
  })
  target.addRef('childEntity', dvs.ref)
  const uplinks = { name: `${name}-DVUplinks-${id.replace('dvs-', '')}`, type: 'earlyBinding', numPorts: 4 }
  const uplinkGroup = addGroup(world, { dvs, folder: target, specification: uplinks, isUplink: true })
  dvs.set('config', { ...dvs.object('config'), uplinkPortgroup: [uplinkGroup.ref] })
  return dvs.ref
}

const uplinkNames = {
  $type: 'DVSNameArrayUplinkPortPolicy',
  uplinkPortName: ['Uplink 1', 'Uplink 2', 'Uplink 3', 'Uplink 4'],
}

function checkedMtu(specification: VimObject): number | undefined {
  const mtu = numberAt(specification, 'maxMtu')
  if (mtu !== undefined && (mtu < 1280 || mtu > 9000)) throw faults.argument('spec.maxMtu')
  return mtu
}

function memberOf(world: World, specification: VimObject, dvs?: MoRef): VimObject {
  const host = world.need(specification.host as MoRef)
  for (const device of nicsOf(specification)) {
    const network = networkOfSystem(world.need(host.object('configManager').networkSystem as MoRef))
    if (!network?.nics.some((nic) => nic.device === device)) throw faults.notFound(device)
    const standard = [...network.switches.values()].some(({ spec }) => uplinksOf(spec).includes(device))
    if (standard || takenByProxy(world, host, dvs).includes(device)) throw faults.inUse(device, 'PhysicalNic')
  }
  return {
    config: {
      host: host.ref,
      maxProxySwitchPorts: numberAt(specification, 'maxProxySwitchPorts') ?? 1536,
      backing: specification.backing ?? {
        $type: 'DistributedVirtualSwitchHostMemberPnicBacking',
        pnicSpec: [],
      },
    },
    status: 'up',
    uplinkPortKey: [],
  }
}

function reconfigureSwitch({ world, target, parameters }: CallContext): undefined {
  const specification = parameters.spec as VimObject
  const config = target.object('config')
  checkVersion(config, specification)
  const mtu = checkedMtu(specification)
  const host = changedMembers(world, target, listOf(specification, 'host'))
  const own = isPlain(specification.defaultPortConfig) ? specification.defaultPortConfig : undefined
  const version = textAt(config, 'productInfo', 'version') ?? '6.0.0'
  const defaultPortConfig = settledPorts(config.defaultPortConfig as VimObject, own, { version })
  const name = textAt(specification, 'name')
  if (name !== undefined && name !== target.name) rename(world, target, name)
  target.set('config', {
    ...merged(config, { maxMtu: mtu, description: specification.description, name: target.name }),
    host,
    defaultPortConfig,
    configVersion: nextVersion(config),
  })
  tellHosts(world, target)
  return undefined
}

function changedMembers(world: World, dvs: SimObject, changes: readonly VimObject[]): readonly VimObject[] {
  let members: readonly VimObject[] = listOf(dvs.object('config'), 'host')
  for (const change of changes) {
    const ref = change.host as MoRef
    const isThere = members.some((member) => refAt(member, 'config', 'host')?.value === ref.value)
    const operation = textAt(change, 'operation')
    if (operation === 'add' ? isThere : !isThere) throw faults.argument('spec.host')
    const others = members.filter((member) => refAt(member, 'config', 'host')?.value !== ref.value)
    if (operation === 'remove') checkUnused(world, dvs, ref)
    members = operation === 'remove' ? others : [...others, memberOf(world, change, dvs.ref)]
  }
  return members
}

/** A host leaves only when none of its machines is plugged in. */
function checkUnused(world: World, dvs: SimObject, host: MoRef): void {
  const isUsed = dvs
    .refs('portgroup')
    .some(({ value }) =>
      nicsOn(world, value).some(
        ({ machine }) => (machine.object('runtime').host as MoRef).value === host.value,
      ),
    )
  if (isUsed) throw faults.inUse(dvs.name, 'DistributedVirtualSwitch')
}

function tellHosts(world: World, dvs: SimObject): void {
  const members = listAt(dvs.get('config'), 'host').flatMap(
    (member) => refAt(member, 'config', 'host')?.value ?? [],
  )
  for (const host of world.all('HostSystem')) {
    for (const group of dvs.refs('portgroup')) {
      if (members.includes(host.ref.value)) host.addRef('network', group)
      else host.dropRef('network', group)
    }
  }
}

function checkGroup(specification: VimObject): void {
  const type = textAt(specification, 'type')
  if (type !== undefined && !['earlyBinding', 'lateBinding', 'ephemeral'].includes(type)) {
    throw faults.argument('spec.type')
  }
  const vlan = numberAt(specification, 'defaultPortConfig', 'vlan', 'vlanId')
  if (vlan !== undefined && (vlan < 0 || vlan > 4094))
    throw faults.argument('spec.defaultPortConfig.vlan.vlanId')
  for (const range of listAt(specification, 'defaultPortConfig', 'vlan', 'vlanId')) {
    const [start, end] = [numberAt(range, 'start') ?? 0, numberAt(range, 'end') ?? 0]
    if (start < 0 || end > 4094 || start > end) throw faults.argument('spec.defaultPortConfig.vlan.vlanId')
  }
}

interface Adding {
  readonly dvs: SimObject
  readonly folder: SimObject
  readonly specification: VimObject
  readonly isUplink?: boolean
}

function addGroup(world: World, { dvs, folder, specification, isUplink = false }: Adding): SimObject {
  const config = dvs.object('config')
  const version = textAt(config, 'productInfo', 'version') ?? '6.0.0'
  const own = isPlain(specification.defaultPortConfig) ? specification.defaultPortConfig : undefined
  const type = textAt(specification, 'type') ?? 'earlyBinding'
  const group = makeGroup(world, {
    dvs,
    folder,
    name: storedName(textAt(specification, 'name') ?? ''),
    config: {
      numPorts: type === 'ephemeral' ? 0 : portsWanted(specification),
      defaultPortConfig: settledPorts(config.defaultPortConfig as VimObject, own, { version }),
      description: textAt(specification, 'description') ?? '',
      type,
      backingType: 'standard',
      policy: specification.policy ?? { $type: 'VMwareDVSPortgroupPolicy', ...groupPolicy },
      autoExpand: specification.autoExpand ?? type === 'earlyBinding',
      uplink: isUplink,
    },
  })
  dvs.set('config', { ...dvs.object('config'), configVersion: nextVersion(dvs.object('config')) })
  return group
}

const groupPolicy = {
  blockOverrideAllowed: true,
  shapingOverrideAllowed: false,
  vendorConfigOverrideAllowed: false,
  livePortMovingAllowed: false,
  portConfigResetAtDisconnect: true,
  vlanOverrideAllowed: false,
  uplinkTeamingOverrideAllowed: false,
  securityPolicyOverrideAllowed: false,
}
