/** `publish`: makes the seats of a class that are missing, in waves that the sites have room for. */
import type { ClassRow, TemplateRow } from '#store'
import type { ClassRun } from './contract.ts'
import { fail } from './errors.ts'
import { inTurn } from './in-turn.ts'
import { type Desk, finishSeat, makeSeat } from './moves.ts'
import {
  type Need,
  needMiBOf,
  type PublishAction,
  placeSeats,
  planPublish,
  type Room,
  waveOf,
} from './plan-publish.ts'
import { ensureTemplates } from './templates.ts'

const mostSeats = 1000

export async function publishClass(
  desk: Desk,
  name: string,
  { count, ...run }: ClassRun & { readonly count?: number },
): Promise<void> {
  const row = raised(desk, name, count)
  await ensureTemplates(desk, name, run)
  await addSeats(desk, row)
  const trouble = new Map<string, string>()
  const tried = new Set<number>()
  const measured = new Map<number, number>()
  for (;;) {
    run.signal.throwIfAborted()
    const left = (await planned(desk, name)).filter(({ number }) => !tried.has(number))
    if (left.length === 0) break
    const wave = await nextWave(desk, name, { left, measured })
    for (const { number } of wave.actions) tried.add(number)
    const failed = await performWave(desk, name, wave, run)
    for (const [seat, because] of failed) trouble.set(seat, because)
    // What keeps all of a wave from being made keeps the others, too.
    if (failed.size === wave.actions.length) break
    await measure(desk, wave, measured)
  }
  run.signal.throwIfAborted()
  const seats = [...trouble].map(([seat, because]) => ({ seat, because }))
  if (seats.length > 0) throw fail('class-incomplete', { name, doing: 'published', seats })
}

export function seatName(name: string, number: number): string {
  return `${name}-${String(number).padStart(2, '0')}`
}

function raised({ ledger }: Desk, name: string, count: number | undefined): ClassRow {
  const row = ledger.needOpen(name)
  if (count === undefined || count === row.seats) return row
  if (!Number.isInteger(count) || count < 1 || count > mostSeats)
    throw fail('class-wish-unfit', { text: `A class has 1 to ${mostSeats} seats.` })
  if (count < row.seats) throw fail('class-shrinks', { name, seats: row.seats, wanted: count })
  const more = { ...row, seats: count }
  ledger.setClass(more, `${count} seats wanted`, row.state)
  return more
}

/** Rows come before labs: whatever is made has somebody who knows of it. */
async function addSeats({ surroundings, ledger }: Desk, { name, seats: wanted }: ClassRow): Promise<void> {
  const { templates, seats } = ledger.database.read((rows) => {
    return { templates: rows.templates(name), seats: rows.seats(name) }
  })
  const plan = planPublish(wanted, { seats, labs: new Map(), busy: new Set() })
  const numbers = plan.flatMap((action) => (action.do === 'add' ? [action.number] : []))
  const labs = new Set((await surroundings.engine.labs()).map((one) => one.name))
  const taken = numbers.map((number) => seatName(name, number)).filter((lab) => labs.has(lab))
  if (taken.length > 0) throw fail('seat-name-taken', { labs: taken })
  const rooms = new Map<string, Room>()
  for (const { site } of templates) {
    const room = await surroundings.room(site)
    if (room) rooms.set(site, room)
  }
  const places = placeSeats(numbers.length, templates, { rooms, seats })
  ledger.database.change((rows) => {
    for (const [at, number] of numbers.entries()) {
      // Another command may have been faster.
      if (rows.seat(name, number)) continue
      const seat = { class: name, number, lab: seatName(name, number), template: places[at] ?? 0 }
      rows.putSeat({ ...seat, state: 'waiting', because: 'wanted', usedMs: 0, extraMs: 0 })
      const atMs = surroundings.clock.nowMs()
      rows.note(name, { number, atMs, became: 'waiting', because: 'wanted' })
    }
  })
}

type Doing = Exclude<PublishAction, { do: 'add' }>

async function planned({ surroundings, ledger }: Desk, name: string): Promise<readonly Doing[]> {
  const { seats: wanted } = ledger.needOpen(name)
  const seats = ledger.seats(name)
  const labs = new Map((await surroundings.engine.labs()).map((one) => [one.name, one.damaged === undefined]))
  const plan = planPublish(wanted, { seats, labs, busy: await ledger.busy(seats) })
  return plan.filter((action) => action.do !== 'add')
}

interface Wave {
  readonly actions: readonly Doing[]
  readonly template: TemplateRow
  readonly room: Room | undefined
}

/** Of the template whose seat is next in turn. */
async function nextWave(
  { surroundings, ledger }: Desk,
  name: string,
  { left, measured }: { readonly left: readonly Doing[]; readonly measured: ReadonlyMap<number, number> },
): Promise<Wave> {
  const seats = new Map(ledger.seats(name).map((seat) => [seat.number, seat]))
  const templates = ledger.database.read((rows) => rows.templates(name))
  let shortage: { readonly template: TemplateRow; readonly room: Room; readonly need: Need } | undefined
  for (const template of templates) {
    const mine = left.filter(({ number }) => seats.get(number)?.template === template.position)
    if (mine.length === 0) continue
    const finishing = mine.filter((action) => action.do === 'finish')
    const room = await surroundings.room(template.site)
    const measuredMiB = measured.get(template.position)
    const need = { memoryMiB: template.memoryMiB, ...(measuredMiB !== undefined && { measuredMiB }) }
    // Finishing what there is takes no more room than it has already.
    const size = finishing.length > 0 ? Math.min(finishing.length, 2) : waveOf(mine.length, need, room)
    if (size > 0) {
      const actions = (finishing.length > 0 ? finishing : mine).slice(0, size)
      return { actions, template, room }
    }
    if (room) shortage = { template, room, need }
  }
  throw fail('class-does-not-fit', {
    name,
    made: [...seats.values()].filter(({ state }) => state === 'running' || state === 'frozen').length,
    waiting: left.length,
    site: shortage?.template.site ?? '',
    availableMiB: shortage?.room.availableMiB ?? 0,
    needMiB: shortage ? needMiBOf(shortage.need) : 0,
  })
}

async function performWave(desk: Desk, name: string, { actions }: Wave, run: ClassRun) {
  const seats = new Map(desk.ledger.seats(name).map((seat) => [seat.number, seat]))
  return await inTurn(
    actions.flatMap((action) => {
      const seat = seats.get(action.number)
      return seat ? [{ action, seat }] : []
    }),
    { atOnce: actions.length, signal: run.signal, nameOf: ({ seat }) => seat.lab },
    async ({ action, seat }) => {
      if (action.do === 'make') await makeSeat(desk, seat, action.because, run)
      else await finishSeat(desk, seat, run)
    },
  )
}

/** What the site has less than before, for each seat of the wave. */
async function measure(
  { surroundings }: Desk,
  { actions, template, room }: Wave,
  measured: Map<number, number>,
) {
  const made = actions.filter((action) => action.do === 'make').length
  const now = room && (await surroundings.room(template.site))
  if (now && made > 0)
    measured.set(template.position, Math.max(0, (room.availableMiB - now.availableMiB) / made))
}
