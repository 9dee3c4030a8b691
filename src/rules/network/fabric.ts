/** The lab as its frames see it: from every NIC outwards, through the uplinks of all hypervisors around it. */
import type { Nic, OverlayUplink, PortGroup } from '#lab'
import type { Carrier, Placed, PlacedSwitch, Scene } from '../scene.ts'
import { entering, netOf, overlayKey, Segment, type Station, unknownNet, type Way } from './segment.ts'

/** Frames of one station at the NIC of the hypervisor that they leave through. */
export interface Passage {
  readonly carrier: Carrier
  /** The switch inside, and the station on it. */
  readonly from: Segment
  readonly station: Station
  /** The switch outside. */
  readonly to: Segment
  /** VLAN outside; undefined where the port group does not take the frames. */
  readonly vlan: number | undefined
}

export interface Fabric {
  readonly segments: ReadonlyMap<PlacedSwitch, Segment>
  /** By carrier; stations whose frames were refused further inside do not count. */
  readonly passages: ReadonlyMap<Carrier, readonly Passage[]>
  /** The switch that a NIC is plugged into. */
  segmentOf(placed: Placed, nic: Nic): Segment | undefined
}

const known = new WeakMap<Scene, Fabric>()

/** Made once for each scene, since most rules of this pack ask for it. */
export function fabricOf(scene: Scene): Fabric {
  const fabric = known.get(scene) ?? build(scene)
  known.set(scene, fabric)
  return fabric
}

function build(scene: Scene): Fabric {
  const segments = new Map(
    scene.switches.map((placed) => [
      placed,
      new Segment(keyOf(placed.level.owner, placed.labSwitch.name), placed),
    ]),
  )
  const byKey = new Map([...segments.values()].map((segment) => [segment.key, segment]))
  addWays(scene, segments)
  addStations(scene, byKey)
  const passages = new Map<Carrier, Passage[]>()
  // Switches come outermost first, so everybody inside has arrived when a switch hands on to the next one.
  for (const segment of [...segments.values()].reverse()) handOn(segment, passages)
  const segmentOf = ({ level }: Placed, { switchName }: Nic) => byKey.get(keyOf(level.owner, switchName))
  return { segments, passages, segmentOf }
}

const keyOf = (owner: string, name: string) => `${owner} ${name}`
const nicKey = (machine: string, nic: string) => `${machine}:${nic}`

function addWays({ carriers, switches }: Scene, segments: ReadonlyMap<PlacedSwitch, Segment>): void {
  for (const carrier of carriers) {
    const to = segments.get(carrier.outer)
    for (const inner of carrier.inner) {
      const enter = (vlan: number) => entering(carrier.group.vlan, vlan)
      if (to) segments.get(inner)?.ways.push({ to, carrier, enter })
    }
  }
  const overlays = new Map<string, Segment>()
  for (const placed of switches) {
    for (const uplink of placed.labSwitch.uplinks) {
      if (uplink.kind !== 'overlay') continue
      const to = overlays.get(uplink.name) ?? new Segment(overlayKey(uplink.name))
      overlays.set(uplink.name, to)
      segments.get(placed)?.ways.push({ to, enter: (vlan) => inOverlay(uplink, vlan) })
    }
  }
}

/** Frames of a single VLAN travel without its tag. */
function inOverlay({ vlan: policy }: OverlayUplink, vlan: number): number {
  return policy.mode === 'trunk' ? vlan : 0
}

function addStations({ machines, carriers }: Scene, segments: ReadonlyMap<string, Segment>): void {
  const carrying = new Set(carriers.map(({ placed, nic }) => nicKey(placed.machine.path, nic.name)))
  for (const placed of machines) {
    for (const nic of placed.machine.nics) {
      const segment = segments.get(keyOf(placed.level.owner, nic.switchName))
      const group = segment?.group(nic.portgroup)
      if (!segment || !group || carrying.has(nicKey(placed.machine.path, nic.name))) continue
      plugIn(segment, group, placed, nic)
    }
  }
}

/** A guest with an address on a trunk uses no VLAN, if that is carried; of any other one it is not known. */
function plugIn(segment: Segment, group: PortGroup, placed: Placed, nic: Nic): void {
  const net = netOf(nic.address)
  const entry = nicKey(placed.machine.path, nic.name)
  const vlan = entering(group.vlan, 0)
  const tags = vlan === undefined || (net === unknownNet && group.vlan.mode === 'trunk')
  if (tags && group.vlan.mode === 'trunk') segment.addTagging({ ranges: group.vlan.ranges, net, entry })
  else if (vlan !== undefined) segment.add({ placed, nic, net, vlan, entry, refused: false }, [group])
}

function handOn(segment: Segment, passages: Map<Carrier, Passage[]>): void {
  const handed = new Map<number, Set<Nic>>()
  // Who comes by several switches inside is handed on once; frames that got here count before those that did not.
  for (const refused of [false, true]) {
    for (const station of segment.stations) {
      const nics = handed.get(station.vlan) ?? new Set<Nic>()
      handed.set(station.vlan, nics)
      if (station.refused !== refused || nics.has(station.nic)) continue
      nics.add(station.nic)
      handOnOne(segment, station, passages)
    }
  }
}

function handOnOne(segment: Segment, station: Station, passages: Map<Carrier, Passage[]>): void {
  const ways = segment.waysOf(station.vlan)
  if (!station.refused) for (const way of ways) addPassage(passages, segment, station, way)
  const arrived = new Map<string, { readonly to: Segment; readonly there: Station; groups: PortGroup[] }>()
  // Where several uplinks lead to one switch, those that take the frames count.
  const sorted =
    ways.length < 2 ? ways : ways.toSorted((left, right) => refuses(left, station) - refuses(right, station))
  for (const { to, carrier, enter } of sorted) {
    const vlan = enter(station.vlan)
    const refused = station.refused || vlan === undefined
    const there = { ...station, vlan: vlan ?? station.vlan, entry: segment.key, refused }
    const key = `${to.key} ${there.vlan}`
    const known = arrived.get(key) ?? { to, there, groups: [] }
    arrived.set(key, known)
    if (carrier && refused === known.there.refused) known.groups.push(carrier.group)
  }
  for (const { to, there, groups } of arrived.values()) to.add(there, groups)
}

function refuses(way: Way, { vlan }: Station): number {
  return way.enter(vlan) === undefined ? 1 : 0
}

function addPassage(
  passages: Map<Carrier, Passage[]>,
  from: Segment,
  station: Station,
  { carrier, to, enter }: Way,
): void {
  if (!carrier) return
  const list = passages.get(carrier) ?? []
  passages.set(carrier, list)
  list.push({ carrier, from, station, to, vlan: enter(station.vlan) })
}
