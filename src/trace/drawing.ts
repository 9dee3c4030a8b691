/** Draws a trace: levels as boxes in one another, the switches passed, the way as a line, and a cross where it ends. */
import type { Hop, Leg, Trace } from './contract.ts'
import { type Box, cross, document, label, type Point, path, rect } from './svg.ts'

/** A machine, or level 0: what is in it, side by side, above its switches. */
interface Room {
  /** Path of the machine; empty for level 0. */
  readonly path: string
  readonly rooms: Room[]
  readonly switches: string[]
}

const pad = 14
const title = 22
const bar = { width: 190, height: 34, gap: 12 }
const leaf = { width: 190, height: 40 }

/** The leg that failed, or else the request. */
export function draw(traced: Trace): string {
  const { probe, reached, legs, cause } = traced
  const leg = legs.find((one) => !one.reached) ?? legs.find(({ name }) => name === 'request') ?? legs.at(-1)
  const root = roomsOf(leg?.hops ?? [], [machineOf(leg?.from ?? probe.from), machineOf(leg?.to ?? probe.to)])
  const drawn = new Drawn()
  const size = sizeOf(root)
  place(root, { x: pad, y: pad + 40, ...size }, drawn)
  const height = size.height + 2 * pad + 40 + (cause ? 60 : 0)
  const width = Math.max(size.width + 2 * pad, 640)
  const head = `${probe.from} → ${probe.to}: ${leg?.name ?? probe.what.kind} ${reached ? 'arrives' : 'is lost'}`
  const parts = [label(reached ? 'good' : 'bad', { x: pad, y: pad + 16 }, head), ...drawn.parts]
  if (leg) parts.push(...wayOf(leg, drawn))
  if (cause) {
    const below = size.height + pad + 40
    parts.push(label('bad', { x: pad, y: below + 22 }, `${cause.reason}: ${cause.setting}`))
    parts.push(label('faint', { x: pad, y: below + 42 }, cause.remedy))
  }
  return document({ width, height }, head, parts)
}

/** Where things have been put. */
class Drawn {
  readonly parts: string[] = []
  readonly boxes = new Map<string, Box>()
}

const switchKey = (owner: string, name: string) => `${owner} ${name}`

function machineOf(end: string): string {
  return end.split(':')[0] ?? end
}

function roomsOf(hops: readonly Hop[], machines: readonly string[]): Room {
  const root: Room = { path: '', rooms: [], switches: [] }
  for (const machine of machines) roomAt(root, machine)
  for (const { owner, switchName } of hops) {
    const { switches } = roomAt(root, owner)
    if (!switches.includes(switchName)) switches.push(switchName)
  }
  return root
}

function roomAt(root: Room, machine: string): Room {
  let room = root
  if (machine === '') return room
  for (const name of machine.split('/')) {
    const inside = room.path === '' ? name : `${room.path}/${name}`
    let next = room.rooms.find((one) => one.path === inside)
    if (!next) {
      next = { path: inside, rooms: [], switches: [] }
      room.rooms.push(next)
    }
    room = next
  }
  return room
}

function isLeaf({ rooms, switches }: Room): boolean {
  return rooms.length === 0 && switches.length === 0
}

function sizeOf(room: Room): { width: number; height: number } {
  if (room.path !== '' && isLeaf(room)) return leaf
  const inner = room.rooms.map(sizeOf)
  const beside = inner.reduce((sum, { width }) => sum + width + pad, -pad)
  const bars = room.switches.length * (bar.width + pad) - pad
  const rows = inner.length > 0 ? Math.max(...inner.map(({ height }) => height)) + pad : 0
  const low = room.switches.length > 0 ? bar.height + pad : 0
  return { width: Math.max(beside, bars, leaf.width) + 2 * pad, height: title + pad + rows + low }
}

function place(room: Room, box: Box, drawn: Drawn): void {
  drawn.boxes.set(room.path, box)
  const name = room.path === '' ? 'level 0' : (room.path.split('/').at(-1) ?? '')
  drawn.parts.push(rect(room.path !== '' && isLeaf(room) ? 'machine' : 'level', box))
  drawn.parts.push(label('name', { x: box.x + 8, y: box.y + 17 }, name))
  let x = box.x + pad
  const tallest = Math.max(0, ...room.rooms.map((inner) => sizeOf(inner).height))
  for (const inner of room.rooms) {
    const size = sizeOf(inner)
    place(inner, { x, y: box.y + title + (tallest - size.height), ...size }, drawn)
    x += size.width + pad
  }
  placeSwitches(room, box, drawn)
}

/** As wide as the level, so that the way to each machine goes straight down. */
function placeSwitches({ path: owner, switches }: Room, box: Box, drawn: Drawn): void {
  const width = (box.width - pad) / Math.max(1, switches.length) - pad
  const y = box.y + box.height - pad - bar.height
  for (const [at, name] of switches.entries()) {
    const own = { x: box.x + pad + at * (width + pad), y, width, height: bar.height }
    drawn.boxes.set(switchKey(owner, name), own)
    drawn.parts.push(rect('switch', own), label('name', { x: own.x + 8, y: own.y + 21 }, name))
  }
}

function wayOf(leg: Leg, { boxes }: Drawn): string[] {
  const passed = leg.hops.flatMap(({ owner, switchName }) => boxes.get(switchKey(owner, switchName)) ?? [])
  const from = boxes.get(machineOf(leg.from))
  const to = boxes.get(machineOf(leg.to))
  if (!from || !to) return []
  const stops = leg.reached ? [from, ...passed, to] : [from, ...passed]
  const all = stops.flatMap((box, at) => corners(box, stops[at + 1], at))
  const points = all.filter(({ x, y }, at) => x !== all[at - 1]?.x || y !== all[at - 1]?.y)
  const lines = [path(leg.reached ? 'way' : 'lost', points)]
  const end = points.at(-1)
  const texts = leg.hops.flatMap((hop, at) => {
    const box = passed[at]
    return box ? [label('faint', { x: box.x + box.width - 62, y: box.y + 21 }, vlanOf(hop))] : []
  })
  return [...lines, ...(leg.reached || !end ? [] : [cross(end, 8)]), ...texts]
}

function vlanOf({ vlan }: Hop): string {
  return vlan === 0 ? 'no VLAN' : `VLAN ${vlan}`
}

/** From the middle of one box straight up or down to the height of the next one, and then along it. */
function corners(box: Box, next: Box | undefined, at: number): Point[] {
  const middle = centre(box)
  if (!next) return [middle]
  const there = centre(next)
  // Wide bars are entered and left where the narrower box is.
  const x = next.width < box.width ? there.x : middle.x
  const start = at === 0 ? [middle] : []
  return [...start, { x, y: middle.y }, { x, y: there.y }]
}

function centre({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 }
}
