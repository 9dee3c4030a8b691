/** Decides what brings a class to the seats that are wanted: a pure function. */
import type { SeatRow, TemplateRow } from '#store'
import { isMoving, isThere } from './seat-states.ts'

export interface SeenClass {
  readonly seats: readonly SeatRow[]
  /** Labs that are there, by name; `false`: not whole, only files of it. */
  readonly labs: ReadonlyMap<string, boolean>
  /** Numbers of seats that a running process is changing. */
  readonly busy: ReadonlySet<number>
}

export type PublishAction =
  /** It gets a row first, then it is made. */
  | { readonly do: 'add'; readonly number: number }
  | { readonly do: 'make'; readonly number: number; readonly because: string }
  /** A command died in the middle of it. */
  | { readonly do: 'finish'; readonly number: number; readonly state: 'freezing' | 'thawing' | 'resetting' }

/** In the order of the numbers. Repeated after a kill at any place it comes to the same seats. */
export function planPublish(wanted: number, seen: SeenClass): readonly PublishAction[] {
  const byNumber = new Map(seen.seats.map((seat) => [seat.number, seat]))
  const numbers = Array.from({ length: wanted }, (_, at) => at + 1)
  return numbers.flatMap((number): PublishAction[] => {
    const seat = byNumber.get(number)
    if (!seat) return [{ do: 'add', number }]
    if (seen.busy.has(number)) return []
    const action = actionFor(seat, seen.labs.get(seat.lab))
    return action ? [action] : []
  })
}

function actionFor(seat: SeatRow, lab: boolean | undefined): PublishAction | undefined {
  const { number, state } = seat
  const make = (because: string) => ({ do: 'make', number, because }) as const
  if (state === 'waiting') return make('published')
  if (state === 'failed') return make('tried again')
  if (state === 'making') return make('was cut off')
  // Somebody took its lab down by hand.
  if (isThere(state) && lab !== true) return make('its lab was gone')
  if (!isMoving(state) || state === 'closing') return undefined
  return lab === true ? { do: 'finish', number, state } : make('its lab was gone')
}

/** What a site can still take. */
export interface Room {
  readonly availableMiB: number
  readonly processors: number
}

/** Left to everything else on the machine. */
export const spareMiB = 512
/** Before a copy has been measured: more than copies of idle labs were seen to take, less than their whole memory. */
const firstShare = 0.5
/** However little a measurement says, since guests write on. */
const leastShare = 0.05
const leastMiB = 16
const mostAtOnce = 8
const unknownAtOnce = 4

export interface Need {
  /** Of all machines of level 0. */
  readonly memoryMiB: number
  /** What one seat was seen to take. */
  readonly measuredMiB?: number
}

/** What one more seat is taken to need. */
export function needMiBOf({ memoryMiB, measuredMiB }: Need): number {
  const share = measuredMiB === undefined ? memoryMiB * firstShare : measuredMiB
  return Math.ceil(Math.min(memoryMiB, Math.max(share, memoryMiB * leastShare, leastMiB)))
}

/** How many seats may be made at the same time now: 0 where there is no room for one. `room` absent: nobody knows. */
export function waveOf(waiting: number, need: Need, room: Room | undefined): number {
  if (!room) return Math.min(waiting, unknownAtOnce)
  const fitting = Math.floor((room.availableMiB - spareMiB) / needMiBOf(need))
  return Math.max(0, Math.min(waiting, fitting, mostAtOnce, Math.max(1, room.processors)))
}

/**
 * Which template each new seat comes from: where most room is left by then, or in turn where nobody knows the room of
 * every site. Their positions.
 */
export function placeSeats(
  count: number,
  templates: readonly TemplateRow[],
  about: { readonly rooms: ReadonlyMap<string, Room>; readonly seats: readonly SeatRow[] },
): readonly number[] {
  const isKnown = templates.every(({ site }) => about.rooms.has(site))
  const held = new Map(templates.map(({ position }) => [position, 0]))
  for (const { template } of about.seats) held.set(template, (held.get(template) ?? 0) + 1)
  const added = new Map<number, number>()
  return Array.from({ length: count }, () => {
    const left = ({ position, site, memoryMiB }: TemplateRow) => {
      const room = about.rooms.get(site)
      const fitting = room ? (room.availableMiB - spareMiB) / needMiBOf({ memoryMiB }) : 0
      return fitting - (added.get(position) ?? 0)
    }
    const [best] = templates.toSorted((one, other) =>
      isKnown ? left(other) - left(one) : (held.get(one.position) ?? 0) - (held.get(other.position) ?? 0),
    )
    const position = best?.position ?? 0
    added.set(position, (added.get(position) ?? 0) + 1)
    held.set(position, (held.get(position) ?? 0) + 1)
    return position
  })
}
