/** For tests: what switches learn from frames, what they forget, and whom they flood. */
import type { Row } from './read.fixture.ts'

/** A distributed switch whose port groups learn. */
export const distributed: readonly Row[] = [
  ['a learned MAC gets its frames alone', 'ANO', 'N:x>A = A; A>x = N'],
  ['a MAC is learned from a broadcast', 'ANO', 'N:x>* = A O; A>x = N'],
  ['promiscuous mode is not needed', 'NO', 'N:x>* = O; O:y>x = N; N:x>y = O'],
  ['a learned MAC is no longer shown to others', 'ANOS', 'N:x>A = A S; A>x = N S'],
  ['an unknown MAC is flooded to those who learn', 'ABNO', 'A>x = N O'],
  ['those who learn flood one another', 'NO', 'N:x>y = O'],
  ['flooding stays in its VLAN', 'ALN', 'A>x = N'],
  ['a trunk that learns is flooded with the tag', 'ANQ', 'A>x = N Q+10'],
  ['a trunk learns in each VLAN', 'AQ', 'Q:x>A#10 = A-; A>x = Q+10'],
  ['who does not want flooding gets none', 'AHN', 'A>x = N'],
  ['nobody wants flooding', 'AH', 'A>x = !A:UNKNOWN_UNICAST'],
  ['what is learned reaches a port without flooding', 'AH', 'H:x>A = A; A>x = H'],
  ['a port that does not learn is not flooded', 'ABN', 'N>z = !N:UNKNOWN_UNICAST'],
  ['a known MAC of another VLAN is flooded like an unknown one', 'ADN', 'A>D = N'],
  ['a promiscuous port is flooded as ever', 'ANS', 'A>x = N S'],
  [
    'a promiscuous port that learns gets it once',
    'AN',
    'A>x = N',
    {
      groups: {
        learn: { security: { promiscuous: 'accept', forgedTransmits: 'accept', macChanges: 'reject' } },
      },
    },
  ],
  [
    'gate both: a sender that does not learn floods nobody',
    'ANO',
    'A>x = !A:UNKNOWN_UNICAST',
    { floodingGate: 'both' },
  ],
  [
    'gate both: a sender without flooding floods nobody',
    'HNO',
    'H>x = !H:UNKNOWN_UNICAST',
    { floodingGate: 'both' },
  ],
  ['gate both: a sender with flooding does', 'HNO', 'N>x = O', { floodingGate: 'both' }],
  ['gate both: from outside it is flooded', 'HNU', 'U:y>x#10 = N-', { floodingGate: 'both' }],
  ["gate receiver: the sender's setting does not count", 'HNO', 'H>x = N O'],
  ['limit, drop: one MAC more is dropped', 'AI', 'I:x>A = A; I:y>A = A; I:z>A = !I:LEARN_LIMIT'],
  ['limit, drop: known ones still pass', 'AI', 'I:x>A; I:y>A; I:x>A = A; I:y>* = A'],
  ['limit, drop: the own MAC does not count', 'AI', 'I>A = A; I:x>A = A; I:y>A = A; I>A = A'],
  ['limit, drop: the MAC of another port does not count', 'ABI', 'I:B>A = A; I:x>A = A; I:y>A = A'],
  ['limit, drop: the one more is unknown', 'AI', 'I:x>A; I:y>A; I:z>A; A>z = I; A>x = I'],
  ['limit, drop: a broadcast of one MAC more is dropped', 'AI', 'I:x>A; I:y>A; I:z>* = !I:LEARN_LIMIT'],
  [
    'limit, allow: one MAC more passes and is not learned',
    'AJN',
    'J:x>A = A; J:y>A = A; J:z>A = A; A>z = J N; A>x = J',
  ],
  [
    'a limit counts all VLANs of a port',
    'QV',
    'Q:x>V#10 = V; Q:y>V#20 = V; Q:z>V#30 = !Q:LEARN_LIMIT',
    {
      groups: {
        learntrunk: {
          macLearning: { by: 'switch', limit: 2, limitPolicy: 'drop', flooding: true, ageingS: 300 },
        },
      },
    },
  ],
  [
    'one MAC in two VLANs counts twice',
    'QV',
    'Q:x>V#10 = V; Q:x>V#20 = V; Q:y>V#10 = !Q:LEARN_LIMIT',
    {
      groups: {
        learntrunk: {
          macLearning: { by: 'switch', limit: 2, limitPolicy: 'drop', flooding: true, ageingS: 300 },
        },
      },
    },
  ],
  ['a static MAC is not learned', 'ABCN', 'N:B>A = A; C>B = B'],
  ['nor one of another VLAN', 'ADNO', 'N:D>A = A; A>D = N O'],
  ['a group MAC is not learned', 'AN', 'N:m>A = !N:GROUP_SOURCE; A>N = N'],
  ['what is learned in one VLAN is unknown in another', 'ADLNO', 'N:x>A = A; D>x = L'],
  ['a MAC that moves is found at its new place', 'ANO', 'N:x>A = A; O:x>A = A; A>x = O'],
  ['a MAC that moves frees its place', 'AIN', 'I:x>A; I:y>A; N:x>A; I:z>A = A'],
  ['a MAC moves only where there is room', 'AIN', 'I:x>A; I:y>A; N:z>A; I:z>A = !I:LEARN_LIMIT; A>z = N'],
  ['a MAC is forgotten when it is silent', 'ANO', 'N:x>A = A; wait +299s A>x = N; wait +2s A>x = N O'],
  ['a frame keeps it', 'ANO', 'N:x>A = A; wait +299s N:x>A = A; wait +299s A>x = N'],
  ['being sought does not keep it', 'ANO', 'N:x>A = A; wait +200s A>x = N; wait +101s A>x = N O'],
  ['ageing makes room', 'AI', 'I:x>A; I:y>A; wait +301s I:z>A = A; A>z = I'],
  [
    'without ageing nothing is forgotten',
    'ANO',
    'N:x>A = A; wait +999999s A>x = N',
    {
      groups: {
        learn: {
          macLearning: { by: 'switch', limit: 4096, limitPolicy: 'allow', flooding: true, ageingS: 0 },
        },
      },
    },
  ],
  [
    'an ageing time of its own',
    'ANO',
    'N:x>A; wait +59s A>x = N; wait +2s A>x = N O',
    {
      groups: {
        learn: {
          macLearning: { by: 'switch', limit: 4096, limitPolicy: 'allow', flooding: true, ageingS: 60 },
        },
      },
    },
  ],
  ['learning does not permit forging', 'AK', 'K:x>A = !K:FORGED_TRANSMIT; A>x = K'],
  ['with forging rejected, the own MAC passes', 'AK', 'K>A = A; A>K = K'],
  ['a dropped frame teaches nothing', 'ANO', 'N:x>A/1515 = !N:MTU_EXCEEDED; A>x = N O'],
  ['a frame to the own MAC teaches', 'ANO', 'N:x>N = !N:OWN_ADDRESS; A>x = N'],
  ['two MACs behind one port do not reach each other by the switch', 'AN', 'N:x>A; N:y>x = !N:OWN_ADDRESS'],
  [
    'a blocked port learns nothing',
    'ANO',
    'N:x>A = !N:PORT_BLOCKED; A>x = O',
    { ports: { N: { mac: 'y' } } },
  ],
  ['a blocked port is not flooded', 'ANO', 'A>x = O', { ports: { N: { mac: 'y' } } }],
  [
    'the MAC a blocked port took can be learned elsewhere',
    'ANO',
    'O:y>A = A; A>y = O',
    { ports: { N: { mac: 'y' } } },
  ],
  ['a multicast is no matter of learning', 'ANOH', 'A>m = H N O'],
  ['a listener that learns is filtered as others are', 'ANO', 'A>m = O', { ports: { N: { multicast: '' } } }],
  ['an unknown MAC leaves and is flooded', 'ANU', 'A>x = N U+10'],
  ['a learned MAC does not leave', 'ANU', 'N:x>A; A>x = N'],
  ['from outside to a learned MAC', 'ANOU', 'N:x>A; U:z>x#10 = N-'],
  ['from outside to an unknown MAC', 'AHNU', 'U:z>x#10 = N-'],
  ['nothing outside is learned', 'ABNU', 'U:z>A#10 = A-; A>z = N U+10'],
  ['a MAC that is seen outside has left', 'ANU', 'N:x>A; U:x>*#10 = A- N-; A>x = N U+10'],
  ['and may come back', 'ANU', 'N:x>A; U:x>*#10; N:x>A = A; A>x = N'],
  [
    'a copy that returns by the other uplink does not take it away',
    'ANUX',
    'N:x>* = A X+10; U:x>*#10 = !U:CAME_BACK; A>x = N',
  ],
  ['seen at its own uplink it has left', 'ANUX', 'N:x>A = A; X:x>*#10 = N-; A>x = N U+10'],
  ['flooding from outside comes by the own uplink', 'ANUX', 'U:z>x#10 = !U:OTHER_UPLINK; X:z>x#10 = N-'],
]

/** A filter on top of promiscuous mode; the switch itself learns nothing. */
export const dvfilter: readonly Row[] = [
  ['what the filter has not seen is not shown', 'AB1', 'A>B = B; A>x = !A:NOT_LEARNED'],
  ['what it has seen is', 'A12', '1:x>A = A; A>x = 1'],
  ['each NIC has its own filter', 'A12', '1:x>A = A; 2:y>A = A; A>x = 1; A>y = 2'],
  ['the own MAC needs no learning', 'A1', 'A>1 = 1'],
  ['a promiscuous port without filter sees all', 'AS1', 'A>x = S'],
  ['nothing moves: both have seen it', 'A12', '1:x>A; 2:x>A; A>x = 1 2'],
  ['nothing is forgotten', 'A1', '1:x>A; wait +999999s A>x = 1'],
  ['a full filter shows everything', 'AB1', '1:x>A = A; 1:y>A = A; A>B = 1 B; A>z = 1'],
  ['a full filter drops nothing', 'A1', '1:x>A; 1:y>A; 1:z>A = A'],
  ['below the limit it filters', 'AB1', '1:x>A; A>B = B'],
  ['multicast and broadcast are not filtered', 'A1', 'A>m = 1; A>* = 1'],
  ['not even where the guest does not listen', 'A1', 'A>m = 1', { ports: { '1': { multicast: '' } } }],
  ['the filter looks at no VLAN', 'ADV3', '3:x>A#10 = A-; D>x = 3+20'],
  ['from outside it filters too', 'A1U', '1:x>A = A; U:z>x#10 = 1-; U:z>y#10 = !U:NOT_LEARNED'],
  ['what comes back is filtered', 'AB1U', 'U:A>B#10 = !U:CAME_BACK; U:A>*#10 = 1-'],
  [
    'the filter permits no forging',
    'A1',
    '1:x>A = !1:FORGED_TRANSMIT',
    {
      groups: {
        filter: { security: { promiscuous: 'accept', forgedTransmits: 'reject', macChanges: 'reject' } },
      },
    },
  ],
  [
    'the filter needs promiscuous mode',
    'A1',
    '1:x>A = A; A>x = !A:UNKNOWN_UNICAST',
    {
      groups: {
        filter: { security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'reject' } },
      },
    },
  ],
  [
    'the filter needs a promiscuous guest',
    'A1',
    '1:x>A = A; A>x = !A:UNKNOWN_UNICAST',
    { ports: { '1': { guestPromiscuous: false } } },
  ],
]

/** A classical switch learns on every port, outside too. */
export const classical: readonly Row[] = [
  ['an unknown MAC is flooded to all of the VLAN', 'ABCDV', 'A>x = B C V+10'],
  ['a learned MAC gets its frames alone', 'ABG', 'G:x>A = A; B>x = G'],
  [
    'a MAC is learned on a trunk',
    'ABV',
    'V:x>A#10 = A-; B>x = V+10',
    {
      groups: {
        trunk: { security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'reject' } },
      },
    },
  ],
  ['the MAC of a NIC is known before it speaks', 'ABC', 'A>C = C'],
  ['a MAC that moves is found at its new place', 'ABGN', 'G:x>A; N:x>A; B>x = N'],
  ['a known MAC of another VLAN is flooded like an unknown one', 'ABDG', 'A>D = B G'],
  ['what is outside is learned', 'ABGU', 'U:x>A#10 = A-; A>x = U+10'],
  ['and unknown until then', 'ABGU', 'A>x = B G U+10'],
  ['a MAC moves in from outside', 'ABGU', 'U:x>A#10 = A-; G:x>A = A; B>x = G'],
  ['and out', 'ABGU', 'G:x>A = A; U:x>*#10 = A- B- G-; B>x = U+10'],
  ['from outside to outside it is dropped', 'ABU', 'U:x>A#10 = A-; U:y>x#10 = !U:OWN_ADDRESS'],
  ['one uplink is not the way to another', 'ABUX', 'X:x>A#10 = A-; U:y>x#10 = !U:OTHER_UPLINK'],
  [
    'each port leaves by its own uplink, wherever the MAC was seen',
    'ABUX',
    'X:x>A#10 = A-; A>x = U+10; B>x = X+10',
  ],
  ['what comes back is dropped', 'ABUX', 'A>* = B U+10; X:A>*#10 = !X:CAME_BACK'],
  ['a MAC is forgotten when it is silent', 'ABG', 'G:x>A; wait +301s B>x = A G'],
  ['forging can be rejected here as well', 'AB', 'A:x>B = !A:FORGED_TRANSMIT'],
  ['promiscuous mode shows what is known', 'ABS', 'A>B = B S'],
  ['flooding can be turned off for a port group', 'ABHG', 'A>x = B G'],
  ['a limit holds here as well', 'AI', 'I:x>A; I:y>A; I:z>A = !I:LEARN_LIMIT'],
]

/** Hyper-V: N and O may spoof, the others may not. */
export const hyperv: readonly Row[] = [
  ['two machines talk', 'AB', 'A>B = B'],
  ['spoofing is dropped where it is off', 'AB', 'A:x>B = !A:FORGED_TRANSMIT'],
  ['spoofing passes where it is on', 'AN', 'N:x>A = A'],
  ['and the MAC is learned', 'ANO', 'N:x>A = A; A>x = N'],
  ['an unknown MAC is flooded to those who may spoof', 'ABNO', 'A>x = N O'],
  ['without spoofing an unknown MAC gets nothing', 'AB', 'A>x = !A:UNKNOWN_UNICAST'],
  [
    'a changed MAC is blocked where spoofing is off',
    'AB',
    'A:y>B = !A:PORT_BLOCKED',
    { ports: { A: { mac: 'y' } } },
  ],
  ['a changed MAC works where spoofing is on', 'AN', 'N:y>A = A; A>y = N', { ports: { N: { mac: 'y' } } }],
  ['there is no promiscuous mode', 'ABS', 'A>B = B'],
  ['nested machines talk over two hosts', 'NO', 'N:x>* = O; O:y>x = N; N:x>y = O'],
  ['an unknown MAC leaves by NAT', 'E7', 'E>x = 7'],
  ['access and trunk as elsewhere', 'AV', 'A>V = V+10; V>A#10 = A-'],
  ['a MAC is forgotten when it is silent', 'ANO', 'N:x>A = A; wait +301s A>x = N O'],
]
