/** Which ways lead from one state of a seat to another: everything that changes one goes through here. */
import type { ClassState, SeatRow, SeatState } from '#store'

const ways: Readonly<Record<SeatState, readonly SeatState[]>> = {
  waiting: ['making', 'closing'],
  making: ['running', 'frozen', 'failed', 'making', 'closing'],
  running: ['freezing', 'resetting', 'making', 'closing'],
  freezing: ['frozen', 'running', 'freezing', 'making', 'resetting', 'closing'],
  frozen: ['thawing', 'resetting', 'making', 'closing'],
  thawing: ['running', 'frozen', 'thawing', 'making', 'resetting', 'closing'],
  resetting: ['running', 'frozen', 'failed', 'resetting', 'making', 'closing'],
  closing: ['closed', 'closing', 'failed'],
  failed: ['making', 'resetting', 'closing'],
  closed: [],
}

/** States that somebody is in the middle of; with nobody at work they are left over from a command that died. */
export type Moving = 'making' | 'freezing' | 'thawing' | 'resetting' | 'closing'

const moving: ReadonlySet<SeatState> = new Set<Moving>([
  'making',
  'freezing',
  'thawing',
  'resetting',
  'closing',
])

export function isMoving(state: SeatState): state is Moving {
  return moving.has(state)
}

/** Seats that people can be at, or could be after a thaw. */
export function isThere(state: SeatState): boolean {
  return state === 'running' || state === 'frozen'
}

export function mayBecome(was: SeatState, becomes: SeatState): boolean {
  return ways[was].includes(becomes)
}

/** While a class is being closed, nothing but that may begin. */
export function mayBegin(state: ClassState, becomes: Moving): boolean {
  return becomes === 'closing' ? state === 'closing' : state === 'open'
}

/** The row in its new state, with the running time counted; whoever moves it is noted by the caller. */
export function movedSeat(
  { runningSinceMs, mover: _, target: __, ...seat }: SeatRow,
  to: { readonly state: SeatState; readonly because: string },
  nowMs: number,
): SeatRow {
  const ranMs = runningSinceMs === undefined ? 0 : Math.max(0, nowMs - runningSinceMs)
  return {
    ...seat,
    ...to,
    usedMs: seat.usedMs + ranMs,
    ...(to.state === 'running' && { runningSinceMs: nowMs }),
  }
}

/** Running time so far. */
export function usedMsOf({ usedMs, runningSinceMs }: SeatRow, nowMs: number): number {
  return usedMs + (runningSinceMs === undefined ? 0 : Math.max(0, nowMs - runningSinceMs))
}
