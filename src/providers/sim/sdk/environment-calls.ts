/** What a place can do: hardware versions, kinds of guests, networks and datastores for machines. */
import { textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods } from './call.ts'
import { builtInDevices } from './device-kinds.ts'
import { checkGuest, checkHardware, newestHardware } from './hardware-versions.ts'
import { enumValues } from './schema.ts'
import type { SimObject } from './world.ts'

export const environmentCalls: Methods = {
  QueryConfigOptionEx: ({ world, parameters }) => {
    const version = textAt(parameters, 'spec', 'key') ?? newestHardware(world.api)
    checkHardware(version, world.api)
    return {
      version,
      description: `ESXi of API ${world.api}, hardware ${version}`,
      guestOSDescriptor: guestsOf(world.api).map((id) => ({ $type: 'GuestOsDescriptor', id, fullName: id })),
      guestOSDefaultIndex: 0,
      hardwareOptions: {},
      capabilities: { nestedHVSupported: true },
      datastore: {},
      defaultDevice: builtInDevices(),
      supportedMonitorType: ['release'],
    }
  },
  QueryConfigTarget: (context) => {
    const { world } = context
    const compute = computeOf(context)
    const seen = (property: string) => compute?.refs(property).flatMap((ref) => world.find(ref) ?? []) ?? []
    return {
      numCpus: 32,
      numCpuCores: 16,
      numNumaNodes: 1,
      maxCpusPerHost: 32,
      smcPresent: false,
      datastore: seen('datastore').map((one) => ({
        $type: 'VirtualMachineDatastoreInfo',
        name: one.name,
        datastore: one.object('summary'),
        capability: one.object('capability'),
        maxFileSize: 64 * 1024 ** 4,
        mode: 'readWrite',
      })),
      network: seen('network')
        .filter(({ ref }) => ref.type === 'Network')
        .map((one) => ({
          $type: 'VirtualMachineNetworkInfo',
          name: one.name,
          network: one.object('summary'),
        })),
      maxMemMBOptimalPerf: 6_291_456,
    } satisfies VimObject
  },
}

function guestsOf(api: string): readonly string[] {
  return (enumValues('VirtualMachineGuestOsIdentifier') ?? []).filter((id) => {
    try {
      checkGuest(id, api)
      return true
    } catch {
      return false
    }
  })
}

function computeOf({ world, target }: CallContext): SimObject | undefined {
  return world
    .all('ComputeResource')
    .find((one) => one.ref1('environmentBrowser')?.value === target.ref.value)
}
