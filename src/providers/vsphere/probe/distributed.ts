/** Distributed switches and their port groups, with the policies in force. */
import type { ObjectProperties } from '../soap/properties.ts'
import {
  at,
  flagAt,
  listAt,
  type MoRef,
  numberAt,
  refAt,
  textAt,
  typeOfObject,
  type VimValue,
} from '../soap/vim-value.ts'
import type { SurveyedPolicy } from './hosts.ts'
import { known, nameOf, refsIn } from './reading.ts'

export interface SurveyedLearning {
  readonly flooding?: boolean
  readonly limit?: number
  /** `ALLOW` or `DROP`. */
  readonly limitPolicy?: string
}

export interface SurveyedDistributedGroup {
  readonly ref: MoRef
  readonly name: string
  readonly key: string
  /** As the server has it: one VLAN (0 none), ranges of a trunk, or a private VLAN. */
  readonly vlan:
    | { readonly id: number }
    | { readonly ranges: readonly { readonly from: number; readonly to: number }[] }
    | { readonly privateVlan: number }
  readonly policy?: SurveyedPolicy
  /** Absent: does not learn, or cannot. */
  readonly learning?: SurveyedLearning
  readonly binding: 'static' | 'ephemeral'
  readonly isUplink: boolean
}

export interface SurveyedDistributed {
  readonly ref: MoRef
  readonly name: string
  readonly uuid?: string
  /** `6.6.0`. */
  readonly version?: string
  readonly mtu?: number
  readonly hosts: readonly MoRef[]
  readonly portgroups: readonly SurveyedDistributedGroup[]
}

/** Of a mixed list of switches and port groups. */
export function readDistributed(objects: readonly ObjectProperties[]): readonly SurveyedDistributed[] {
  const groups = new Map<string, SurveyedDistributedGroup[]>()
  const uplinks = new Set(
    objects.flatMap(({ properties }) =>
      listAt(properties.get('config'), 'uplinkPortgroup').flatMap(
        (one) => refAt({ one }, 'one')?.value ?? [],
      ),
    ),
  )
  for (const { ref, properties } of objects) {
    if (ref.type !== 'DistributedVirtualPortgroup') continue
    const config = properties.get('config')
    const owner = refAt(config, 'distributedVirtualSwitch')?.value ?? ''
    groups.set(owner, [...(groups.get(owner) ?? []), readGroup({ ref, properties }, uplinks)])
  }
  return objects
    .filter(({ ref }) => ref.type !== 'DistributedVirtualPortgroup')
    .map(({ ref, properties }) => {
      const config = properties.get('config')
      const summary = properties.get('summary')
      const members = listAt(config, 'host').flatMap((member) => refAt(member, 'config', 'host') ?? [])
      return {
        ref,
        name: nameOf(properties),
        ...known({
          uuid: textAt(config, 'uuid'),
          version: textAt(config, 'productInfo', 'version') ?? textAt(summary, 'productInfo', 'version'),
          mtu: numberAt(config, 'maxMtu'),
        }),
        hosts: members.length > 0 ? members : refsIn(at(summary, 'hostMember')),
        portgroups: groups.get(ref.value) ?? [],
      }
    })
}

function readGroup(
  { ref, properties }: ObjectProperties,
  uplinks: ReadonlySet<string>,
): SurveyedDistributedGroup {
  const config = properties.get('config')
  const port = at(config, 'defaultPortConfig')
  const management = at(port, 'macManagementPolicy')
  return {
    ref,
    name: nameOf(properties),
    key: textAt(config, 'key') ?? ref.value,
    vlan: vlanOf(at(port, 'vlan')),
    ...known({ policy: policyOf(at(port, 'securityPolicy'), management), learning: learningOf(management) }),
    binding: textAt(config, 'type') === 'ephemeral' ? 'ephemeral' : 'static',
    isUplink: isUplinkGroup(ref, properties, uplinks),
  }
}

/** Old servers say it by a tag only, and simulators by the name that vCenter gives. */
function isUplinkGroup(
  { value }: MoRef,
  properties: ReadonlyMap<string, VimValue>,
  uplinks: ReadonlySet<string>,
): boolean {
  const tags = listAt({ tag: properties.get('tag') }, 'tag').map((tag) => textAt(tag, 'key'))
  return (
    flagAt(properties.get('config'), 'uplink') === true ||
    uplinks.has(value) ||
    tags.includes('SYSTEM/DVS.UPLINKPG') ||
    /-DVUplinks-\d+$/.test(nameOf(properties))
  )
}

function vlanOf(vlan: VimValue | undefined): SurveyedDistributedGroup['vlan'] {
  const type = typeOfObject(vlan)
  if (type === 'VmwareDistributedVirtualSwitchTrunkVlanSpec') {
    const ranges = listAt(vlan, 'vlanId').map((range) => ({
      from: numberAt(range, 'start') ?? 0,
      to: numberAt(range, 'end') ?? 0,
    }))
    return { ranges }
  }
  const privateVlan = numberAt(vlan, 'pvlanId')
  if (privateVlan !== undefined) return { privateVlan }
  return { id: numberAt(vlan, 'vlanId') ?? 0 }
}

/** The newer policy says it plainly; the older one as objects that may inherit. */
function policyOf(older: VimValue | undefined, newer: VimValue | undefined): SurveyedPolicy | undefined {
  const flag = (name: string) => flagAt(newer, name) ?? flagAt(older, name, 'value')
  const promiscuous = flag('allowPromiscuous')
  const macChanges = flag('macChanges')
  const forgedTransmits = flag('forgedTransmits')
  if (promiscuous === undefined || macChanges === undefined || forgedTransmits === undefined) return undefined
  return { promiscuous, macChanges, forgedTransmits }
}

function learningOf(management: VimValue | undefined): SurveyedLearning | undefined {
  const learning = at(management, 'macLearningPolicy')
  if (flagAt(learning, 'enabled') !== true) return undefined
  return known({
    flooding: flagAt(learning, 'allowUnicastFlooding'),
    limit: numberAt(learning, 'limit'),
    limitPolicy: textAt(learning, 'limitPolicy'),
  })
}
