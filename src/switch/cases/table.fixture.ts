/** For tests: all cases, for each kind of switch those that hold on it. */
import type { SwitchKind } from '../spec.ts'
import type { Case } from './case.fixture.ts'
import { classical, distributed, dvfilter, hyperv } from './learning.fixture.ts'
import { forged, macChanges, multicast, oldMacs, promiscuous, wayBack } from './policies.fixture.ts'
import { casesOf, type Row } from './read.fixture.ts'
import { addresses, sizes, unknown, vlans } from './standard.fixture.ts'
import { oneUplink, ownVlans, severalUplinks, unknownOutside } from './uplinks.fixture.ts'

const policies = [forged, wayBack, macChanges, oldMacs, promiscuous, multicast]
const outside = [oneUplink, unknownOutside, severalUplinks, ownVlans]

/** What a standard switch does, a distributed one does where none of its port groups learns. */
const vsphere = [addresses, vlans, sizes, unknown, ...policies, ...outside, dvfilter]

const on = (kind: SwitchKind, sections: readonly (readonly Row[])[]) =>
  casesOf(kind, sections.flat(), { kind })

export const caseTable: readonly Case[] = [
  ...on('standard', vsphere),
  ...on('distributed', [...vsphere, distributed]),
  ...on('learning', [addresses, vlans, sizes, forged.slice(0, 8), classical]),
  ...on('hyperv', [addresses, unknown.slice(0, 6), vlans, sizes, hyperv]),
]
