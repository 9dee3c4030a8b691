/** The rules of the pack `network`. */
import type { Rule } from '../rule.ts'
import { island, vlanApart } from './apart.ts'
import { clusterSameGroups } from './cluster-groups.ts'
import {
  distributedUplink,
  distributedVersion,
  distributedWithoutVcenter,
  vcenterOnItsSwitch,
} from './distributed.ts'
import { hostNics, portgroupOnEveryHost } from './hosts.ts'
import { hypervSpoofing } from './hyperv.ts'
import {
  dvfilterNeverAges,
  learningAvailable,
  learningLimit,
  learningSwitchVersion,
  nexus1000v,
} from './learning.ts'
import { macChanges } from './mac-changes.ts'
import { mtu, nsxMtu } from './mtu.ts'
import { cloudMac, dnsInCloud, malwareIsolated } from './outside.ts'
import { forgedTransmits, promiscuous } from './policies.ts'
import { promiscuousBystanders, promiscuousDuplicates, promiscuousLoad } from './promiscuity.ts'
import { promiscuousScope } from './promiscuous-scope.ts'
import { vlanTrunk } from './vlans.ts'
import { hardenedBaseline, sharedSwitch } from './weakening.ts'

export const networkRules: readonly Rule[] = [
  forgedTransmits,
  promiscuous,
  macChanges,
  promiscuousScope,
  hypervSpoofing,
  hardenedBaseline,
  sharedSwitch,
  promiscuousBystanders,
  promiscuousDuplicates,
  promiscuousLoad,
  learningAvailable,
  learningSwitchVersion,
  learningLimit,
  dvfilterNeverAges,
  nexus1000v,
  vlanTrunk,
  vlanApart,
  island,
  mtu,
  nsxMtu,
  portgroupOnEveryHost,
  clusterSameGroups,
  hostNics,
  distributedWithoutVcenter,
  vcenterOnItsSwitch,
  distributedUplink,
  distributedVersion,
  cloudMac,
  dnsInCloud,
  malwareIsolated,
]
