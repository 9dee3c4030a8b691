/** One ESXi host as vSphere shows it, with its standard switches and the policies in force. */
import type { ObjectProperties } from '../soap/properties.ts'
import {
  at,
  flagAt,
  isList,
  isRef,
  listAt,
  type MoRef,
  numberAt,
  refAt,
  textAt,
  type VimValue,
} from '../soap/vim-value.ts'
import { known, nameOf, refsIn } from './reading.ts'

export interface SurveyedHost {
  readonly ref: MoRef
  readonly name: string
  readonly parent?: MoRef
  readonly version?: string
  readonly build?: string
  readonly cpuModel?: string
  /** Key of the newest EVC baseline that it can have: `intel-haswell`. */
  readonly generation?: string
  readonly sockets?: number
  readonly cores?: number
  readonly threads?: number
  readonly memoryMiB?: number
  readonly memoryUsedMiB?: number
  /** Hardware-assisted virtualization can be exposed to guests. */
  readonly nestedSupported?: boolean
  readonly inMaintenance?: boolean
  readonly isConnected?: boolean
  /** Absent when the network could not be read. */
  readonly standard?: readonly SurveyedStandard[]
  readonly nics: readonly SurveyedNic[]
  /** What of distributed switches is on this host. */
  readonly proxies: readonly SurveyedProxy[]
  /** Addresses of the VMkernel's own NICs. */
  readonly addresses: readonly string[]
  readonly datastores: readonly MoRef[]
  /** Where its advanced settings are asked for. */
  readonly options?: MoRef
}

export interface SurveyedNic {
  /** `vmnic0`. */
  readonly device: string
  readonly driver?: string
  /** Lower case with colons. */
  readonly mac?: string
  /** Absent while there is no link. */
  readonly mbits?: number
}

export interface SurveyedProxy {
  /** UUID of the distributed switch. */
  readonly uuid: string
  readonly name: string
  readonly mtu?: number
  /** Devices of the physical NICs it uses. */
  readonly uplinks: readonly string[]
}

export interface SurveyedPolicy {
  readonly promiscuous: boolean
  readonly macChanges: boolean
  readonly forgedTransmits: boolean
}

export interface SurveyedGroup {
  readonly name: string
  /** 0 none, 4095 all. */
  readonly vlan: number
  /** In force, inherited ones included; absent: not told. */
  readonly policy?: SurveyedPolicy
}

export interface SurveyedStandard {
  readonly name: string
  readonly mtu?: number
  /** Devices of the physical NICs it uses. */
  readonly uplinks: readonly string[]
  readonly policy?: SurveyedPolicy
  readonly portgroups: readonly SurveyedGroup[]
}

/** `latest`: what its network system says. */
export function readHost({ ref, properties }: ObjectProperties, latest?: VimValue): SurveyedHost {
  const summary = properties.get('summary')
  const network = merged(properties.get('config.network'), latest)
  const hardware = at(summary, 'hardware')
  const product = properties.get('config.product') ?? at(summary, 'config', 'product')
  const memory = numberAt(hardware, 'memorySize')
  const parent = refAt({ parent: properties.get('parent') }, 'parent')
  const connection = textAt(properties.get('runtime'), 'connectionState')
  return {
    ref,
    name: nameOf(properties),
    ...(parent && { parent }),
    ...known({
      version: textAt(product, 'version'),
      build: textAt(product, 'build'),
      cpuModel: textAt(hardware, 'cpuModel')?.replace(/\s+/g, ' ').trim(),
      generation: textAt(summary, 'maxEVCModeKey'),
      sockets: numberAt(hardware, 'numCpuPkgs'),
      cores: numberAt(hardware, 'numCpuCores'),
      threads: numberAt(hardware, 'numCpuThreads'),
      memoryMiB: memory === undefined ? undefined : Math.floor(memory / 1024 / 1024),
      memoryUsedMiB: numberAt(summary, 'quickStats', 'overallMemoryUsage'),
      nestedSupported: flagAt(properties.get('capability'), 'nestedHVSupported'),
      inMaintenance: flagAt(properties.get('runtime'), 'inMaintenanceMode'),
      isConnected: connection === undefined ? undefined : connection === 'connected',
      options: refAt(properties.get('configManager'), 'advancedOption'),
      standard: network === undefined ? undefined : readStandard(network),
    }),
    nics: listAt(network, 'pnic').map(readNic),
    proxies: network === undefined ? [] : readProxies(network),
    addresses: listAt(network, 'vnic').flatMap((nic) => textAt(nic, 'spec', 'ip', 'ipAddress') ?? []),
    datastores: refsIn(properties.get('datastore')),
  }
}

/** With the switches and port groups that only the network system has yet. */
function merged(network: VimValue | undefined, latest: VimValue | undefined): VimValue | undefined {
  if (network === undefined || latest === undefined) return network ?? latest
  const both = (list: string, nameOf: (value: VimValue) => string | undefined) => {
    const known = listAt(network, list)
    const names = new Set(known.map(nameOf))
    return [...known, ...listAt(latest, list).filter((one) => !names.has(nameOf(one)))]
  }
  return {
    ...(typeof network === 'object' && !isList(network) && !isRef(network) ? network : {}),
    vswitch: both('vswitch', (one) => textAt(one, 'name')),
    portgroup: both('portgroup', (one) => textAt(one, 'spec', 'name')),
  }
}

function readNic(nic: VimValue): SurveyedNic {
  const mbits = numberAt(nic, 'linkSpeed', 'speedMb')
  return {
    device: textAt(nic, 'device') ?? 'unknown',
    ...known({ driver: textAt(nic, 'driver'), mac: textAt(nic, 'mac')?.toLowerCase(), mbits }),
  }
}

/** Switches name NICs by their keys. */
function devicesOf(network: VimValue, holder: VimValue): readonly string[] {
  const devices = new Map(
    listAt(network, 'pnic').map((nic) => [textAt(nic, 'key') ?? '', textAt(nic, 'device') ?? '']),
  )
  const used = listAt(holder, 'pnic').flatMap((key) =>
    typeof key === 'string' ? (devices.get(key) ?? key) : [],
  )
  const wanted = listAt(holder, 'spec', 'bridge', 'nicDevice')
  return used.length > 0 ? used : wanted.flatMap((device) => (typeof device === 'string' ? device : []))
}

function readProxies(network: VimValue): readonly SurveyedProxy[] {
  return listAt(network, 'proxySwitch').map((one) => ({
    uuid: textAt(one, 'dvsUuid') ?? '',
    name: textAt(one, 'dvsName') ?? 'unknown',
    ...known({ mtu: numberAt(one, 'mtu') }),
    uplinks: devicesOf(network, one),
  }))
}

function readStandard(network: VimValue): readonly SurveyedStandard[] {
  return listAt(network, 'vswitch').map((one) => {
    const name = textAt(one, 'name') ?? 'unknown'
    const policy = policyOf(at(one, 'spec', 'policy', 'security'))
    const groups = listAt(network, 'portgroup').filter(
      (group) => textAt(group, 'spec', 'vswitchName') === name,
    )
    return {
      name,
      ...known({ mtu: numberAt(one, 'mtu') ?? numberAt(one, 'spec', 'mtu'), policy }),
      uplinks: devicesOf(network, one),
      portgroups: groups.map((group) => readGroup(group, policy)),
    }
  })
}

/** What a port group does not say itself it has from its switch. */
function readGroup(group: VimValue, ofSwitch: SurveyedPolicy | undefined): SurveyedGroup {
  const computed = at(group, 'computedPolicy', 'security')
  const own = at(group, 'spec', 'policy', 'security')
  const policy = policyOf(computed, policyOf(own, ofSwitch))
  return {
    name: textAt(group, 'spec', 'name') ?? 'unknown',
    vlan: numberAt(group, 'spec', 'vlanId') ?? 0,
    ...(policy && { policy }),
  }
}

function policyOf(value: VimValue | undefined, otherwise?: SurveyedPolicy): SurveyedPolicy | undefined {
  const promiscuous = flagAt(value, 'allowPromiscuous') ?? otherwise?.promiscuous
  const macChanges = flagAt(value, 'macChanges') ?? otherwise?.macChanges
  const forgedTransmits = flagAt(value, 'forgedTransmits') ?? otherwise?.forgedTransmits
  if (promiscuous === undefined || macChanges === undefined || forgedTransmits === undefined) return undefined
  return { promiscuous, macChanges, forgedTransmits }
}
