/** Hosts and clusters as objects of the inventory. */
import { createHash } from 'node:crypto'
import { type MoRef, numberAt, refAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { aboutHost } from './about.ts'
import { makeEntity } from './entity.ts'
import { giveDisks, storageOf } from './host-disks.ts'
import { firstDns, giveVolumes } from './host-identity.ts'
import { attachNetwork, HostNetwork, keptSpec, physicalNic } from './host-network.ts'
import { allocation } from './machine-config.ts'
import { powerOf } from './machine-object.ts'
import type { SdkInventory } from './options.ts'
import { makePool } from './pool-calls.ts'
import { mergedDeep, type SimObject, type World } from './world.ts'

const mebibyte = 1024 * 1024
const coreMhz = 2400
const cores = 16
/** With the system on it. */
const bootDisk = { name: 'mpx.vmhba0:C0:T0:L0', sizeMiB: 32_768, isWritten: true }

export interface ClusterOrder {
  readonly name: string
  readonly parent: SimObject
  /** Absent: a compute resource of one host. */
  readonly specification?: VimObject
}

export function makeCluster(world: World, { name, parent, specification }: ClusterOrder): SimObject {
  const isCluster = specification !== undefined
  const type = isCluster ? 'ClusterComputeResource' : 'ComputeResource'
  const id = world.isVCenter ? world.nextId(isCluster ? 'domain-c' : 'domain-s') : 'ha-compute-res'
  const compute = makeEntity(world, { type, id, name, parent: parent.ref })
  compute.set('host', [])
  for (const property of ['datastore', 'network'])
    compute.view(property, () => unitedRefs(world, compute, property))
  const browser = world.make('EnvironmentBrowser', `envbrowser-${id}`)
  compute.set('environmentBrowser', browser.ref)
  const config = { vmSwapPlacement: 'vmDirectory', spbmEnabled: false }
  const cluster = {
    $type: 'ClusterConfigInfoEx',
    ...config,
    dasConfig: { enabled: false, hostMonitoring: 'enabled', failoverLevel: 1, admissionControlEnabled: true },
    drsConfig: { enabled: false, defaultVmBehavior: 'fullyAutomated', vmotionRate: 3 },
  }
  compute.set(
    'configurationEx',
    specification ? mergedCluster(cluster, specification) : { $type: 'ComputeResourceConfigInfo', ...config },
  )
  compute.view('summary', () => summaryOf(world, compute))
  const pool = makePool(world, {
    type: 'ResourcePool',
    name: 'Resources',
    parent: compute.ref,
    owner: compute.ref,
    specification: {
      cpuAllocation: allocation('normal', 4000),
      memoryAllocation: allocation('normal', 163840),
    },
    ...(!world.isVCenter && { id: 'ha-root-pool' }),
  })
  compute.set('resourcePool', pool.ref)
  parent.addRef('childEntity', compute.ref)
  return compute
}

/** What a specification makes of a cluster's configuration. */
export function mergedCluster(before: VimObject, specification: VimObject): VimObject {
  const { dasConfig, drsConfig, vmSwapPlacement, spbmEnabled, vsanConfig } = specification
  const vsanConfigInfo = vsanConfig as VimObject | undefined
  return mergedDeep(before, {
    dasConfig,
    drsConfig,
    vmSwapPlacement,
    spbmEnabled,
    vsanConfigInfo,
  } as VimObject)
}

function unitedRefs(world: World, compute: SimObject, property: string): readonly MoRef[] {
  const refs = compute.refs('host').flatMap((ref) => world.find(ref)?.refs(property) ?? [])
  return [...new Map(refs.map((ref) => [ref.value, ref])).values()]
}

function summaryOf(world: World, compute: SimObject): VimObject {
  const hosts = compute.refs('host').flatMap((ref) => world.find(ref) ?? [])
  const memory = hosts.reduce(
    (sum, host) => sum + (numberAt(host.get('summary'), 'hardware', 'memorySize') ?? 0),
    0,
  )
  const isCluster = compute.ref.type === 'ClusterComputeResource'
  const evc = compute.get('#evc')
  return {
    $type: isCluster ? 'ClusterComputeResourceSummary' : 'ComputeResourceSummary',
    totalCpu: hosts.length * cores * coreMhz,
    totalMemory: memory,
    numCpuCores: hosts.length * cores,
    numCpuThreads: hosts.length * cores * 2,
    effectiveCpu: hosts.length * cores * coreMhz,
    effectiveMemory: Math.floor(memory / mebibyte),
    numHosts: hosts.length,
    numEffectiveHosts: hosts.length,
    overallStatus: 'green',
    ...(isCluster && {
      currentFailoverLevel: hosts.length - 1,
      numVmotions: 0,
      ...(typeof evc === 'string' && { currentEVCModeKey: evc }),
    }),
  }
}

export interface HostOrder {
  readonly name: string
  readonly compute: SimObject
  readonly networkFolder: SimObject
  readonly inventory: SdkInventory
}

export function makeHost(world: World, { name, compute, networkFolder, inventory }: HostOrder): SimObject {
  const id = world.isVCenter ? world.nextId('host-') : 'ha-host'
  const host = makeEntity(world, { type: 'HostSystem', id, name, parent: compute.ref })
  host.set('network', [])
  host.set('datastore', [])
  host.set('runtime', {
    connectionState: 'connected',
    powerState: 'poweredOn',
    inMaintenanceMode: false,
    bootTime: world.timestamp(),
  })
  host.view('vm', () => machinesOf(world, host).map(({ ref }) => ref))
  const { nestedSupported } = inventory
  host.set('capability', nestedSupported === undefined ? {} : { nestedHVSupported: nestedSupported })
  const { disks = [bootDisk], drives = [], copiedVolumes = [] } = inventory
  giveDisks(host, { disks, drives })
  giveVolumes(host, copiedVolumes)
  const network = networkFor(world, host, inventory)
  host.set('configManager', systemsOf(world, host, network))
  host.view('summary', () => hostSummary(world, host, inventory))
  host.view('config', () => hostConfig(world, host, network))
  compute.addRef('host', host.ref)
  network.tellNetworks(networkFolder)
  return host
}

function machinesOf(world: World, host: SimObject): readonly SimObject[] {
  return world
    .all('VirtualMachine')
    .filter((machine) => refAt(machine.get('runtime'), 'host')?.value === host.ref.value)
}

/** One switch with an uplink, a port group for machines and one for the host itself, as after an installation. */
function networkFor(world: World, host: SimObject, { physicalNics = 2 }: SdkInventory): HostNetwork {
  const nics = Array.from({ length: physicalNics }, (_, number) => physicalNic(`vmnic${number}`, number))
  const network = new HostNetwork(world, host, nics)
  const bridge = { $type: 'HostVirtualSwitchBondBridge', nicDevice: ['vmnic0'], beacon: { interval: 1 } }
  const spec = keptSpec(undefined, { numPorts: 128, mtu: 1500, ...(physicalNics > 0 && { bridge }) })
  network.switches.set('vSwitch0', { name: 'vSwitch0', spec })
  for (const name of ['VM Network', 'Management Network']) {
    network.groups.set(name, { name, vlanId: 0, vswitchName: 'vSwitch0', policy: {} })
  }
  const ip = { $type: 'HostIpConfig', dhcp: true, ipAddress: '127.0.0.1', subnetMask: '255.0.0.0' }
  network.kernelNics.push({
    device: 'vmk0',
    portgroup: 'Management Network',
    spec: { ip, mac: '0c:c4:7a:00:00:10', portgroup: 'Management Network', mtu: 1500 },
  })
  return network
}

const systems = {
  networkSystem: 'HostNetworkSystem',
  datastoreSystem: 'HostDatastoreSystem',
  storageSystem: 'HostStorageSystem',
  advancedOption: 'OptionManager',
  virtualNicManager: 'HostVirtualNicManager',
}

function systemsOf(world: World, host: SimObject, network: HostNetwork): VimObject {
  const number = host.ref.value.replace('host-', '')
  const refs = Object.entries(systems).map(([property, type]) => {
    const own = { networkSystem: 'networkSystem', datastoreSystem: 'ha-datastoresystem' } as Record<
      string,
      string
    >
    const id = world.isVCenter ? `${property}-${number}` : (own[property] ?? `ha-${property}`)
    const system = world.make(type, id)
    system.set('#host', host.ref)
    return [property, system.ref] as const
  })
  const manager = Object.fromEntries(refs)
  const networkSystem = world.need(manager.networkSystem as MoRef)
  attachNetwork(networkSystem, network)
  networkSystem.set('dnsConfig', firstDns(host.name))
  networkSystem.view('networkInfo', () => networkInfo(networkSystem, network))
  const datastoreSystem = world.need(manager.datastoreSystem as MoRef)
  datastoreSystem.view('datastore', () => host.refs('datastore'))
  const storage = world.need(manager.storageSystem as MoRef)
  storage.view('storageDeviceInfo', () => storageOf(host))
  const options = world.need(manager.advancedOption as MoRef)
  options.set('setting', hostOptions())
  return manager
}

function networkInfo(system: SimObject, network: HostNetwork): VimObject {
  return { ...network.info(), dnsConfig: system.object('dnsConfig') }
}

const hostOptions = (): readonly VimObject[] => [
  { $type: 'OptionValue', key: 'Net.FollowHardwareMac', value: { $as: 'xsd:long', value: 1 } },
  { $type: 'OptionValue', key: 'UserVars.SuppressShellWarning', value: { $as: 'xsd:long', value: 0 } },
]

function hostSummary(world: World, host: SimObject, { hostMemoryMiB = 262_144 }: SdkInventory): VimObject {
  const running = machinesOf(world, host).filter((machine) => powerOf(machine) === 'poweredOn')
  const used = running.reduce(
    (sum, one) => sum + (numberAt(one.get('config'), 'hardware', 'memoryMB') ?? 0),
    0,
  )
  return {
    host: host.ref,
    hardware: {
      vendor: 'Nestlab',
      model: 'Simulated host',
      uuid: stableUuid(host.ref.value),
      memorySize: hostMemoryMiB * mebibyte,
      cpuModel: 'Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz',
      cpuMhz: coreMhz,
      numCpuPkgs: 1,
      numCpuCores: cores,
      numCpuThreads: cores * 2,
      numNics: 2,
      numHBAs: 1,
    },
    runtime: host.object('runtime'),
    config: {
      name: host.name,
      port: 443,
      product: aboutHost(world.api),
      vmotionEnabled: false,
      faultToleranceEnabled: false,
    },
    quickStats: { overallCpuUsage: 0, overallMemoryUsage: used, uptime: 3600 },
    overallStatus: 'green',
    rebootRequired: false,
    maxEVCModeKey: 'intel-skylake',
  }
}

function hostConfig(world: World, host: SimObject, network: HostNetwork): VimObject {
  const options = world.find(refAt(host.get('configManager'), 'advancedOption'))
  const networkSystem = world.find(refAt(host.get('configManager'), 'networkSystem'))
  return {
    host: host.ref,
    product: aboutHost(world.api),
    network: networkSystem && networkInfo(networkSystem, network),
    storageDevice: storageOf(host),
    option: options?.get('setting') ?? [],
  }
}

function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

export function hostOfSystem(world: World, system: SimObject): SimObject {
  const ref = system.ref1('#host')
  return world.need(ref ?? system.ref)
}

export function isConnected(host: SimObject): boolean {
  return textAt(host.get('runtime'), 'connectionState') === 'connected'
}
