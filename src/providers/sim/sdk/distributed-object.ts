/** Distributed switches and their port groups as objects of the inventory. */
import { listAt, type MoRef, numberAt, refAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { makeEntity, removeEntity } from './entity.ts'
import { nicsOn, portsOf } from './nic-backing.ts'
import { isNewer } from './schema.ts'
import { faults } from './sdk-fault.ts'
import { isPlain, mergedDeep, newUuid, type SimObject, type World } from './world.ts'

/** Versions of distributed switches, and the API version that brought each. */
const versions: readonly (readonly [version: string, api: string])[] = [
  ['5.0.0', '5.0'],
  ['5.1.0', '5.1'],
  ['5.5.0', '5.5'],
  ['6.0.0', '6.0'],
  ['6.5.0', '6.5'],
  ['6.6.0', '6.7'],
  ['7.0.0', '7.0.0.0'],
  ['7.0.2', '7.0.2.0'],
  ['7.0.3', '7.0.3.0'],
  ['8.0.0', '8.0.0.1'],
  ['8.0.3', '8.0.3.0'],
  ['9.0.0', '9.0.0.0'],
]

/** The newest that the server makes, or the one that is asked for. Throws `InvalidArgument`. */
export function switchVersion(api: string, asked: string | undefined): string {
  const known = versions.filter(([, since]) => !isNewer(since, api)).map(([version]) => version)
  const wanted = asked ?? known.at(-1) ?? '5.0.0'
  if (!known.includes(wanted)) throw faults.argument('productInfo.version')
  return wanted
}

/** MAC learning came with 6.6.0. */
export function learns(version: string): boolean {
  return !isNewer('6.6.0', version)
}

const flag = (value: boolean) => ({ inherited: false, value })

/** All rejected, no VLAN, nothing learned. */
export function closedPorts(version: string): VimObject {
  return {
    $type: 'VMwareDVSPortSetting',
    blocked: flag(false),
    vlan: { $type: 'VmwareDistributedVirtualSwitchVlanIdSpec', inherited: false, vlanId: 0 },
    securityPolicy: {
      inherited: false,
      allowPromiscuous: flag(false),
      macChanges: flag(false),
      forgedTransmits: flag(false),
    },
    ...(learns(version) && {
      macManagementPolicy: {
        inherited: false,
        allowPromiscuous: false,
        macChanges: false,
        forgedTransmits: false,
        macLearningPolicy: {
          inherited: false,
          enabled: false,
          allowUnicastFlooding: true,
          limit: 4096,
          limitPolicy: 'DROP',
        },
      },
    }),
  }
}

/** The group's own settings over those there were. The two ways to say the policies are one and the same thing. */
export function settledPorts(
  before: VimObject,
  wanted: VimObject | undefined,
  { version, ofSwitch = before }: { readonly version: string; readonly ofSwitch?: VimObject },
): VimObject {
  if (!wanted) return before
  const own = Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [
      name,
      isPlain(value) && value.inherited === true && ofSwitch[name] !== undefined ? ofSwitch[name] : value,
    ]),
  ) as VimObject
  if (own.macManagementPolicy !== undefined && !learns(version)) {
    throw faults.notSupported(`A distributed switch of version ${version} does not learn MAC addresses.`)
  }
  // Another kind of VLAN replaces the one before as a whole.
  const settled = mergedDeep(before, { ...own, $type: 'VMwareDVSPortSetting' })
  if (!learns(version)) return settled
  const { macManagementPolicy, securityPolicy } = own
  if (isPlain(macManagementPolicy)) return { ...settled, securityPolicy: asOlder(settled) }
  return isPlain(securityPolicy) ? { ...settled, macManagementPolicy: asNewer(settled) } : settled
}

const names = ['allowPromiscuous', 'macChanges', 'forgedTransmits'] as const

function asOlder(settled: VimObject): VimObject {
  const newer = settled.macManagementPolicy as VimObject
  return { inherited: false, ...Object.fromEntries(names.map((name) => [name, flag(newer[name] === true)])) }
}

function asNewer(settled: VimObject): VimObject {
  const older = settled.securityPolicy as VimObject
  const flags = names.map((name) => [name, (older[name] as VimObject | undefined)?.value === true])
  return { ...(settled.macManagementPolicy as VimObject), ...Object.fromEntries(flags) }
}

export interface GroupOrder {
  readonly dvs: SimObject
  readonly folder: SimObject
  readonly name: string
  readonly config: VimObject
}

export function makeGroup(world: World, { dvs, folder, name, config }: GroupOrder): SimObject {
  const id = world.nextId('dvportgroup-')
  const group = makeEntity(world, { type: 'DistributedVirtualPortgroup', id, name, parent: folder.ref })
  group.set('key', id)
  group.set('config', { ...config, key: id, name, distributedVirtualSwitch: dvs.ref, configVersion: '0' })
  group.view('portKeys', () => portsOf(world, group))
  group.view('vm', () => [...new Set(nicsOn(world, id).map(({ machine }) => machine.ref))])
  group.view('host', () => membersOf(dvs))
  group.view('summary', () => ({ network: group.ref, name: group.name, accessible: true, ipPoolName: '' }))
  folder.addRef('childEntity', group.ref)
  dvs.addRef('portgroup', group.ref)
  for (const ref of membersOf(dvs)) world.find(ref)?.addRef('network', group.ref)
  return group
}

export function membersOf(dvs: SimObject): readonly MoRef[] {
  return listAt(dvs.get('config'), 'host').flatMap((member) => refAt(member, 'config', 'host') ?? [])
}

export function dvsSummary(world: World, dvs: SimObject): VimObject {
  const config = dvs.object('config')
  const groups = dvs.refs('portgroup').flatMap((ref) => world.find(ref) ?? [])
  const machines = groups.flatMap((group) => group.refs('vm'))
  return {
    name: dvs.name,
    uuid: config.uuid,
    numPorts: config.numPorts,
    productInfo: config.productInfo,
    hostMember: membersOf(dvs),
    host: membersOf(dvs),
    vm: machines,
    portgroupName: groups.map(({ name }) => name),
    numHosts: membersOf(dvs).length,
  }
}

/** The next number: whoever changes something has to name the one before. */
export function nextVersion(config: VimObject): string {
  return String(Number(textAt(config, 'configVersion') ?? 0) + 1)
}

/** Throws `ConcurrentAccess`, and `InvalidArgument` where the number is missing. */
export function checkVersion(config: VimObject, specification: VimObject): void {
  const asked = textAt(specification, 'configVersion')
  if (asked === undefined) throw faults.argument('spec.configVersion')
  if (asked !== config.configVersion) throw faults.conflict()
}

export function destroyGroup(world: World, group: SimObject): void {
  if (group.object('config').uplink === true) throw faults.notSupported()
  if (group.refs('vm').length > 0) throw faults.inUse(group.name, 'DistributedVirtualPortgroup')
  const dvs = world.find(refAt(group.get('config'), 'distributedVirtualSwitch'))
  dvs?.dropRef('portgroup', group.ref)
  for (const host of world.all('HostSystem')) host.dropRef('network', group.ref)
  removeEntity(world, group)
}

export function destroyDistributed(world: World, dvs: SimObject): void {
  const groups = dvs.refs('portgroup').flatMap((ref) => world.find(ref) ?? [])
  if (groups.some((group) => group.refs('vm').length > 0))
    throw faults.inUse(dvs.name, 'DistributedVirtualSwitch')
  for (const group of groups) {
    for (const host of world.all('HostSystem')) host.dropRef('network', group.ref)
    removeEntity(world, group)
  }
  removeEntity(world, dvs)
}

export const freshUuid = () => {
  const hex = newUuid().replace(/-/g, '')
  // As vCenter writes those of switches: `50 2a … c1-d2 …`.
  const pairs = hex.match(/../g) ?? []
  return `${pairs.slice(0, 8).join(' ')}-${pairs.slice(8).join(' ')}`
}

export function portsWanted(specification: VimObject): number {
  return numberAt(specification, 'numPorts') ?? 8
}
