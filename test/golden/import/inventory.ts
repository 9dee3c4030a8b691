/** An inventory made by hand, with what simulators do not have: hosts that differ, MAC learning, private VLANs, odd names. */

import type { Inventory } from '../../../src/providers/vsphere/import/inventory.ts'
import type { SeenMachine } from '../../../src/providers/vsphere/import/machines.ts'
import { nestedHosts } from '../../../src/providers/vsphere/import/nested-hosts.ts'
import { Places } from '../../../src/providers/vsphere/import/scope.ts'
import type { SurveyedHost, SurveyedPolicy } from '../../../src/providers/vsphere/probe/hosts.ts'
import type { Survey } from '../../../src/providers/vsphere/probe/survey.ts'

export const closed: SurveyedPolicy = { promiscuous: false, forgedTransmits: true, macChanges: true }
export const open: SurveyedPolicy = { promiscuous: true, forgedTransmits: true, macChanges: true }

export const ref = (type: string, value: string) => ({ type, value })

/** A host with one switch, of which each test says what is different. */
export function hostOf(name: string, more: Partial<SurveyedHost> = {}): SurveyedHost {
  return {
    ref: ref('HostSystem', name),
    name,
    version: '8.0.2',
    cpuModel: 'Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz',
    generation: 'intel-icelake',
    sockets: 2,
    cores: 56,
    threads: 112,
    memoryMiB: 524_288,
    nestedSupported: true,
    isConnected: true,
    inMaintenance: false,
    nics: [
      { device: 'vmnic0', mbits: 25_000 },
      { device: 'vmnic1', mbits: 25_000 },
    ],
    proxies: [],
    addresses: [],
    datastores: [ref('Datastore', 'nas')],
    standard: [switchOf({ portgroups: [{ name: 'VM Network', vlan: 0, policy: closed }] })],
    ...more,
  }
}

export function switchOf(
  more: Partial<NonNullable<SurveyedHost['standard']>[number]>,
): NonNullable<SurveyedHost['standard']>[number] {
  return { name: 'vSwitch0', mtu: 1500, uplinks: ['vmnic0'], policy: closed, portgroups: [], ...more }
}

export function machineOf(name: string, host: string, more: Partial<SeenMachine> = {}): SeenMachine {
  return {
    ref: ref('VirtualMachine', name),
    name,
    host: ref('HostSystem', host),
    isReadable: true,
    isTemplate: false,
    isOn: true,
    cpus: 2,
    memoryMiB: 4096,
    hardwareVersion: 20,
    guestId: 'ubuntu64Guest',
    settings: {},
    passthrough: [],
    nics: [],
    disks: [],
    addresses: new Map(),
    ...more,
  }
}

export const on = (name: string, mac?: string) => ({
  key: 4000,
  model: 'vmxnet3' as const,
  ...(mac !== undefined && { mac }),
  network: { kind: 'standard' as const, name },
})

export function inventoryOf(
  hosts: readonly SurveyedHost[],
  machines: readonly SeenMachine[],
  more: Partial<Survey> = {},
): Inventory {
  return {
    survey: {
      server: { product: 'VMware vCenter Server', version: '8.0.2', apiVersion: '8.0.2.0', isVCenter: true },
      hosts,
      clusters: [],
      distributed: [],
      datastores: [
        { ref: ref('Datastore', 'nas'), name: 'nas', type: 'NFS41', sizeMiB: 2_097_152, isShared: true },
      ],
      licences: [],
      unseen: [],
      ...more,
    },
    places: new Places([]),
    machines,
    nested: nestedHosts(hosts, machines),
    reversePath: new Set(),
  }
}
