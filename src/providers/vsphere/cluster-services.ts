/** What a cluster makes of its hosts beside one pool: processors that look alike (EVC), and disks that are one (vSAN). */
import type { Cluster, Machine } from '#lab'
import { fail } from './errors.ts'
import type { VsphereLevel } from './level.ts'
import type { Connection } from './soap/connection.ts'
import { propertiesOf } from './soap/properties.ts'
import { compareApi } from './soap/table.ts'
import { runTask } from './soap/task.ts'
import { at, flagAt, isRef, listAt, type MoRef, textAt, type VimObject } from './soap/vim-value.ts'

/** The first API that has managers of EVC. */
const evcApi = '6.0'
/** From here on vSAN is set up by a service of its own (VsanVcClusterConfigSystem); before, it was a setting of clusters. */
const ownVsanApi = '6.7'
/** The network of vSAN is that of the first VMkernel NIC: nested hosts have one after their installation. */
const kernelNic = 'vmk0'

type Services = Pick<Cluster, 'name' | 'evc' | 'vsan' | 'witness'>

/** Why they cannot be had from this server, before anything is asked for. */
export function refuseServices(api: string, { name, evc, vsan, witness }: Services): void {
  const refuse = (reason: string) => {
    throw fail('vsphere-cannot', { what: `Cluster ${name}`, reason })
  }
  if (evc !== undefined && compareApi(api, evcApi) < 0)
    refuse(`EVC modes are set from API ${evcApi} on, and the server has ${api}`)
  if (!vsan) return
  if (compareApi(api, ownVsanApi) >= 0)
    refuse(
      `from API ${ownVsanApi} on vSAN is set up by a service of its own, which Nestlab does not speak, and the server has ${api}`,
    )
  if (witness !== undefined)
    refuse('a vSAN with a witness is set up by a service that Nestlab does not speak')
}

/** Changes the mode where it is another one; without a mode in the file EVC is off. */
export async function putEvc(
  { connection, evcModeOf }: Pick<VsphereLevel, 'connection' | 'evcModeOf'>,
  { ref, name, evc }: { readonly ref: MoRef; readonly name: string; readonly evc: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  if (compareApi(connection.api, evcApi) < 0) return
  if (evc === undefined && (await currentMode(connection, ref, signal)) === undefined) return
  const manager = await connection.call('EvcManager', ref, {}, { signal })
  if (!isRef(manager))
    throw fail('vsphere-answer-unreadable', { reason: `cluster ${name} has no manager of EVC` })
  if (evc === undefined) {
    await runTask(connection, 'DisableEvcMode_Task', manager, {}, { signal })
    return
  }
  const [found] = await propertiesOf(connection, [manager], { ClusterEVCManager: ['evcState'] }, { signal })
  const state = found?.properties.get('evcState')
  const evcModeKey = evcModeOf?.(evc) ?? evc
  const known = listAt(state, 'supportedEVCMode').flatMap((mode) => textAt(mode, 'key') ?? [])
  if (!known.includes(evcModeKey)) {
    const reason = `the server has no EVC mode ${evcModeKey} for its hosts; it has ${known.join(', ') || 'none'}`
    throw fail('vsphere-cannot', { what: `Cluster ${name}`, reason })
  }
  if (textAt(state, 'currentEVCModeKey') === evcModeKey) return
  await runTask(connection, 'ConfigureEvcMode_Task', manager, { evcModeKey }, { signal })
}

async function currentMode(
  connection: Connection,
  ref: MoRef,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [found] = await propertiesOf(connection, [ref], { [ref.type]: ['summary'] }, { signal })
  return textAt(found?.properties.get('summary'), 'currentEVCModeKey')
}

export async function hasVsan(connection: Connection, ref: MoRef, signal: AbortSignal): Promise<boolean> {
  const [found] = await propertiesOf(connection, [ref], { [ref.type]: ['configurationEx'] }, { signal })
  return flagAt(at(found?.properties.get('configurationEx'), 'vsanConfigInfo'), 'enabled') === true
}

export function vsanSpecOf(enabled: boolean): VimObject {
  const vsanConfig = { enabled, ...(enabled && { defaultConfig: { autoClaimStorage: true } }) }
  return { $type: 'ClusterConfigSpecEx', vsanConfig }
}

/** Hosts of one vSAN find each other over the NICs that are marked for it; marking one again changes nothing. */
export async function markForVsan(
  connection: Connection,
  hosts: readonly MoRef[],
  signal: AbortSignal,
): Promise<void> {
  const paths = { HostSystem: ['configManager.virtualNicManager'] }
  for (const { properties } of await propertiesOf(connection, hosts, paths, { signal })) {
    const manager = properties.get('configManager.virtualNicManager')
    if (isRef(manager))
      await connection.call(
        'SelectVnicForNicType',
        manager,
        { nicType: 'vsan', device: kernelNic },
        { signal },
      )
  }
}

type DescribedCall = readonly [method: string, target: string, value?: VimObject]

/** The calls for them before the hosts of the cluster join, and after that, for people. */
export function describeServices(
  { evcModeOf }: Pick<VsphereLevel, 'evcModeOf'>,
  { evc, vsan, ha }: Cluster,
  { where, members }: { readonly where: string; readonly members: readonly Machine[] },
): { readonly before: readonly DescribedCall[]; readonly after: readonly DescribedCall[] } {
  const marks = members.map(
    ({ path }): DescribedCall => ['SelectVnicForNicType', `${kernelNic} of ${path}: vsan`],
  )
  const enabling: DescribedCall = ['ReconfigureComputeResource_Task', where, vsanSpecOf(true)]
  const protecting: DescribedCall = ['ReconfigureComputeResource_Task', `${where}: HA, after vSAN`]
  return {
    before: evc === undefined ? [] : [['ConfigureEvcMode_Task', `${where}: ${evcModeOf?.(evc) ?? evc}`]],
    after: vsan ? [...marks, enabling, ...(ha ? [protecting] : [])] : [],
  }
}
