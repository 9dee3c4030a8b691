/** Every reason a switch has for not delivering a frame: what it means, which setting is responsible, what helps. */
import {
  type DropPlace,
  filterText,
  group,
  limitText,
  policy,
  unknownWords,
  uplinkText,
  vlanText,
} from './reason-words.ts'

export type { DropPlace } from './reason-words.ts'

interface ReasonRow {
  readonly meaning: string
  /** The responsible setting with its value, as `vSwitch0/trunk security.forgedTransmits: reject`. */
  readonly setting: (place: DropPlace) => string
  readonly remedy: (place: DropPlace) => string
}

const rows = {
  RUNT: {
    meaning: 'the frame ends within its own Ethernet header',
    setting: () => 'none: no switch forwards such a frame',
    remedy: () => 'look at what the guest sends; its network driver is at fault',
  },
  PORT_BLOCKED: {
    meaning: 'the guest changed the MAC address of its NIC, so the port neither sends nor receives',
    setting: (place) => policy(place, 'macChanges').setting,
    remedy: (place) => `give the NIC its old address again, or set ${policy(place, 'macChanges').accept}`,
  },
  VLAN_TAGGED_ON_ACCESS: {
    meaning: 'the frame has a VLAN tag, and came into a port group or uplink that does the tagging itself',
    setting: (place) => vlanSetting(place),
    remedy: (place) =>
      !place.portgroup
        ? `stop what is behind this uplink of ${place.on.name} from tagging`
        : `set vlan: 4095 (or the VLANs wanted) on ${group(place)} to let the guest tag, or stop it tagging`,
  },
  VLAN_NOT_ALLOWED: {
    meaning: 'the frame belongs to a VLAN that the trunk port group, or the uplink, does not carry',
    setting: (place) => vlanSetting(place),
    remedy: (place) =>
      place.portgroup
        ? `add the VLAN to vlan: of ${group(place)} (0 stands for untagged frames)`
        : `use another VLAN outside: another uplink of ${place.on.name} (an overlay, say) has taken this one`,
  },
  FORGED_TRANSMIT: {
    meaning: 'the source MAC is not the one of the NIC that sent the frame, as with VMs inside a hypervisor',
    setting: (place) => policy(place, 'forgedTransmits').setting,
    remedy: (place) => `set ${policy(place, 'forgedTransmits').accept}`,
  },
  GROUP_SOURCE: {
    meaning: 'the source MAC is one of a group, which no machine can have',
    setting: () => 'none: no switch forwards such a frame',
    remedy: () => 'look at what sends it; its network driver or the MAC it was given is at fault',
  },
  LEARN_LIMIT: {
    meaning: 'the port has learned as many MAC addresses as it may, and this one would be one more',
    setting: (place) => `${group(place)} macLearning.limit: ${limitText(place)}, limitPolicy: drop`,
    remedy: (place) => `raise macLearning.limit on ${group(place)}, or set limitPolicy: allow there`,
  },
  MTU_EXCEEDED: {
    meaning: 'the frame is longer than the switch carries',
    setting: (place) => `${place.on.name} mtu: ${place.on.mtu}`,
    remedy: (place) => `raise mtu on ${place.on.name}, or lower it in the guest`,
  },
  OWN_ADDRESS: {
    meaning: 'the frame is addressed to the port it came from',
    setting: () => 'none: a switch never sends a frame back where it came from',
    remedy: () => 'look for two machines with one MAC address behind the same port',
  },
  UNKNOWN_UNICAST: {
    meaning:
      'no NIC on this switch is known to have the destination MAC (a VM inside a hypervisor?), no uplink takes the ' +
      'frame, and no port is shown frames to unknown MACs',
    setting: (place) => unknownWords(place).setting,
    remedy: (place) => unknownWords(place).remedy,
  },
  NOT_LEARNED: {
    meaning: 'the MAC learning filter of each NIC that could get the frame has not seen its VM send yet',
    setting: ({ on }) => filterText(on),
    remedy: () => 'let the VM send something first; the filter forgets nothing afterwards',
  },
  OTHER_VLAN: {
    meaning: 'the NIC with the destination MAC is on this switch, but in a port group of another VLAN',
    setting: (place) => vlanSetting(place),
    remedy: (place) => `give both port groups the same VLAN, or route between them (${place.on.name})`,
  },
  NOBODY_IN_VLAN: {
    meaning: 'the frame is for everybody in its VLAN, and nobody else is there',
    setting: (place) => vlanSetting(place),
    remedy: () => 'nothing, unless another port group should carry this VLAN as well',
  },
  NOBODY_IN_GROUP: {
    meaning: 'the frame is for a multicast group that no guest in its VLAN listens to',
    setting: () => 'none: guests tell their NICs which groups they want',
    remedy: () => 'join the group in the receiving guest',
  },
  OTHER_UPLINK: {
    meaning: 'the frame came in by one uplink, and those it is for take it from another one',
    setting: ({ on }) => `${uplinkText(on)}, one for each port`,
    remedy: () => 'nothing: the same frame comes in by the other uplink, unless the outside is cut in two',
  },
  CAME_BACK: {
    meaning: 'the outside sent back a frame that came from this switch',
    setting: () => 'none: ports would have it twice',
    remedy: (place) => `look for a loop, or for a second NIC with this MAC, outside ${place.on.name}`,
  },
  TX_QUEUE_FULL: {
    meaning: 'the receiving guest reads more slowly than others send to it',
    setting: () => 'none: 1 MiB waits for each port',
    remedy: () => 'send less, or give the guest more CPU',
  },
  PORT_DOWN: {
    meaning: 'the receiving machine is not running, or not yet connected',
    setting: () => 'none',
    remedy: () => 'start the machine',
  },
  IMPAIRED_DOWN: {
    meaning: 'the link of the port was taken down',
    setting: () => 'link conditions: down',
    remedy: clearing,
  },
  IMPAIRED_LOSS: {
    meaning: 'chance took the frame, as the link conditions of the port want it',
    setting: () => 'link conditions: loss',
    remedy: clearing,
  },
  IMPAIRED_RATE: {
    meaning: 'the link of the port is limited in its rate, and a fifth of a second of frames waits for it',
    setting: () => 'link conditions: rate',
    remedy: clearing,
  },
  IMPAIRED_QUEUE: {
    meaning: 'more is under way on the slowed link of the port than there is memory for',
    setting: () => 'none: 16 MiB in each direction',
    remedy: () => 'send less, or set a shorter delay (nestlab net impair)',
  },
} satisfies Record<string, ReasonRow>

export type DropReason = keyof typeof rows

export const dropReasons = Object.keys(rows) as readonly DropReason[]

export interface DropExplanation {
  readonly meaning: string
  readonly setting: string
  readonly remedy: string
}

export function explainDrop(reason: DropReason, place: DropPlace): DropExplanation {
  const row: ReasonRow = rows[reason]
  return { meaning: row.meaning, setting: row.setting(place), remedy: row.remedy(place) }
}

function clearing(): string {
  return 'make the link good again: nestlab net impair PATH --clear'
}

function vlanSetting(place: DropPlace): string {
  return place.portgroup ? `${group(place)} vlan: ${vlanText(place)}` : uplinkText(place.on)
}
