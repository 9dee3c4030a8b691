/** Why a frame does not arrive although no switch dropped it. */

interface OwnRow {
  readonly meaning: string
  readonly remedy: string
}

const rows = {
  NO_NIC: {
    meaning: 'the machine has no NIC',
    remedy: 'give it one: nics: [{ portgroup: … }]',
  },
  NO_ADDRESS: {
    meaning: 'no NIC of the machine has an IP address',
    remedy: 'give a NIC an address, or a network to choose one from',
  },
  NO_COMMON_NETWORK: {
    meaning: 'the two machines have no IP network in common, and nothing routes between theirs',
    remedy: 'give both an address of one network',
  },
  NO_WAY_BACK: {
    meaning:
      'the answer finds no way: the network of the machine that is asked does not contain the one that asks',
    remedy: 'give both networks the same prefix length',
  },
  DUPLICATE_ADDRESS: {
    meaning:
      'another machine has the same IP address and hears the question too: who answers first is chance',
    remedy: 'give one of the two another address',
  },
  DUPLICATE_MAC: {
    meaning: 'another NIC on the switch has the same MAC address, and gets the frame',
    remedy: 'give one of the two NICs another MAC',
  },
  NO_UPLINK: {
    meaning: 'the switch has no uplink that leads on to the other machine',
    remedy: 'name a NIC of the hypervisor under uplinks of this switch',
  },
  OTHER_SWITCH: {
    meaning: 'the two ways out end at two switches that nothing joins',
    remedy: 'plug both into port groups of one switch',
  },
  UPLINK_VLAN: {
    meaning:
      'the uplink that leads on does not carry the VLAN: it has one of its own, or an overlay took this one',
    remedy: 'use another VLAN, or another uplink',
  },
  UPLINK_PINNED: {
    meaning: 'the port leaves the switch by another uplink than the one that leads on',
    remedy: 'connect all uplinks of the switch to the same network, or take the other one away',
  },
  TAGGED_TO_GUEST: {
    meaning: 'the port group keeps the VLAN tag, and the guest expects frames without one',
    remedy: 'give the machine a port group with the VLAN of its network',
  },
  NOT_ADDRESSED: {
    meaning: 'the frame arrived, but its destination MAC is not that of the NIC, which ignores it',
    remedy: 'send the frame to the MAC of the NIC, or to everybody',
  },
  LOOP: {
    meaning: 'the frame goes in circles between switches',
    remedy: 'remove one of the uplinks that close the circle',
  },
} satisfies Record<string, OwnRow>

export type OwnReason = keyof typeof rows

export const ownReasons = Object.keys(rows) as readonly OwnReason[]

export function explainOwn(reason: OwnReason): OwnRow {
  return rows[reason]
}
