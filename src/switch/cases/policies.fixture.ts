/** For tests: the three security policies, in both directions. */
import type { Row } from './read.fixture.ts'

export const forged: readonly Row[] = [
  ['a forged source is dropped', 'ABCV', 'A:z>B = !A:FORGED_TRANSMIT'],
  ['a forged broadcast is dropped', 'ABCV', 'A:z>* = !A:FORGED_TRANSMIT'],
  ['a forged multicast is dropped', 'ABCV', 'A:z>m = !A:FORGED_TRANSMIT'],
  ['another port of the switch cannot be played', 'ABC', 'A:C>B = !A:FORGED_TRANSMIT'],
  ['a broadcast address as source is forged', 'AB', 'A:*>B = !A:FORGED_TRANSMIT'],
  ['a forged frame in a trunk', 'RV', 'R:z>V#10 = !R:FORGED_TRANSMIT'],
  ['a forged source is not shown to promiscuous ports', 'ABS', 'A:z>B = !A:FORGED_TRANSMIT'],
  ['a forged broadcast is not shown either', 'ABS', 'A:z>* = !A:FORGED_TRANSMIT'],
  ['a forged source does not leave', 'ABU', 'A:z>y = !A:FORGED_TRANSMIT'],
  ['the receiver of forged frames need not accept any', 'AG', 'G:z>A = A'],
  ['a forged source passes where accepted', 'ABG', 'G:z>B = B'],
  ['a forged broadcast passes where accepted', 'ABG', 'G:z>* = A B'],
  ['the own source passes where forging is accepted', 'AG', 'G>A = A'],
  ['a taken MAC never moves', 'ABCG', 'G:B>A = A; C>B = B'],
  ['nor by broadcast', 'ABCG', 'G:B>* = A B C; C>B = B'],
  [
    'a group MAC is no source, whatever is accepted',
    'AG',
    'G:m>A = !G:GROUP_SOURCE; G:*>A = !G:GROUP_SOURCE',
  ],
]

/** The way back to a forged MAC, where nobody learns. */
export const wayBack: readonly Row[] = [
  ['a reply to a forged MAC is lost', 'AG', 'G:z>A = A; A>z = !A:UNKNOWN_UNICAST'],
  ['a reply to a forged MAC reaches the promiscuous port', 'AS', 'S:z>A = A; A>z = S'],
  ['a guest bridge hears its machines, and they are answered', 'ST', 'S:x>* = T; T:y>x = S; S:x>y = T'],
  ['promiscuous without forging receives and cannot answer', 'AP', 'A>z = P; P:z>A = !P:FORGED_TRANSMIT'],
]

export const macChanges: readonly Row[] = [
  ['a changed MAC may not send', 'AB', 'A>B = !A:PORT_BLOCKED', { ports: { A: { mac: 'y' } } }],
  ['not even as its new MAC', 'AB', 'A:y>B = !A:PORT_BLOCKED', { ports: { A: { mac: 'y' } } }],
  ['nor a broadcast', 'AB', 'A:y>* = !A:PORT_BLOCKED', { ports: { A: { mac: 'y' } } }],
  ['nor out of the switch', 'AU', 'A:y>z = !A:PORT_BLOCKED', { ports: { A: { mac: 'y' } } }],
  ['a changed MAC does not receive', 'AB', 'B>y = !A:PORT_BLOCKED', { ports: { A: { mac: 'y' } } }],
  ['a broadcast passes it by', 'ABC', 'B>* = C !A:PORT_BLOCKED', { ports: { A: { mac: 'y' } } }],
  ['also from outside', 'ABU', 'U:z>*#10 = B- !A:PORT_BLOCKED', { ports: { A: { mac: 'y' } } }],
  ['a blocked port does not watch', 'ABS', 'A>B = B', { ports: { S: { mac: 'y' } } }],
  [
    'others see what a blocked port does not get',
    'ABS',
    'B>y = S !A:PORT_BLOCKED',
    { ports: { A: { mac: 'y' } } },
  ],
  ['a taken MAC stays with its owner', 'ABG', 'A>B = B', { ports: { G: { mac: 'B' } } }],
  ['an accepted change sends as new', 'AM', 'M:y>A = A', { ports: { M: { mac: 'y' } } }],
  ['the old MAC is then forged', 'AM', 'M>A = !M:FORGED_TRANSMIT', { ports: { M: { mac: 'y' } } }],
  ['an accepted change receives as new', 'AM', 'A>y = M', { ports: { M: { mac: 'y' } } }],
  ['an accepted change gets broadcasts', 'AM', 'A>* = M', { ports: { M: { mac: 'y' } } }],
  ['a taken MAC gives nothing to its thief', 'ABM', 'A>B = B', { ports: { M: { mac: 'B' } } }],
  ['an unchanged MAC is no change', 'AB', 'A>B = B', { ports: { A: { mac: 'A' } } }],
]

export const oldMacs: readonly Row[] = [
  [
    'the old MAC of a blocked port is unknown',
    'AB',
    'B>A = !B:UNKNOWN_UNICAST',
    { ports: { A: { mac: 'y' } } },
  ],
  [
    'the old MAC after an accepted change is unknown',
    'AM',
    'A>M = !A:UNKNOWN_UNICAST',
    { ports: { M: { mac: 'y' } } },
  ],
]

export const promiscuous: readonly Row[] = [
  ['promiscuous ports see unicast of their VLAN', 'ABSW', 'A>B = B S W+10'],
  ['promiscuous ports see unknown unicast', 'ASW', 'A>z = S W+10'],
  ['promiscuous ports see what another VLAN would get', 'ADSW', 'A>D = S W+10'],
  ['a promiscuous port of another port group sees it too', 'CPST', 'C>z = P S T'],
  ['a promiscuous access port sees its VLAN only', 'DVSW', 'D>V = V+20 W+20'],
  ['a promiscuous trunk sees every VLAN', 'AEW', 'A>z = W+10; E>z = W'],
  [
    'a promiscuous port without VLAN sees no VLAN',
    'ABS',
    'A>B = B',
    { groups: { spy: { vlan: { mode: 'none' } } } },
  ],
  [
    'a promiscuous range sees its range',
    'ABDR',
    'A>B = B R+10; D>z = !D:UNKNOWN_UNICAST',
    {
      groups: {
        range: { security: { promiscuous: 'accept', forgedTransmits: 'reject', macChanges: 'reject' } },
      },
    },
  ],
  ['a promiscuous receiver gets it once', 'ASW', 'A>S = S W+10'],
  ['a promiscuous port gets a broadcast once', 'ABSW', 'A>* = B S W+10'],
  ['a promiscuous sender does not get it back', 'ASW', 'S>A = A W+10; S>* = A W+10; S>z = W+10'],
  ['the own MAC is not shown to promiscuous ports', 'ABS', 'A>A = !A:OWN_ADDRESS'],
  ['giants are not shown', 'ABS', 'A>B/1515 = !A:MTU_EXCEEDED'],
  ['a tagged frame on access is not shown', 'ABSW', 'A>B#10 = !A:VLAN_TAGGED_ON_ACCESS'],
  [
    'a guest that is not promiscuous sees nothing',
    'ABS',
    'A>B = B',
    { ports: { S: { guestPromiscuous: false } } },
  ],
  ['nor unknown unicast', 'AS', 'A>z = !A:UNKNOWN_UNICAST', { ports: { S: { guestPromiscuous: false } } }],
  [
    'a guest of whom nobody knows counts as promiscuous',
    'ABS',
    'A>B = B S',
    { ports: { S: { guestPromiscuous: 'unknown' } } },
  ],
  [
    'a promiscuous guest where it is rejected sees nothing',
    'ABC',
    'A>B = B',
    { ports: { C: { guestPromiscuous: true } } },
  ],
  [
    'scope port group: own traffic of the port group is seen',
    'STA',
    'S>A = A T; A>S = S T',
    { promiscuousScope: 'portgroup' },
  ],
  ['scope port group: others are not seen', 'ABST', 'A>B = B', { promiscuousScope: 'portgroup' }],
  [
    'scope port group: unknown unicast of others is not seen',
    'AS',
    'A>z = !A:UNKNOWN_UNICAST',
    { promiscuousScope: 'portgroup' },
  ],
  [
    'scope port group: unknown unicast of the port group is',
    'ST',
    'S>z = T',
    { promiscuousScope: 'portgroup' },
  ],
  [
    'scope port group: what comes from outside for nobody is seen',
    'PSU',
    'U:x>z#10 = P- S-',
    { promiscuousScope: 'portgroup' },
  ],
  [
    'scope port group: what comes from outside for others is not',
    'ASU',
    'U:x>A#10 = A-',
    { promiscuousScope: 'portgroup' },
  ],
  [
    'scope port group: what comes from outside for the port group is',
    'STU',
    'U:x>S#10 = S- T-',
    { promiscuousScope: 'portgroup' },
  ],
  ['scope port group: a broadcast is for all', 'ASV', 'A>* = S V+10', { promiscuousScope: 'portgroup' }],
]

export const multicast: readonly Row[] = [
  [
    'only listeners get a multicast',
    'ABC',
    'A>m = C',
    { ports: { B: { multicast: 'n' }, C: { multicast: 'nm' } } },
  ],
  ['who listens to no group gets none', 'ABC', 'A>m = C', { ports: { B: { multicast: '' } } }],
  [
    'a broadcast needs no listening',
    'ABC',
    'A>* = B C',
    { ports: { B: { multicast: '' }, C: { multicast: '' } } },
  ],
  ['nobody listens', 'AB', 'A>m = !A:NOBODY_IN_GROUP', { ports: { B: { multicast: '' } } }],
  [
    'a promiscuous port listens to all',
    'ABS',
    'A>m = S',
    { ports: { B: { multicast: '' }, S: { multicast: '' } } },
  ],
  [
    'a guest that is not promiscuous listens to its own',
    'AS',
    'A>m = !A:NOBODY_IN_GROUP',
    { ports: { S: { multicast: 'n', guestPromiscuous: false } } },
  ],
  ['a multicast leaves though nobody listens', 'ABU', 'A>m = U+10', { ports: { B: { multicast: '' } } }],
  [
    'from outside only listeners get it',
    'ABU',
    'U:x>m#10 = B-',
    { ports: { A: { multicast: '' }, B: { multicast: 'm' } } },
  ],
  [
    'a blocked listener is counted',
    'ABC',
    'B>m = C !A:PORT_BLOCKED',
    { ports: { A: { mac: 'y', multicast: 'm' } } },
  ],
  [
    'a blocked port that does not listen is not',
    'ABC',
    'B>m = C',
    { ports: { A: { mac: 'y', multicast: '' } } },
  ],
  [
    'listeners of other VLANs stay out of it',
    'ABD',
    'A>m = B',
    { ports: { D: { multicast: 'm' }, B: { multicast: 'm' } } },
  ],
]
