/** Every reason a switch has for not delivering a frame: what it means, which setting is responsible, what helps. */
import type { PortGroupSpec, SwitchSpec } from './spec.ts'

/** Where a frame was dropped. Uplinks belong to no port group. */
export interface DropPlace {
  readonly on: SwitchSpec
  readonly portgroup?: PortGroupSpec
}

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
    setting: (place) => `${group(place)} security.macChanges: reject`,
    remedy: (place) => `give the NIC its old address again, or set macChanges: accept on ${group(place)}`,
  },
  VLAN_TAGGED_ON_ACCESS: {
    meaning: 'the guest sent a VLAN tag into a port group that does the tagging itself',
    setting: (place) => `${group(place)} vlan: ${vlanText(place)}`,
    remedy: (place) =>
      `set vlan: 4095 (or the VLANs wanted) on ${group(place)} to let the guest tag, or stop it tagging`,
  },
  VLAN_NOT_ALLOWED: {
    meaning: 'the frame belongs to a VLAN that the trunk port group does not carry',
    setting: (place) => `${group(place)} vlan: ${vlanText(place)}`,
    remedy: (place) => `add the VLAN to vlan: of ${group(place)} (0 stands for untagged frames)`,
  },
  FORGED_TRANSMIT: {
    meaning: 'the source MAC is not the one of the NIC that sent the frame, as with VMs inside a hypervisor',
    setting: (place) => `${group(place)} security.forgedTransmits: reject`,
    remedy: (place) => `set forgedTransmits: accept on ${group(place)}`,
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
      'no NIC on this switch has the destination MAC (a VM inside a hypervisor?), there is no uplink, ' +
      'and no promiscuous port to show it to',
    setting: (place) => `${rejecting(place.on)}; ${place.on.name} uplinks: []`,
    remedy: (place) =>
      `set promiscuous: accept on the port group of the hypervisor that the VM runs in (${rejecting(place.on)})`,
  },
  NOT_LEARNED: {
    meaning: 'the MAC learning filter of each NIC that could get the frame has not seen its VM send yet',
    setting: (place) => `${place.on.name} macLearning: dvfilter`,
    remedy: () => 'let the VM send something first; the filter forgets nothing afterwards',
  },
  OTHER_VLAN: {
    meaning: 'the NIC with the destination MAC is on this switch, but in a port group of another VLAN',
    setting: (place) => `${group(place)} vlan: ${vlanText(place)}`,
    remedy: (place) => `give both port groups the same VLAN, or route between them (${place.on.name})`,
  },
  NOBODY_IN_VLAN: {
    meaning: 'the frame is for everybody in its VLAN, and nobody else is there',
    setting: (place) => `${group(place)} vlan: ${vlanText(place)}`,
    remedy: () => 'nothing, unless another port group should carry this VLAN as well',
  },
  NOBODY_IN_GROUP: {
    meaning: 'the frame is for a multicast group that no guest in its VLAN listens to',
    setting: () => 'none: guests tell their NICs which groups they want',
    remedy: () => 'join the group in the receiving guest',
  },
  OTHER_UPLINK: {
    meaning: 'the frame came in by one uplink, and those it is for take it from another one',
    setting: (place) => `${place.on.name} uplinks: ${place.on.uplinks.length} of them, one for each port`,
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

function group({ on, portgroup }: DropPlace): string {
  return portgroup ? `${on.name}/${portgroup.name}` : `${on.name} (uplink)`
}

function limitText({ portgroup }: DropPlace): string {
  return String(portgroup?.macLearning?.limit ?? 'none')
}

/** As the lab file writes it. */
function vlanText({ portgroup }: DropPlace): string {
  const vlan = portgroup?.vlan
  if (!vlan) return 'all'
  if (vlan.mode === 'none') return 'none'
  if (vlan.mode === 'access') return String(vlan.id)
  return vlan.ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

function rejecting(spec: SwitchSpec): string {
  const names = spec.portgroups.filter(({ security }) => security.promiscuous === 'reject')
  if (names.length === 0) return `${spec.name}: no port group rejects promiscuous mode`
  return names.map(({ name }) => `${spec.name}/${name} security.promiscuous: reject`).join(', ')
}
