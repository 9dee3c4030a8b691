/** For tests: addresses, broadcasts, VLANs, tags and sizes, which every kind of switch treats alike. */
import type { Row } from './read.fixture.ts'

const all = 'ABCDEFVR'

export const addresses: readonly Row[] = [
  ['a known MAC in the same port group gets the frame alone', all, 'A>B = B'],
  ['a known MAC in another port group of the VLAN gets it alone', all, 'A>C = C'],
  ['two ports without VLAN talk', all, 'E>F = F'],
  ['the own MAC gets nothing', all, 'A>A = !A:OWN_ADDRESS'],
  ['a broadcast reaches the VLAN, tagged on trunks', all, 'A>* = B C R+10 V+10'],
  ['a multicast nobody filters floods like a broadcast', all, 'A>m = B C R+10 V+10'],
  ['an IPv6 multicast floods as well', all, 'A>n = B C R+10 V+10'],
  ['a frame to the bridges themselves is a multicast', all, 'A>b = B C R+10 V+10'],
  ['a broadcast without VLAN stays out of VLANs', all, 'E>* = F V'],
  ['a broadcast in a VLAN of one is counted', 'AD', 'D>* = !D:NOBODY_IN_VLAN'],
  ['a switch of one port delivers nothing', 'A', 'A>* = !A:NOBODY_IN_VLAN'],
  ['ports of one VLAN in three port groups hear one another', 'BCG', 'G>* = B C'],
  ['the answer comes back', 'AB', 'A>B = B; B>A = A'],
]

/** Only where nobody floods frames to unknown MACs. */
export const unknown: readonly Row[] = [
  ['a known MAC in another VLAN gets nothing', all, 'A>D = !A:OTHER_VLAN'],
  ['a port without VLAN does not reach a VLAN', all, 'E>A = !E:OTHER_VLAN'],
  ['an unknown MAC without uplink gets nothing', all, 'A>z = !A:UNKNOWN_UNICAST'],
  ['a trunk does not reach another VLAN', all, 'V>A#20 = !V:OTHER_VLAN'],
  ['a trunk does not receive outside its range', all, 'V>R#20 = !V:OTHER_VLAN'],
  ['an untagged trunk frame does not reach an access port', all, 'V>A = !V:OTHER_VLAN'],
  ['nothing is learned from a frame', 'AG', 'G:x>A = A; A>x = !A:UNKNOWN_UNICAST'],
  ['nothing is learned from a broadcast', 'AG', 'G:x>* = A; A>x = !A:UNKNOWN_UNICAST'],
]

export const vlans: readonly Row[] = [
  ['an access port reaches a trunk port with its tag', all, 'A>V = V+10'],
  ['a trunk reaches an access port without tag', all, 'V>A#10 = A-'],
  ['an untagged trunk frame is in no VLAN', all, 'V>* = E F'],
  ['a tagged trunk broadcast', all, 'V>*#10 = A- B- C- R'],
  ['a tag within the range passes', all, 'R>V#12 = V'],
  ['both ends of the range pass', 'RV', 'R>V#10 = V; R>V#15 = V'],
  [
    'tags just outside the range are dropped',
    'RV',
    'R>V#9 = !R:VLAN_NOT_ALLOWED; R>V#16 = !R:VLAN_NOT_ALLOWED',
  ],
  ['untagged outside the range is dropped', all, 'R>V = !R:VLAN_NOT_ALLOWED'],
  ['a priority tag outside the range is dropped', all, 'R>V#p0 = !R:VLAN_NOT_ALLOWED'],
  ['a broadcast skips a trunk that has not its VLAN', 'DRV', 'D>* = V+20'],
  ['the highest VLAN is 4094', 'VW', 'V>*#4094 = W'],
  ['VID 4095 is no VLAN even on 4095', all, 'V>A#4095 = !V:VLAN_NOT_ALLOWED'],
  ['the priority bits do not change the VLAN', all, 'V>A#p10 = A-'],
  ['the own VID on access is dropped', all, 'A>B#10 = !A:VLAN_TAGGED_ON_ACCESS'],
  ['another VID on access is dropped', all, 'A>D#20 = !A:VLAN_TAGGED_ON_ACCESS'],
  ['a tagged broadcast on access is dropped', all, 'A>*#20 = !A:VLAN_TAGGED_ON_ACCESS'],
  ['a tag without VLAN is dropped', all, 'E>F#10 = !E:VLAN_TAGGED_ON_ACCESS'],
  ['VID 4095 on access is dropped', all, 'A>B#4095 = !A:VLAN_TAGGED_ON_ACCESS'],
  ['a priority tag on access is taken off', all, 'A>B#p0 = B-'],
  ['a tag of all zeros is a priority tag too', all, 'A>B#0 = B-'],
  ['a priority tag gets the VLAN on a trunk', all, 'A>V#p0 = V~10'],
  ['a priority tag on a trunk is in no VLAN', all, 'V>E#p0 = E-'],
  ['a priority tag is taken off between trunks too', 'VW', 'V>W#p0 = W-'],
  ['a priority broadcast on access', all, 'A>*#p0 = B- C- R~10 V~10'],
  // QinQ
  ['a service tag is data on access', all, 'A>B@20 = B'],
  ['a service tag is data on a trunk, which is in no VLAN then', all, 'V>*@20 = E F'],
  ['a service tag stays below the VLAN that a trunk adds', all, 'A>V@20 = V+10'],
  ['the second tag is data: only the first one is taken off', all, 'V>A#10#20 = A-'],
  ['two tags pass between trunks', 'RV', 'V>R#10#20 = R'],
  ['a second tag does not open another VLAN', 'ADV', 'V>*#10#20 = A-'],
  ['two tags on access are dropped by the first', all, 'A>D#10#20 = !A:VLAN_TAGGED_ON_ACCESS'],
  ['a tag below a priority tag is data', all, 'A>B#p0#20 = B-'],
  ['a tag below a service tag is data', all, 'A>B@20#20 = B'],
]

export const sizes: readonly Row[] = [
  ['the longest payload passes', 'AB', 'A>B/1514 = B'],
  ['one byte more does not', 'AB', 'A>B/1515 = !A:MTU_EXCEEDED'],
  ['nor in a broadcast', 'AB', 'A>*/1515 = !A:MTU_EXCEEDED'],
  ['the tag is not payload', 'AV', 'V>A#10/1518 = A-'],
  ['a tagged giant', 'AV', 'V>A#10/1519 = !V:MTU_EXCEEDED'],
  ['a priority tag is not payload', 'AB', 'A>B#p0/1518 = B-'],
  ['the second tag is payload', 'AV', 'V>A#10#20/1519 = !V:MTU_EXCEEDED; V>A#10#20/1518 = A-'],
  ['a service tag is payload', 'AB', 'A>B@20/1515 = !A:MTU_EXCEEDED; A>B@20/1514 = B'],
  ['a tag is added to the longest frame', 'AV', 'A>V/1514 = V+10'],
  ['the shortest frame is a bare header', 'AB', 'A>B/14 = B'],
  ['a frame that ends within its header is a runt', 'AB', 'A>B/13 = !A:RUNT; A>B/0 = !A:RUNT'],
  ['a frame that ends within its tag is a runt', 'AV', 'V>A#10/17 = !V:RUNT; V>A#10/18 = A-'],
  ['jumbo frames need their MTU', 'AB', 'A>B/9014 = B; A>B/9015 = !A:MTU_EXCEEDED', { mtu: 9000 }],
  ['a small MTU', 'AB', 'A>B/1294 = B; A>B/1295 = !A:MTU_EXCEEDED', { mtu: 1280 }],
  ['from an uplink the MTU holds too', 'AU', 'U:x>A#10/1518 = A-; U:x>A#10/1519 = !U:MTU_EXCEEDED'],
]
