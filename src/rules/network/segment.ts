/** One switch of the lab, or one overlay, with everybody whose frames come to it and the ways that lead on outwards. */
import {
  type Address,
  ipNumber,
  type Nic,
  networkOf,
  type PortGroup,
  type VlanPolicy,
  type VlanRange,
} from '#lab'
import type { Carrier, Placed, PlacedSwitch } from '../scene.ts'

/** A machine's NIC as it appears on a switch, beside it or inside a hypervisor. */
export interface Station {
  readonly placed: Placed
  readonly nic: Nic
  /** Network of its address, such as `167772160/24`; empty where no address is known. */
  readonly net: string
  /** On this switch; of frames that were refused on the way here, the one they would be in. */
  readonly vlan: number
  /** What it comes through: its own NIC, or the switch inside. Those of one entry meet without this switch. */
  readonly entry: string
  /** Some port group on the way does not take its VLAN. */
  readonly refused: boolean
}

/** An uplink that leads to another segment. */
export interface Way {
  readonly to: Segment
  /** The NIC and the port group outside; absent where it is an overlay, whose frames have the hypervisor's own MAC. */
  readonly carrier?: Carrier
  /** VLAN on the other side; undefined where the frames are refused. */
  enter(vlan: number): number | undefined
}

/** Who is out there: somebody of the lab, only the world beyond it, or nobody. */
export type Meeting = 'lab' | 'world' | undefined

export const unknownNet = ''

export function netOf(address: Address | undefined): string {
  if (!address) return unknownNet
  return `${networkOf(ipNumber(address.ip), address.prefixLength)}/${address.prefixLength}`
}

export function inRanges(ranges: readonly VlanRange[], vlan: number): boolean {
  return ranges.some(({ from, to }) => from <= vlan && vlan <= to)
}

/** The VLAN on the switch of frames with that tag (0 for none) at a port with this policy. */
export function entering(policy: VlanPolicy, tag: number): number | undefined {
  if (policy.mode === 'trunk') return inRanges(policy.ranges, tag) ? tag : undefined
  if (tag !== 0) return undefined
  return policy.mode === 'access' ? policy.id : 0
}

/** Somebody who comes to a switch through one entry. */
export interface Arrival {
  /** The first one of the entry. */
  readonly station: Station
  /** Through which all of the entry come; several where it has several uplinks. */
  readonly groups: Set<PortGroup>
}

/** Entries by their networks. */
class Lane {
  readonly #byNet = new Map<string, Map<string, Arrival>>()

  add(station: Station, groups: readonly PortGroup[]): void {
    const entries = this.#byNet.get(station.net) ?? new Map<string, Arrival>()
    this.#byNet.set(station.net, entries)
    const arrival = entries.get(station.entry) ?? { station, groups: new Set() }
    entries.set(station.entry, arrival)
    for (const group of groups) arrival.groups.add(group)
  }

  /** Whom a machine of that network may mean: those whose network is the same, or not known. */
  *others(net: string, entry: string): Generator<Arrival> {
    if (net === unknownNet) for (const one of this.#byNet.keys()) yield* this.ofNetwork(one, entry)
    else yield* this.ofNetwork(net, entry)
    if (net !== unknownNet) yield* this.ofNetwork(unknownNet, entry)
  }

  *ofNetwork(net: string, entry: string): Generator<Arrival> {
    for (const [other, arrival] of this.#byNet.get(net) ?? []) if (other !== entry) yield arrival
  }
}

/** A NIC on a trunk whose guest may use any of its VLANs. */
interface Tagging {
  readonly ranges: readonly VlanRange[]
  readonly net: string
  readonly entry: string
}

export class Segment {
  /** Unique in the lab. */
  readonly key: string
  /** Absent for an overlay. */
  readonly placed: PlacedSwitch | undefined
  readonly stations: Station[] = []
  readonly ways: Way[] = []
  readonly #lanes = new Map<number, Lane>()
  readonly #allVlans = new Lane()
  readonly #tagging = new Map<string, Tagging[]>()
  readonly #groups: ReadonlyMap<string, PortGroup>
  readonly #waysOf = new Map<number, readonly Way[]>()
  readonly #beyond = new Map<string, Meeting>()
  readonly #ofNetwork = new Map<string, Station | undefined>()

  constructor(key: string, placed?: PlacedSwitch) {
    this.key = key
    this.placed = placed
    this.#groups = new Map((placed?.labSwitch.portgroups ?? []).map((group) => [group.name, group]))
  }

  group(name: string): PortGroup | undefined {
    return this.#groups.get(name)
  }

  /** `groups`: what it may come through. */
  add(station: Station, groups: readonly PortGroup[]): void {
    this.stations.push(station)
    const lane = this.#lanes.get(station.vlan) ?? new Lane()
    this.#lanes.set(station.vlan, lane)
    lane.add(station, groups)
    this.#allVlans.add(station, groups)
  }

  addTagging(tagging: Tagging): void {
    const key = JSON.stringify([tagging.ranges, tagging.net])
    const alike = this.#tagging.get(key) ?? []
    this.#tagging.set(key, alike)
    // Two are enough for whoever asks for another one than itself.
    if (alike.length < 2) alike.push(tagging)
  }

  /** Uplinks that frames of the VLAN may leave by. */
  waysOf(vlan: number): readonly Way[] {
    const ways = this.#waysOf.get(vlan) ?? this.#choose(vlan)
    this.#waysOf.set(vlan, ways)
    return ways
  }

  #choose(vlan: number): readonly Way[] {
    const uplinks = this.placed?.labSwitch.uplinks ?? []
    for (const uplink of uplinks) {
      if (uplink.kind === 'overlay' && entersUplink(uplink.vlan, vlan))
        return this.ways.filter(({ to }) => to.key === overlayKey(uplink.name))
      if (uplink.kind === 'nat' && entersUplink(uplink.vlan ?? { mode: 'none' }, vlan)) return []
    }
    return this.ways.filter(({ carrier }) => carrier)
  }

  /** Whom a station that comes through `entry` may mean: on this switch or beyond it, in its VLAN. */
  meeting(vlan: number, net: string, entry: string): Meeting {
    if (this.#lanes.get(vlan)?.others(net, entry).next().done === false) return 'lab'
    const tags = [...this.#tagging.values()].flat().some((one) => {
      if (one.entry === entry || !inRanges(one.ranges, vlan)) return false
      return one.net === net || one.net === unknownNet || net === unknownNet
    })
    return tags ? 'lab' : this.beyond(vlan, net)
  }

  /** Whom a station of this switch may mean outside of it. */
  beyond(vlan: number, net: string): Meeting {
    const key = `${vlan} ${net}`
    const known = this.#beyond.get(key)
    if (known !== undefined || this.#beyond.has(key)) return known
    const met = [
      this.#world(vlan, net),
      ...this.waysOf(vlan).map(({ to, enter }) => to.meeting(enter(vlan) ?? vlan, net, this.key)),
    ]
    const meeting = met.find((one) => one === 'lab') ?? met.find((one) => one)
    this.#beyond.set(key, meeting)
    return meeting
  }

  /** Somebody of the same network, here or further outside, in whatever VLAN. */
  ofNetwork(net: string, entry: string): Station | undefined {
    if (net === unknownNet) return undefined
    const here = this.#allVlans.ofNetwork(net, entry).next()
    if (!here.done) return here.value.station
    const known = this.#ofNetwork.get(net)
    if (known || this.#ofNetwork.has(net)) return known
    const found = firstOf(this.ways, ({ to }) => to.ofNetwork(net, this.key))
    this.#ofNetwork.set(net, found)
    return found
  }

  /** Those on this very switch whom a machine of that network may mean. */
  arrivals(vlan: number, net: string): Iterable<Arrival> {
    return this.#lanes.get(vlan)?.others(net, '') ?? []
  }

  #world(vlan: number, net: string): Meeting {
    const uplinks = this.placed?.labSwitch.uplinks ?? []
    for (const uplink of uplinks) {
      if (uplink.kind !== 'nat' || !entersUplink(uplink.vlan ?? { mode: 'none' }, vlan)) continue
      return net === unknownNet || netOf(uplink.gateway) === net ? 'lab' : undefined
    }
    const leavesLab = uplinks.some(({ kind }) => kind === 'tunnel' || (kind === 'nic' && !this.placed?.owner))
    const taken = uplinks.some((uplink) => uplink.kind === 'overlay' && entersUplink(uplink.vlan, vlan))
    return leavesLab && !taken ? 'world' : undefined
  }
}

/** No machine has such a name. */
export const overlayKey = (name: string) => `* ${name}`

/** Whether an uplink that has a VLAN of its own is the one for this VLAN. */
function entersUplink(policy: VlanPolicy, vlan: number): boolean {
  if (policy.mode === 'trunk') return inRanges(policy.ranges, vlan)
  return vlan === (policy.mode === 'access' ? policy.id : 0)
}

function firstOf<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
