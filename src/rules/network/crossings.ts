/** Which port groups nested frames have to pass, and whether they can. */
import type { PortGroup } from '#lab'
import type { LabPath, Severity } from '../rule.ts'
import type { Carrier, PlacedSwitch, Scene } from '../scene.ts'
import { fabricOf, type Passage } from './fabric.ts'
import type { Segment } from './segment.ts'
import { listed } from './wording.ts'

/** A port group that hypervisors are plugged into with NICs that carry a switch, with all frames that come through. */
export interface Crossing {
  readonly group: PortGroup
  readonly on: PlacedSwitch
  readonly at: LabPath
  readonly carriers: readonly Carrier[]
  readonly passages: readonly Passage[]
}

interface Crossings {
  readonly all: readonly Crossing[]
  readonly taken: readonly Crossing[]
}

const known = new WeakMap<Scene, Crossings>()

/** Only port groups that somebody's frames come to. */
export function crossingsOf(scene: Scene): readonly Crossing[] {
  return bothOf(scene).all
}

/** With those frames only that the VLAN of the port group takes; without those that it takes none of. */
export function takenCrossings(scene: Scene): readonly Crossing[] {
  return bothOf(scene).taken
}

function bothOf(scene: Scene): Crossings {
  const crossings = known.get(scene) ?? build(scene)
  known.set(scene, crossings)
  return crossings
}

function build(scene: Scene): Crossings {
  const { passages } = fabricOf(scene)
  const byGroup = new Map<PortGroup, Crossing & { carriers: Carrier[]; passages: Passage[] }>()
  for (const carrier of scene.carriers) {
    const { group, outer, groupAt } = carrier
    const own = passages.get(carrier) ?? []
    if (own.length === 0) continue
    const crossing = byGroup.get(group) ?? { group, on: outer, at: groupAt, carriers: [], passages: [] }
    byGroup.set(group, crossing)
    crossing.carriers.push(carrier)
    for (const passage of own) crossing.passages.push(passage)
  }
  const all = [...byGroup.values()]
  return { all, taken: all.map(takenBy).filter(({ carriers }) => carriers.length > 0) }
}

function takenBy(crossing: Crossing): Crossing {
  const passages = crossing.passages.filter(({ vlan }) => vlan !== undefined)
  if (passages.length === crossing.passages.length) return crossing
  const through = new Set(passages.map(({ carrier }) => carrier))
  return { ...crossing, passages, carriers: crossing.carriers.filter((carrier) => through.has(carrier)) }
}

export function forges({ security }: PortGroup): boolean {
  return security.forgedTransmits === 'accept'
}

/** Whether frames to MACs behind a NIC are handed to it. */
export function returns({ security, macLearning }: PortGroup): boolean {
  return security.promiscuous === 'accept' || macLearning?.by === 'switch'
}

const sound = new WeakMap<Segment, Map<number, boolean>>()

/** Whether frames of the VLAN leave the switch inside by some uplink, and answers come back by it. */
export function hasSoundWay(from: Segment, vlan: number): boolean {
  const vlans = sound.get(from) ?? new Map<number, boolean>()
  sound.set(from, vlans)
  const known = vlans.get(vlan)
  if (known !== undefined) return known
  const found = from.waysOf(vlan).some(({ carrier, enter }) => {
    if (!carrier) return true
    return enter(vlan) !== undefined && forges(carrier.group) && returns(carrier.group)
  })
  vlans.set(vlan, found)
  return found
}

/** Whether anybody is certainly cut off, and how to say that nobody is. */
export interface Weight {
  readonly severity: Severity
  /** Ends the sentence. */
  readonly but: string
}

/** `error`: somebody out there is to be reached, and no other uplink leads there. */
export function weightOf(passages: readonly Passage[]): Weight {
  const missed = passages.filter(
    ({ from, to, station, vlan }) =>
      vlan !== undefined && to.meeting(vlan, station.net, from.key) !== undefined,
  )
  if (missed.length === 0)
    return { severity: 'warning', but: ', though nobody outside is known to miss them' }
  const cutOff = missed.some(({ from, station }) => !hasSoundWay(from, station.vlan))
  return cutOff
    ? { severity: 'error', but: '' }
    : { severity: 'warning', but: ', unless they take another uplink' }
}

/** `kvm-1/web, kvm-2/web and 3 more`. */
export function senders(passages: readonly Passage[]): string {
  return listed(passages.map(({ station }) => station.placed.machine.path))
}

/** `kvm-1 and kvm-2`. */
export function hypervisors(carriers: readonly Carrier[]): string {
  return listed(carriers.map(({ placed }) => placed.machine.path))
}
