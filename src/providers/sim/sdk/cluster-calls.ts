/** What clusters make of their hosts: processors that look alike, and disks that are one. */
import { flagAt, listAt, type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { Methods, TaskMethods } from './call.ts'
import { hostOfSystem } from './compute.ts'
import { powerOf } from './machine-object.ts'
import { isNewer } from './schema.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

/** Modes of one vendor, oldest first; the hosts are Skylakes. */
const modes = [
  'merom',
  'penryn',
  'nehalem',
  'westmere',
  'sandybridge',
  'ivybridge',
  'haswell',
  'broadwell',
  'skylake',
]
/** From here on a vCenter sets vSAN up by another service, and takes it no more as a setting of the cluster. */
const ownVsanApi = '6.7'

export const clusterCalls: Methods = {
  EvcManager: ({ world, target }) => managerOf(world, target).ref,
  SelectVnicForNicType: ({ world, target, parameters }) => {
    const host = hostOfSystem(world, target)
    const device = textAt(parameters, 'device')
    const nics = listAt(host.get('config'), 'network', 'vnic')
    if (!nics.some((nic) => textAt(nic, 'device') === device)) throw faults.argument('device')
    const kind = textAt(parameters, 'nicType') ?? ''
    const chosen = listAt(target.get('#chosen')).map(String)
    target.set('#chosen', [...new Set([...chosen, `${kind} ${device}`])])
    return undefined
  },
}

export const clusterTasks: TaskMethods = {
  ConfigureEvcMode_Task: {
    run: ({ world, target, parameters }) => {
      const key = textAt(parameters, 'evcModeKey') ?? ''
      const cluster = world.need(target.ref1('managedCluster') as MoRef)
      if (!keys().includes(key)) throw faults.argument('evcModeKey')
      const hosts = cluster.refs('host').flatMap((ref) => world.find(ref) ?? [])
      const runs = hosts.some((host) =>
        host.refs('vm').some((ref) => {
          const machine = world.find(ref)
          return machine !== undefined && powerOf(machine) === 'poweredOn'
        }),
      )
      // What runs has seen more of the processor than the mode shows.
      if (runs && keys().indexOf(key) < keys().indexOf(textAt(currentOf(cluster)) ?? keys().at(-1) ?? ''))
        throw new SdkFault('EVCConfigFault', 'Machines that run use features which the mode hides.')
      cluster.set('#evc', key)
      return undefined
    },
  },
  DisableEvcMode_Task: {
    run: ({ world, target }) => {
      world.need(target.ref1('managedCluster') as MoRef).set('#evc', undefined)
      return undefined
    },
  },
}

const keys = () => modes.map((mode) => `intel-${mode}`)

export function currentOf(cluster: SimObject): string | undefined {
  const key = cluster.get('#evc')
  return typeof key === 'string' ? key : undefined
}

function managerOf(world: World, cluster: SimObject): SimObject {
  const id = `evc-manager-${cluster.ref.value}`
  const found = world.find({ type: 'ClusterEVCManager', value: id })
  if (found) return found
  const manager = world.make('ClusterEVCManager', id)
  manager.set('managedCluster', cluster.ref)
  manager.view('evcState', () => {
    const currentEVCModeKey = currentOf(cluster)
    return {
      supportedEVCMode: keys().map((key, vendorTier) => ({
        $type: 'EVCMode',
        key,
        label: key,
        summary: key,
        vendor: 'intel',
        track: keys().slice(0, vendorTier + 1),
        vendorTier,
      })),
      ...(currentEVCModeKey !== undefined && { currentEVCModeKey }),
    }
  })
  return manager
}

/** Throws what a vCenter answers to a change of vSAN that it does not take. */
export function checkVsan(world: World, cluster: SimObject, specification: VimObject): void {
  const wanted = flagAt(specification, 'vsanConfig', 'enabled')
  if (wanted === undefined) return
  if (!isNewer(ownVsanApi, world.api)) throw faults.notSupported()
  const now = cluster.get('configurationEx')
  if (wanted === (flagAt(now, 'vsanConfigInfo', 'enabled') ?? false)) return
  if (flagAt(now, 'dasConfig', 'enabled') === true && flagAt(specification, 'dasConfig', 'enabled') !== false)
    throw faults.state()
}
