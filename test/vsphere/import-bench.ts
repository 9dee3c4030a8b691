/** Plants things in a simulated vCenter or ESXi host, for tests of imports. */
import { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { isRef, type MoRef, refAt, type VimObject } from '../../src/providers/vsphere/soap/vim-value.ts'
import type { Vcsim } from './vcsim.ts'

export interface PlantedGroup {
  readonly name: string
  readonly vlan?: number
  readonly promiscuous?: boolean
  readonly forgedTransmits?: boolean
  /** Default `vSwitch0`. */
  readonly onSwitch?: string
  /** Names of hosts; absent: all of them. */
  readonly hosts?: readonly string[]
}

export interface PlantedMachine {
  readonly name: string
  readonly guestId?: string
  readonly cpus?: number
  readonly memoryMiB?: number
  readonly hardwareVersion?: number
  readonly exposes?: boolean
  /** Port groups of standard switches by name, one for each NIC. */
  readonly groups?: readonly string[]
  /** Name of a port group of a distributed switch. */
  readonly distributed?: string
  readonly macs?: readonly string[]
  readonly passthrough?: boolean
  readonly firmware?: 'bios' | 'efi'
  readonly settings?: Readonly<Record<string, string>>
  readonly host?: string
}

/** Somebody who may change things; the import itself may not. */
export class Planter implements AsyncDisposable {
  readonly #connection: Connection
  readonly #hosts: ReadonlyMap<string, { readonly ref: MoRef; readonly network: MoRef }>
  readonly #folder: MoRef
  readonly #pools: ReadonlyMap<string, MoRef>
  readonly #keys: ReadonlyMap<string, string>
  readonly #datastore: string
  /** The simulator has one distributed switch. */
  readonly #switchUuid: string

  private constructor(
    connection: Connection,
    found: {
      hosts: ReadonlyMap<string, { readonly ref: MoRef; readonly network: MoRef }>
      folder: MoRef
      pools: ReadonlyMap<string, MoRef>
      keys: ReadonlyMap<string, string>
      switchUuid: string
      datastore: string
    },
  ) {
    this.#connection = connection
    this.#hosts = found.hosts
    this.#folder = found.folder
    this.#pools = found.pools
    this.#keys = found.keys
    this.#switchUuid = found.switchUuid
    this.#datastore = found.datastore
  }

  static async open(vcsim: Vcsim): Promise<Planter> {
    const { url, fingerprint, user, password } = vcsim
    const connection = await Connection.open({
      server: { url, ...(fingerprint !== undefined && { fingerprint }) },
      credentials: { user, password: async () => password },
    })
    const paths = {
      HostSystem: ['name', 'configManager', 'parent'],
      Datacenter: ['vmFolder'],
      Datastore: ['name'],
      ComputeResource: ['resourcePool'],
      DistributedVirtualPortgroup: ['name', 'key'],
      DistributedVirtualSwitch: ['uuid'],
    }
    const objects = await allBelow(connection, connection.service('rootFolder'), paths)
    const hosts = new Map<string, { ref: MoRef; network: MoRef }>()
    const pools = new Map<string, MoRef>()
    const poolOf = new Map<string, MoRef>()
    const keys = new Map<string, string>()
    let switchUuid = ''
    let folder: MoRef | undefined
    let datastore = ''
    for (const { ref, properties } of objects) {
      const pool = refAt({ pool: properties.get('resourcePool') }, 'pool')
      if (pool) poolOf.set(ref.value, pool)
      folder ??= refAt({ folder: properties.get('vmFolder') }, 'folder')
      if (ref.type === 'DistributedVirtualPortgroup')
        keys.set(String(properties.get('name')), String(properties.get('key')))
      if (ref.type === 'DistributedVirtualSwitch') switchUuid = String(properties.get('uuid'))
      if (ref.type === 'Datastore') datastore = String(properties.get('name'))
    }
    for (const { ref, properties } of objects) {
      const network = refAt(properties.get('configManager'), 'networkSystem')
      const name = String(properties.get('name'))
      const parent = refAt({ parent: properties.get('parent') }, 'parent')
      if (!network || ref.type !== 'HostSystem') continue
      hosts.set(name, { ref, network })
      const pool = poolOf.get(parent?.value ?? '')
      if (pool) pools.set(name, pool)
    }
    if (!folder) throw new Error('the simulator has no folder of machines')
    return new Planter(connection, { hosts, folder, pools, keys, switchUuid, datastore })
  }

  async addSwitch(name: string, spec: { readonly mtu?: number; readonly uplink?: string }): Promise<void> {
    for (const { network } of this.#hosts.values()) {
      const bridge = { $type: 'HostVirtualSwitchBondBridge', nicDevice: [spec.uplink ?? ''] }
      await this.#connection.call('AddVirtualSwitch', network, {
        vswitchName: name,
        spec: {
          numPorts: 128,
          ...(spec.uplink !== undefined && { bridge }),
          ...(spec.mtu !== undefined && { mtu: spec.mtu }),
        },
      })
    }
  }

  async addGroup(group: PlantedGroup): Promise<void> {
    const { name, vlan = 0, promiscuous = true, forgedTransmits = true, onSwitch = 'vSwitch0' } = group
    const security = { allowPromiscuous: promiscuous, macChanges: true, forgedTransmits }
    for (const [host, { network }] of this.#hosts) {
      if (group.hosts && !group.hosts.includes(host)) continue
      const portgrp = { name, vlanId: vlan, vswitchName: onSwitch, policy: { security } }
      await this.#connection.call('AddPortGroup', network, { portgrp })
    }
  }

  async addMachine(machine: PlantedMachine): Promise<MoRef> {
    const host = this.#hosts.get(machine.host ?? '') ?? [...this.#hosts.values()][0]
    const pool = this.#pools.get(machine.host ?? '') ?? [...this.#pools.values()][0]
    if (!host || !pool) throw new Error('the simulator has no host')
    const portgroupKey = this.#keys.get(machine.distributed ?? '') ?? ''
    const port = { switchUuid: this.#switchUuid, portgroupKey }
    const config = specOf(machine, { datastore: this.#datastore, port })
    const made = await runTask(this.#connection, 'CreateVM_Task', this.#folder, {
      config,
      pool,
      host: host.ref,
    })
    if (!isRef(made)) throw new Error('no machine was made')
    await runTask(this.#connection, 'PowerOnVM_Task', made, {})
    return made
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close()
  }
}

interface Place {
  readonly datastore: string
  readonly port: VimObject
}

function specOf(machine: PlantedMachine, { datastore, port }: Place): VimObject {
  const { name, guestId = 'otherGuest64', cpus = 1, memoryMiB = 64, hardwareVersion = 19 } = machine
  const settings = Object.entries(machine.settings ?? {})
  return {
    name,
    version: `vmx-${String(hardwareVersion).padStart(2, '0')}`,
    guestId,
    files: { vmPathName: `[${datastore}]` },
    numCPUs: cpus,
    memoryMB: memoryMiB,
    ...(machine.firmware && { firmware: machine.firmware }),
    ...(machine.exposes !== undefined && { nestedHVEnabled: machine.exposes }),
    extraConfig: settings.map(([key, value]) => ({ $type: 'OptionValue', key, value })),
    deviceChange: [...disk(), ...nics(machine, port), ...passthrough(machine)].map((device) => ({
      operation: 'add',
      ...(device.$type === 'VirtualDisk' && { fileOperation: 'create' }),
      device,
    })),
  }
}

function nics(
  { groups = [], distributed, macs = [] }: PlantedMachine,
  port: VimObject,
): readonly VimObject[] {
  const backings: VimObject[] = groups.map((deviceName) => ({
    $type: 'VirtualEthernetCardNetworkBackingInfo',
    deviceName,
  }))
  if (distributed !== undefined) {
    backings.push({
      $type: 'VirtualEthernetCardDistributedVirtualPortBackingInfo',
      port,
    })
  }
  return backings.map((backing, index) => ({
    $type: 'VirtualVmxnet3',
    key: -10 - index,
    backing,
    ...(macs[index] !== undefined && { addressType: 'manual', macAddress: macs[index] }),
  }))
}

function disk(): readonly VimObject[] {
  return [
    { $type: 'ParaVirtualSCSIController', key: -1, busNumber: 0, sharedBus: 'noSharing' },
    {
      $type: 'VirtualDisk',
      key: -2,
      controllerKey: -1,
      unitNumber: 0,
      capacityInKB: 150 * 1024 * 1024,
      backing: {
        $type: 'VirtualDiskFlatVer2BackingInfo',
        fileName: '',
        diskMode: 'persistent',
        thinProvisioned: true,
      },
    },
  ]
}

function passthrough({ passthrough: isPassed = false }: PlantedMachine): readonly VimObject[] {
  const backing = {
    $type: 'VirtualPCIPassthroughDeviceBackingInfo',
    deviceName: 'Tesla T4',
    id: '0000:3b:00.0',
    deviceId: '1eb8',
    systemId: 'BYPASS',
    vendorId: 4318,
  }
  return isPassed ? [{ $type: 'VirtualPCIPassthrough', key: -50, backing }] : []
}
