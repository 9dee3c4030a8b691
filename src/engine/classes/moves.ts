/** What changes one seat: each is claimed in the ledger, done by the engine of its site, and settled there. */
import { Failure } from '#failure'
import type { SeatRow } from '#store'
import type { RunOptions } from '../contract.ts'
import { asFailure } from '../errors.ts'
import type { ClassRun, ClassSurroundings } from './contract.ts'
import { fail } from './errors.ts'
import { barOf } from './hours.ts'
import type { Ledger } from './ledger.ts'
import { byClock } from './plan-tend.ts'
import { isThere } from './seat-states.ts'

export interface Desk {
  readonly surroundings: ClassSurroundings
  readonly ledger: Ledger
}

/** The seat begins where its template is, whatever there was of it before. */
export async function makeSeat(desk: Desk, seat: SeatRow, because: string, run: ClassRun): Promise<SeatRow> {
  const { ledger } = desk
  const { snapshot } = ledger.templateOf(seat)
  const claimed = await ledger.claim(seat, { to: 'making', because })
  return await moved(desk, claimed, { run, failed: 'failed' }, async () => {
    await copyTo(desk, seat, { snapshot, adopts: seat.state === 'making' }, run)
    return await atRest(desk, claimed, { run, because: 'made' })
  })
}

/**
 * The engine finishes a copy that was cut off, and refuses to copy over one that is whole: that one is what a command
 * left that was killed when it had just made it (`adopts`), or it has to go.
 */
async function copyTo(
  { surroundings: { engine }, ledger }: Desk,
  seat: SeatRow,
  { snapshot, adopts }: { readonly snapshot: string; readonly adopts: boolean },
  run: ClassRun,
): Promise<void> {
  const { lab } = ledger.templateOf(seat)
  const copy = () => engine.clone(lab, { name: seat.lab, snapshot }, quiet(run))
  try {
    await copy()
  } catch (error) {
    unless('clone-name-taken')(error)
    if (adopts) return
    await engine.down(seat.lab, quiet(run))
    await copy()
  }
}

export async function freezeSeat(desk: Desk, seat: SeatRow, because: string, run: ClassRun) {
  const { surroundings, ledger } = desk
  const claimed = await ledger.claim(seat, { to: 'freezing', because })
  return await moved(desk, claimed, { run, failed: 'running' }, async () => {
    await surroundings.engine.pause(seat.lab, quiet(run))
    return { state: 'frozen', because }
  })
}

export async function thawSeat(desk: Desk, seat: SeatRow, because: string, run: ClassRun) {
  const { surroundings, ledger } = desk
  const claimed = await ledger.claim(seat, { to: 'thawing', because })
  return await moved(desk, claimed, { run, failed: 'frozen' }, async () => {
    await surroundings.engine.resume(seat.lab, quiet(run))
    return { state: 'running', because }
  })
}

/** `target` absent: as it was handed out. A seat that somebody is at goes on running. */
export async function resetSeat(
  desk: Desk,
  seat: SeatRow,
  { target, because }: { readonly target?: string | undefined; readonly because: string },
  run: ClassRun,
): Promise<SeatRow> {
  const { surroundings, ledger } = desk
  const { engine } = surroundings
  const template = ledger.templateOf(seat)
  const to = target ?? template.snapshot
  const isOwn = target !== undefined && (await hasSnapshot(desk, seat.lab, target))
  const wasRunning = seat.state === 'running'
  const claimed = await ledger.claim(seat, { to: 'resetting', because, target: to })
  const after = `reset to ${to}`
  return await moved(desk, claimed, { run, failed: 'failed' }, async () => {
    if (isOwn) await engine.revert(seat.lab, to, quiet(run))
    else await copyTo(desk, seat, { snapshot: to, adopts: false }, run)
    return wasRunning
      ? { state: 'running', because: after }
      : await atRest(desk, claimed, { run, because: after })
  })
}

async function hasSnapshot({ surroundings }: Desk, lab: string, name: string): Promise<boolean> {
  const { snapshots } = await surroundings.engine.snapshots(lab)
  return snapshots.some((one) => one.name === name)
}

export async function closeSeat(desk: Desk, seat: SeatRow, because: string, run: ClassRun): Promise<SeatRow> {
  const { surroundings, ledger } = desk
  const claimed = await ledger.claim(seat, { to: 'closing', because })
  return await moved(desk, claimed, { run, failed: 'failed' }, async () => {
    await surroundings.engine.down(seat.lab, quiet(run)).catch(unless('no-such-lab'))
    return { state: 'closed', because }
  })
}

/** Ends what a command that died was in the middle of. */
export async function finishSeat(desk: Desk, seat: SeatRow, run: ClassRun): Promise<SeatRow> {
  const because = 'was cut off'
  switch (seat.state) {
    case 'freezing':
      return await freezeSeat(desk, seat, because, run)
    case 'thawing':
      return await thawSeat(desk, seat, because, run)
    case 'resetting':
      return await resetSeat(desk, seat, { target: seat.target, because }, run)
    default:
      return seat
  }
}

/** Work in a seat that is let go on for it where it stands still, and then stands still again. */
export async function visiting<Result>(
  desk: Desk,
  seat: SeatRow,
  run: ClassRun,
  work: () => Promise<Result>,
): Promise<Result> {
  const { lab, state, because } = seat
  if (!isThere(state)) throw fail('seat-not-there', { seat: lab, state, because })
  if (state === 'running') return await work()
  const awake = await thawSeat(desk, seat, 'visited', run)
  try {
    return await work()
  } finally {
    const used = (await desk.ledger.connected(seat.class)).has(seat.number)
    if (!used) await freezeSeat(desk, awake, because, run)
  }
}

/** Copies that nobody is at yet take no processor time, so that the next ones get it. */
async function atRest(
  { surroundings, ledger }: Desk,
  seat: SeatRow,
  { run, because }: { readonly run: ClassRun; readonly because: string },
): Promise<Settled> {
  const row = ledger.need(seat.class)
  const bar = barOf(row, seat, surroundings.clock.nowMs())
  if (!bar && row.idleMs === undefined) return { state: 'running', because }
  await surroundings.engine.pause(seat.lab, quiet(run))
  return { state: 'frozen', because: bar ? `${byClock}${bar.why}` : because }
}

type Settled = { readonly state: 'running' | 'frozen' | 'closed'; readonly because: string }

async function moved(
  { ledger }: Desk,
  claimed: SeatRow,
  { run, failed }: { readonly run: ClassRun; readonly failed: 'failed' | 'running' | 'frozen' },
  work: () => Promise<Settled>,
): Promise<SeatRow> {
  let settled: Settled
  try {
    settled = await work()
  } catch (error) {
    const failure = asFailure(error, `change seat ${claimed.lab}`)
    ledger.settle(claimed, { state: failed, because: failure.message })
    run.onEvent?.({ seat: claimed.lab, text: failure.message, isTrouble: true })
    throw failure
  }
  const seat = ledger.settle(claimed, settled)
  run.onEvent?.({ seat: seat.lab, text: `${settled.state} (${settled.because})` })
  return seat
}

/** What a seat's own steps are is nobody's news among twenty. */
function quiet({ signal }: ClassRun): RunOptions {
  return { signal, onEvent: () => {} }
}

/** For `catch`: lets failures of that code pass. */
export function unless(...codes: readonly string[]) {
  return (error: unknown): void => {
    if (!(error instanceof Failure && codes.includes(error.code))) throw error
  }
}
