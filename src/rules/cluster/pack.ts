/** The rules of the pack `cluster`: EVC and vMotion, members, availability, management, operations. */
import type { Rule } from '../rule.ts'
import { nPlusOne, oneMember } from './availability.ts'
import { hypervisorsOnly, oneCluster, physicalAndNested, unlikeMembers } from './composition.ts'
import {
  evcBaselineReached,
  evcKnown,
  evcNeeded,
  evcNestedHosts,
  evcProduct,
  evcTooNew,
  evcVendors,
} from './evc.ts'
import { directoryInside, knownCluster, oneVcenter, vcenterInside, vcenterNeeded } from './management.ts'
import { benchmark, rehearsalSnapshot, singleHost } from './operations.ts'

export const clusterRules: readonly Rule[] = [
  evcNeeded,
  evcVendors,
  evcBaselineReached,
  evcKnown,
  evcTooNew,
  evcNestedHosts,
  evcProduct,
  physicalAndNested,
  hypervisorsOnly,
  unlikeMembers,
  oneCluster,
  oneMember,
  nPlusOne,
  knownCluster,
  oneVcenter,
  vcenterNeeded,
  vcenterInside,
  directoryInside,
  singleHost,
  benchmark,
  rehearsalSnapshot,
]
