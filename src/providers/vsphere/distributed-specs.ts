/** A distributed switch and its port groups in the words of the API. */
import type { LabSwitch, PortGroup, VlanPolicy } from '#lab'
import { fail } from './errors.ts'
import { networkNameOf, serverSwitchOf } from './names.ts'
import { flagsOf } from './policies.ts'
import { compareApi } from './soap/table.ts'
import type { MoRef, VimObject } from './soap/vim-value.ts'

/** The first API, and the first version of a switch, that know MAC learning. */
const learningApi = '6.7'
const learningVersion = '6.6.0'

export interface Member {
  readonly host: MoRef
  readonly nics: readonly string[]
}

export function distributedSpecOf(lab: string, one: LabSwitch, members: readonly Member[]): VimObject {
  return {
    configSpec: {
      $type: 'VMwareDVSConfigSpec',
      name: serverSwitchOf(lab, one),
      maxMtu: one.mtu,
      host: members.map((member) => memberSpecOf('add', member)),
    },
    ...(one.version !== undefined && { productInfo: { version: one.version } }),
  }
}

export function memberSpecOf(operation: 'add' | 'edit', { host, nics }: Member): VimObject {
  return {
    operation,
    host,
    backing: {
      $type: 'DistributedVirtualSwitchHostMemberPnicBacking',
      pnicSpec: nics.map((pnicDevice) => ({ pnicDevice })),
    },
  }
}

/** `api`: of the server, which decides whether it can learn. */
export function distributedGroupSpecOf(
  lab: string,
  { one, group, api }: { readonly one: LabSwitch; readonly group: PortGroup; readonly api: string },
): VimObject {
  refuseLearning(one, group, api)
  const isEphemeral = group.binding === 'ephemeral'
  return {
    name: networkNameOf(lab, group.name),
    type: isEphemeral ? 'ephemeral' : 'earlyBinding',
    ...(!isEphemeral && { numPorts: 8, autoExpand: true }),
    defaultPortConfig: {
      $type: 'VMwareDVSPortSetting',
      vlan: vlanSpecOf(group.vlan),
      securityPolicy: { inherited: false, ...policiesOf(group) },
      ...(compareApi(api, learningApi) >= 0 && { macManagementPolicy: managementOf(group) }),
    },
  }
}

function policiesOf({ security }: PortGroup): VimObject {
  return Object.fromEntries(
    Object.entries(flagsOf(security)).map(([name, value]) => [name, { inherited: false, value }]),
  )
}

function managementOf({ security, macLearning }: PortGroup): VimObject {
  const learns = macLearning?.by === 'switch' ? macLearning : undefined
  return {
    inherited: false,
    ...flagsOf(security),
    macLearningPolicy: {
      inherited: false,
      enabled: learns !== undefined,
      ...(learns && {
        allowUnicastFlooding: learns.flooding,
        limit: learns.limit,
        limitPolicy: learns.limitPolicy === 'drop' ? 'DROP' : 'ALLOW',
      }),
    },
  }
}

function vlanSpecOf(vlan: VlanPolicy): VimObject {
  if (vlan.mode === 'trunk') {
    const vlanId = vlan.ranges.map(({ from, to }) => ({ start: from, end: Math.min(to, 4094) }))
    return { $type: 'VmwareDistributedVirtualSwitchTrunkVlanSpec', inherited: false, vlanId }
  }
  const vlanId = vlan.mode === 'access' ? vlan.id : 0
  return { $type: 'VmwareDistributedVirtualSwitchVlanIdSpec', inherited: false, vlanId }
}

function refuseLearning({ version }: LabSwitch, { name, macLearning }: PortGroup, api: string): void {
  if (macLearning?.by !== 'switch') return
  const isOld = version !== undefined && compareApi(version, learningVersion) < 0
  if (!isOld && compareApi(api, learningApi) >= 0) return
  const reason = isOld
    ? `its switch has version ${version}, and switches learn MACs from ${learningVersion} on`
    : `the server has API ${api}, and switches learn MACs from ${learningApi} on`
  throw fail('vsphere-cannot', { what: `Port group ${name}`, reason })
}
