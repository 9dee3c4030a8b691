/** Standard switches and port groups of one host, and what it says about them. */
import { listAt, type MoRef, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { makeEntity } from './entity.ts'
import { powerOf } from './machine-object.ts'
import { nicsOn } from './nic-backing.ts'
import { proxySwitches } from './proxy-switches.ts'
import { isPlain, merged, mergedDeep, type SimObject, type World } from './world.ts'

export interface StandardSwitch {
  readonly name: string
  readonly spec: VimObject
}

export interface KernelNic {
  readonly device: string
  readonly portgroup: string
  readonly spec: VimObject
}

export class HostNetwork {
  readonly switches = new Map<string, StandardSwitch>()
  /** Specifications by the names of the port groups. */
  readonly groups = new Map<string, VimObject>()
  readonly kernelNics: KernelNic[] = []
  readonly nics: readonly VimObject[]
  readonly host: SimObject
  readonly #world: World

  constructor(world: World, host: SimObject, nics: readonly VimObject[]) {
    this.#world = world
    this.host = host
    this.nics = nics
  }

  /** Security, teaming and shaping in force: the port group's own, else the switch's. */
  computedPolicy(group: VimObject): VimObject {
    const owner = this.switches.get(textAt(group, 'vswitchName') ?? '')
    const inherited = isPlain(owner?.spec.policy) ? owner.spec.policy : {}
    return mergedDeep(inherited, isPlain(group.policy) ? group.policy : {})
  }

  /** Running machines and the host itself keep a port group busy. */
  isBusy(name: string): boolean {
    if (this.kernelNics.some(({ portgroup }) => portgroup === name)) return true
    const network = this.networkOf(name)
    const users = network ? nicsOn(this.#world, network.ref.value) : []
    return users.some(
      ({ machine }) =>
        powerOf(machine) !== 'poweredOff' &&
        (machine.object('runtime').host as MoRef).value === this.host.ref.value,
    )
  }

  networkOf(name: string): SimObject | undefined {
    return this.host
      .refs('network')
      .flatMap((ref) => this.#world.find(ref) ?? [])
      .find((network) => network.ref.type === 'Network' && network.name === name)
  }

  /** What the host says; rebuilt whenever somebody looks. */
  info(): VimObject {
    return {
      vswitch: [...this.switches.values()].map((one) => this.#switchInfo(one)),
      proxySwitch: proxySwitches(this.#world, this.host),
      portgroup: [...this.groups.values()].map((spec) => this.#groupInfo(spec)),
      pnic: this.nics,
      vnic: this.kernelNics.map(({ device, portgroup, spec }) => ({
        device,
        key: `key-vim.host.VirtualNic-${device}`,
        portgroup,
        spec,
      })),
      ipV6Enabled: true,
      atBootIpV6Enabled: true,
    }
  }

  #switchInfo({ name, spec }: StandardSwitch): VimObject {
    const groups = [...this.groups.values()].filter((group) => group.vswitchName === name)
    const numPorts = numberAt(spec, 'numPorts') ?? 128
    return {
      name,
      key: `key-vim.host.VirtualSwitch-${name}`,
      numPorts,
      numPortsAvailable: numPorts - groups.length,
      mtu: numberAt(spec, 'mtu') ?? 1500,
      portgroup: groups.map((group) => `key-vim.host.PortGroup-${textAt(group, 'name')}`),
      pnic: uplinksOf(spec).map((device) => `key-vim.host.PhysicalNic-${device}`),
      spec,
    }
  }

  #groupInfo(spec: VimObject): VimObject {
    return {
      key: `key-vim.host.PortGroup-${textAt(spec, 'name')}`,
      vswitch: `key-vim.host.VirtualSwitch-${textAt(spec, 'vswitchName')}`,
      computedPolicy: this.computedPolicy(spec),
      spec,
    }
  }

  /** The names of port groups are the networks that the inventory shows. */
  tellNetworks(folder: SimObject): void {
    const wanted = new Set(this.groups.keys())
    for (const ref of this.host.refs('network')) {
      const network = this.#world.find(ref)
      if (network?.ref.type === 'Network' && !wanted.has(network.name)) this.#leave(network)
    }
    for (const name of wanted) {
      const network = standardNetwork(this.#world, folder, name)
      network.addRef('host', this.host.ref)
      this.host.addRef('network', network.ref)
    }
  }

  #leave(network: SimObject): void {
    this.host.dropRef('network', network.ref)
    network.dropRef('host', this.host.ref)
    // A network that machines still name stays, though no host has it.
    if (network.refs('host').length > 0 || nicsOn(this.#world, network.ref.value).length > 0) return
    this.#world.find(network.ref1('parent'))?.dropRef('childEntity', network.ref)
    this.#world.remove(network.ref)
  }
}

/** One object for all hosts of a data centre that have a port group of this name. */
function standardNetwork(world: World, folder: SimObject, name: string): SimObject {
  const known = folder
    .refs('childEntity')
    .flatMap((ref) => world.find(ref) ?? [])
    .find((one) => one.ref.type === 'Network' && one.name === name)
  if (known) return known
  const id = world.isVCenter ? world.nextId('network-') : `HaNetwork-${name}`
  const network = makeEntity(world, { type: 'Network', id, name, parent: folder.ref })
  network.set('host', [])
  network.view('vm', () => [...new Set(nicsOn(world, id).map(({ machine }) => machine.ref))])
  network.view('summary', () => ({
    network: network.ref,
    name: network.name,
    accessible: network.refs('host').length > 0,
    ipPoolName: '',
  }))
  folder.addRef('childEntity', network.ref)
  return network
}

export function uplinksOf(spec: VimObject): readonly string[] {
  const bond = listAt(spec, 'bridge', 'nicDevice').filter((one) => typeof one === 'string')
  const single = textAt(spec, 'bridge', 'nicDevice')
  return single === undefined ? bond : [single]
}

/** Policies of a switch that nobody has set: closed for promiscuous mode, open for the other two. */
export function defaultPolicy(uplinks: readonly string[]): VimObject {
  return {
    security: { allowPromiscuous: false, macChanges: true, forgedTransmits: true },
    nicTeaming: {
      policy: 'loadbalance_srcid',
      reversePolicy: true,
      notifySwitches: true,
      rollingOrder: false,
      failureCriteria: {
        checkSpeed: 'minimum',
        speed: 10,
        checkDuplex: false,
        fullDuplex: false,
        checkErrorPercent: false,
        percentage: 0,
        checkBeacon: false,
      },
      nicOrder: { activeNic: uplinks, standbyNic: [] },
    },
    offloadPolicy: { csumOffload: true, tcpSegmentation: true, zeroCopyXmit: true },
    shapingPolicy: { enabled: false },
  }
}

export function physicalNic(device: string, number: number): VimObject {
  const pci = `0000:0${number + 3}:00.0`
  return {
    key: `key-vim.host.PhysicalNic-${device}`,
    device,
    pci,
    driver: 'ixgben',
    linkSpeed: { speedMb: 10000, duplex: true },
    validLinkSpecification: [{ speedMb: 10000, duplex: true }],
    spec: { ip: { dhcp: false, ipAddress: '', subnetMask: '' }, linkSpeed: { speedMb: 10000, duplex: true } },
    wakeOnLanSupported: false,
    mac: `0c:c4:7a:00:00:${(number + 16).toString(16)}`,
    autoNegotiateSupported: true,
    resourcePoolSchedulerAllowed: true,
  }
}

/** A specification as the switch keeps it; fields that are absent stay as they were. */
export function keptSpec(before: VimObject | undefined, specification: VimObject): VimObject {
  const { bridge } = specification
  const policy = mergedDeep(
    isPlain(before?.policy) ? before.policy : defaultPolicy(uplinksOf(specification)),
    isPlain(specification.policy) ? specification.policy : {},
  )
  const kept = merged(before ?? { mtu: 1500 }, { ...specification, bridge, policy })
  // Uplinks are told as a whole: a specification without a bridge has none.
  return bridge === undefined ? { ...kept, bridge: undefined as never } : kept
}

const networks = new WeakMap<SimObject, HostNetwork>()

export function attachNetwork(system: SimObject, network: HostNetwork): void {
  networks.set(system, network)
}

export function networkOfSystem(system: SimObject): HostNetwork | undefined {
  return networks.get(system)
}
