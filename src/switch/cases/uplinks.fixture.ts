/** For tests: what leaves and comes in, by one uplink, by several, and by those with a VLAN of their own. */
import type { Row } from './read.fixture.ts'

export const oneUplink: readonly Row[] = [
  ['a known MAC does not leave', 'ABU', 'A>B = B'],
  ['a broadcast leaves once, tagged', 'ABU', 'A>* = B U+10'],
  ['a trunk leaves with the tag it has', 'VU', 'V>z#12 = U'],
  ['a priority tag leaves with its VLAN', 'AU', 'A>z#p0 = U~10'],
  ['from the uplink to a known MAC', 'ABU', 'U:z>A#10 = A-'],
  ['from the uplink to a trunk', 'UV', 'U:z>V#10 = V'],
  ['from the uplink without VLAN', 'AEU', 'U:z>E = E; U:z>* = E'],
  ['a broadcast from the uplink', 'ABCDU', 'U:z>*#10 = A- B- C-'],
  ['a broadcast from the uplink into an empty VLAN', 'AU', 'U:z>*#20 = !U:NOBODY_IN_VLAN'],
  ['VID 4095 from the uplink', 'AU', 'U:z>A#4095 = !U:VLAN_NOT_ALLOWED'],
  ['a broadcast that comes back is shown to nobody', 'ABU', 'A>* = B U+10; U:A>*#10 = !U:CAME_BACK'],
  ['a unicast that comes back is shown to nobody', 'ABU', 'U:A>B#10 = !U:CAME_BACK'],
  ['nothing that has no own source comes back', 'ABU', 'U:z>B#10 = B-'],
  ['a group MAC is no source outside either', 'AU', 'U:m>A#10 = !U:GROUP_SOURCE'],
]

/** Where unknown MACs are flooded to nobody. */
export const unknownOutside: readonly Row[] = [
  ['an unknown MAC leaves by the uplink, tagged', 'ABU', 'A>z = U+10'],
  ['a known MAC of another VLAN leaves by the uplink', 'ADU', 'A>D = U+10'],
  ['without VLAN it leaves untagged', 'EU', 'E>z = U'],
  ['the uplink and promiscuous ports', 'ASU', 'A>z = S U+10'],
  ['from the uplink in another VLAN', 'ABU', 'U:z>A#20 = !U:OTHER_VLAN'],
  ['from the uplink to nobody', 'ABU', 'U:z>y#10 = !U:UNKNOWN_UNICAST'],
  ['from the uplink to nobody, watched', 'ASU', 'U:z>y#10 = S-'],
  ['promiscuous ports see what comes back', 'ABSU', 'A>* = B S U+10; U:A>*#10 = S-'],
  ['a promiscuous port sees its own frames come back', 'ASU', 'S>* = A U+10; U:S>*#10 = S-'],
]

export const severalUplinks: readonly Row[] = [
  ['never from uplink to uplink', 'AUX', 'U:y>*#10 = A-; U:y>z#10 = !U:UNKNOWN_UNICAST'],
  ['each port leaves by one of two uplinks', 'ABUX', 'A>z = U+10; B>z = X+10'],
  ['always by the same', 'ABUX', 'B>y = X+10; B>z = X+10; B>* = A X+10'],
  ['a broadcast is taken from the own uplink', 'ABUX', 'U:y>*#10 = A-; X:y>*#10 = B-'],
  ["a broadcast by an uplink that is nobody's", 'AUX', 'X:y>*#10 = !X:OTHER_UPLINK'],
  ['a multicast too', 'AUX', 'X:y>m#10 = !X:OTHER_UPLINK'],
  ['a known MAC is reached by any uplink', 'ABUX', 'U:y>B#10 = B-; X:y>B#10 = B-'],
  ['a promiscuous port has broadcasts twice', 'SUX', 'U:y>*#10 = S-; X:y>*#10 = S-'],
  ['a promiscuous port has unknown unicast twice', 'SUX', 'U:y>z#10 = S-; X:y>z#10 = S-'],
  [
    'the reverse path check takes the second one away',
    'SUX',
    'U:y>*#10 = S-; X:y>*#10 = !X:OTHER_UPLINK',
    { reversePathCheck: true },
  ],
  [
    'the reverse path check for unicast',
    'SUX',
    'U:y>z#10 = S-; X:y>z#10 = !X:OTHER_UPLINK',
    { reversePathCheck: true },
  ],
  ['a copy that returns by the other uplink is dropped', 'ABUX', 'A>* = B U+10; X:A>*#10 = !X:CAME_BACK'],
  ['a promiscuous port sees the copy that returns', 'ABSUX', 'A>* = B S U+10; X:A>*#10 = S-'],
  [
    'with the reverse path check it does not',
    'ABSUX',
    'A>* = B S U+10; X:A>*#10 = !X:CAME_BACK',
    { reversePathCheck: true },
  ],
]

export const ownVlans: readonly Row[] = [
  ['NAT without a VLAN carries frames without VLAN', 'AE7', 'E>z = 7; 7:z>E = E'],
  ['NAT without a VLAN carries no VLAN', 'A7', 'A>z = !A:UNKNOWN_UNICAST'],
  ['NAT with a VLAN carries it untagged', 'AE8', 'A>z = 8; 8:z>A = A; 8:z>* = A'],
  ['NAT with a VLAN carries nothing else', 'E8', 'E>z = !E:UNKNOWN_UNICAST'],
  ['NAT tags nothing', 'V8', 'V>z#10 = 8-; 8:z>V = V+10'],
  ['a tag from NAT is dropped', 'A8', '8:z>A#10 = !8:VLAN_TAGGED_ON_ACCESS'],
  ['a VLAN with an uplink of its own leaves by no other', 'ADU9', 'D>z = 9; A>z = U+10'],
  ['nor comes in by another', 'DU9', 'U:z>D#20 = !U:VLAN_NOT_ALLOWED; 9:z>D = D'],
  ['a broadcast of that VLAN leaves there only', 'DVU9', 'D>* = 9 V+20'],
  ['NAT and a NIC share by VLAN', 'AEU7', 'A>z = U+10; E>z = 7'],
]
