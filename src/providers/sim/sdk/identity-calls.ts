/** A host gets another name, and copied VMFS volumes get signatures of their own. */
import { createHash } from 'node:crypto'
import { flagAt, listAt, textAt, type VimObject, type VimValue } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods, TaskMethods } from './call.ts'
import { hostOfSystem } from './compute.ts'
import { makeDatastore } from './datastore.ts'
import { mount } from './datastore-calls.ts'
import { checkSibling, datacenterOf } from './entity.ts'
import { type CopiedVolume, dropVolume, volumesOf } from './host-identity.ts'
import { faults, SdkFault } from './sdk-fault.ts'

/** RFC 1123: one label, and several. */
const label = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i
const domain = /^([a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*)?$/i

export const identityCalls: Methods = {
  UpdateDnsConfig: ({ world, target, parameters }) => {
    const config = parameters.config as VimObject
    const hostName = textAt(config, 'hostName') ?? ''
    const domainName = textAt(config, 'domainName') ?? ''
    if (!label.test(hostName)) throw faults.argument('config.hostName')
    if (!domain.test(domainName)) throw faults.argument('config.domainName')
    if (flagAt(config, 'dhcp') === true && textAt(config, 'virtualNicDevice') === undefined)
      throw faults.argument('config.virtualNicDevice')
    target.set('dnsConfig', { ...config, $type: 'HostDnsConfig' })
    // A vCenter calls its hosts by the names under which they were added.
    if (world.isVCenter) return undefined
    const host = hostOfSystem(world, target)
    const name = domainName === '' ? hostName : `${hostName}.${domainName}`
    host.set('name', name)
    world.find(host.ref1('parent'))?.set('name', name)
    return undefined
  },
  QueryUnresolvedVmfsVolumes: ({ world, target }) => volumesOf(hostOfSystem(world, target)).map(unresolved),
}

export const identityTasks: TaskMethods = {
  ResignatureUnresolvedVmfsVolume_Task: { run: resignature },
}

function resignature({ world, target, parameters }: CallContext): VimValue {
  const host = hostOfSystem(world, target)
  const paths = listAt(parameters, 'resolutionSpec', 'extentDevicePath')
  const volume = volumesOf(host).find(({ devicePath }) => paths.length === 1 && paths[0] === devicePath)
  if (!volume) throw faults.notFound(paths.join(', '))
  const { uuid: vmfsUuid, name: vmfsLabel } = volume
  if (volume.isAmbiguous) {
    const text = 'There are several copies of this volume.'
    throw new SdkFault('VmfsAmbiguousMount', text, { uuid: vmfsUuid })
  }
  const hex = createHash('sha256').update(`${host.ref.value} ${vmfsUuid}`).digest('hex')
  const name = `snap-${hex.slice(0, 8)}-${vmfsLabel}`
  const folder = world.need(datacenterOf(world, host).ref1('datastoreFolder') ?? host.ref)
  checkSibling(world, folder, name)
  const datastore = makeDatastore(world, {
    id: world.nextId('datastore-'),
    name,
    parent: folder.ref,
    capacityMiB: volume.sizeMiB,
    freeMiB: volume.sizeMiB,
    type: 'VMFS',
    disk: volume.on.name,
  })
  folder.addRef('childEntity', datastore.ref)
  mount(datastore, host)
  dropVolume(host, volume)
  return { $type: 'HostResignatureRescanResult', result: datastore.ref }
}

function unresolved({ name, on, sizeMiB, uuid, devicePath, isAmbiguous = false }: CopiedVolume): VimObject {
  const extent = {
    device: { diskName: on.name, partition: 1 },
    devicePath,
    vmfsUuid: uuid,
    isHeadExtent: true,
    ordinal: 0,
    startBlock: 0,
    endBlock: sizeMiB - 1,
    reason: 'diskIdMismatch',
  }
  return {
    extent: [extent],
    vmfsLabel: name,
    vmfsUuid: uuid,
    totalBlocks: sizeMiB,
    resolveStatus: { resolvable: !isAmbiguous, incompleteExtents: false, multipleCopies: isAmbiguous },
  }
}
