/** What decides about classes without looking: which seats are made, how many at once, and what the clock asks for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClassRow, SeatRow, SeatState, TemplateRow } from '#store'
import { barOf, isOn } from './hours.ts'
import { needMiBOf, placeSeats, planPublish, waveOf } from './plan-publish.ts'
import { byClock, planTend } from './plan-tend.ts'
import { momentOf, readTimes } from './read-times.ts'
import { isMoving, mayBecome, movedSeat, usedMsOf } from './seat-states.ts'
import { makeSecret, opens } from './secrets.ts'

const states: readonly SeatState[] = [
  'waiting',
  'making',
  'running',
  'freezing',
  'frozen',
  'thawing',
  'resetting',
  'closing',
  'closed',
  'failed',
]

const seat = (number: number, state: SeatState, more: Partial<SeatRow> = {}): SeatRow => ({
  class: 'c',
  number,
  lab: `c-0${number}`,
  template: 0,
  state,
  because: 'so',
  usedMs: 0,
  extraMs: 0,
  ...more,
})
const hour = 3_600_000
/** A Monday. */
const mondayMs = Date.parse('2027-01-11T00:00:00Z')
const row: ClassRow = { name: 'c', state: 'open', seats: 3, createdMs: 0 }

test('every state can be left for the end, and only the end cannot be left', () => {
  for (const state of states) {
    if (state !== 'closed' && state !== 'closing') assert.ok(mayBecome(state, 'closing'), state)
    assert.equal(
      states.some((to) => mayBecome(state, to)),
      state !== 'closed',
      state,
    )
  }
  assert.ok(mayBecome('closing', 'closed'))
})

test('whatever somebody died in the middle of can be begun again', () => {
  for (const state of states.filter(isMoving)) assert.ok(mayBecome(state, state), state)
})

test('only running time counts, however often it is interrupted', () => {
  const running = movedSeat(seat(1, 'making'), { state: 'running', because: 'made' }, 1000)
  assert.equal(usedMsOf(running, 1500), 500)
  const frozen = movedSeat(running, { state: 'freezing', because: 'idle' }, 1600)
  assert.deepEqual([frozen.usedMs, frozen.runningSinceMs, usedMsOf(frozen, 9000)], [600, undefined, 600])
  const again = movedSeat(frozen, { state: 'running', because: 'back' }, 10_000)
  assert.equal(usedMsOf(again, 10_400), 1000)
})

const there = new Map([['c-01', true]])
const half = new Map([['c-01', false]])
const none = new Map<string, boolean>()

const publishing: readonly (readonly [SeatState, ReadonlyMap<string, boolean>, string])[] = [
  ['waiting', none, 'make published'],
  ['failed', there, 'make tried again'],
  ['making', none, 'make was cut off'],
  ['making', half, 'make was cut off'],
  ['making', there, 'make was cut off'],
  ['running', there, ''],
  ['running', none, 'make its lab was gone'],
  ['running', half, 'make its lab was gone'],
  ['frozen', there, ''],
  ['frozen', none, 'make its lab was gone'],
  ['freezing', there, 'finish freezing'],
  ['thawing', there, 'finish thawing'],
  ['resetting', there, 'finish resetting'],
  ['resetting', none, 'make its lab was gone'],
  ['closing', there, ''],
  ['closed', none, ''],
]

for (const [state, labs, wanted] of publishing) {
  const lab = labs === there ? 'whole' : labs === half ? 'half' : 'no'
  test(`publishing finds a ${state} seat with ${lab} lab: ${wanted || 'nothing to do'}`, () => {
    const [action] = planPublish(1, { seats: [seat(1, state)], labs, busy: new Set() })
    const said = !action || action.do === 'add' ? '' : action.do === 'make' ? action.because : action.state
    assert.equal(action ? `${action.do} ${said}` : '', wanted)
    assert.deepEqual(planPublish(1, { seats: [seat(1, state)], labs, busy: new Set([1]) }), [])
  })
}

test('seats that have no row yet are added, with gaps filled', () => {
  const plan = planPublish(4, {
    seats: [seat(2, 'frozen')],
    labs: new Map([['c-02', true]]),
    busy: new Set(),
  })
  assert.deepEqual(
    plan.map((action) => [action.do, action.number]),
    [
      ['add', 1],
      ['add', 3],
      ['add', 4],
    ],
  )
})

const waves: readonly (readonly [string, number, number, number, number | undefined, number])[] = [
  // what, waiting, available MiB, processors, measured MiB, seats at once
  ['as many as processors', 20, 24_000, 2, undefined, 2],
  ['one at least, however few processors', 20, 24_000, 0, undefined, 1],
  ['no more than there are', 1, 24_000, 4, undefined, 1],
  ['no more than fit by the first guess of half', 20, 512 + 3 * 500, 8, undefined, 3],
  ['more by what was measured', 20, 512 + 3 * 500, 8, 100, 8],
  ['never less than a twentieth of the memory is counted', 20, 512 + 2 * 50, 8, 0, 2],
  ['none where no room is', 20, 512 + 499, 8, undefined, 0],
  ['none where even the spare is gone', 20, 100, 8, 10, 0],
]

for (const [what, waiting, availableMiB, processors, measuredMiB, wanted] of waves) {
  test(`a wave has ${what}`, () => {
    const need = { memoryMiB: 1000, ...(measuredMiB !== undefined && { measuredMiB }) }
    assert.equal(waveOf(waiting, need, { availableMiB, processors }), wanted)
  })
}

test('where nobody knows the room, a few are made at once', () => {
  assert.equal(waveOf(20, { memoryMiB: 1000 }, undefined), 4)
  assert.equal(needMiBOf({ memoryMiB: 20, measuredMiB: 500 }), 20, 'never more than its whole memory')
})

const template = (position: number, site: string): TemplateRow => {
  return { position, site, lab: `t${position}`, snapshot: 's', memoryMiB: 1000, isOwn: false }
}

test('seats go where most room is left, and in turn where it is not known', () => {
  const templates = [template(0, 'small'), template(1, 'large')]
  const rooms = new Map([
    ['small', { availableMiB: 512 + 2000, processors: 2 }],
    ['large', { availableMiB: 512 + 4000, processors: 2 }],
  ])
  const counted = (places: readonly number[]) => [0, 1].map((at) => places.filter((one) => one === at).length)
  assert.deepEqual(counted(placeSeats(6, templates, { rooms, seats: [] })), [1, 5])
  rooms.delete('small')
  assert.deepEqual(placeSeats(4, templates, { rooms, seats: [] }), [0, 1, 0, 1])
  const held = [seat(1, 'running'), seat(2, 'running')]
  assert.deepEqual(counted(placeSeats(4, templates, { rooms, seats: held })), [1, 3])
})

const weekdays = { on: '08:00', off: '18:00', days: ['mon'] } as const
const nights = { on: '22:00', off: '06:00', days: ['mon'] } as const
const powered: readonly (readonly [string, Parameters<typeof isOn>[0], number, boolean])[] = [
  ['before the hours', weekdays, 7.99, false],
  ['with the first minute', weekdays, 8, true],
  ['with the last', weekdays, 17.99, true],
  ['at the end', weekdays, 18, false],
  ['on another day', weekdays, 24 + 9, false],
  ['a night on its evening', nights, 22, true],
  ['a night after midnight, of the day it began on', nights, 24 + 5, true],
  ['a night that would have begun on Sunday', nights, 5, false],
  ['only an end, before it', { off: '18:00' }, 3, true],
  ['only an end, after it', { off: '18:00' }, 19, false],
  ['only a beginning, before it', { on: '08:00' }, 7, false],
  ['only a beginning, after it', { on: '08:00' }, 23, true],
]

for (const [what, schedule, hours, on] of powered) {
  test(`hours of power: ${what} is ${on ? 'on' : 'off'}`, () => {
    assert.equal(isOn(schedule, mondayMs + hours * hour), on)
  })
}

test('what bars a seat is named, and a seat that got more hours is barred later', () => {
  const kind = (change: Partial<ClassRow>, one = seat(1, 'running')) =>
    barOf({ ...row, ...change }, one, mondayMs)?.kind
  assert.equal(kind({}), undefined)
  assert.equal(kind({ opensMs: mondayMs + 1 }), 'opens')
  assert.equal(kind({ opensMs: mondayMs, closesMs: mondayMs + 1 }), undefined)
  assert.equal(kind({ closesMs: mondayMs }), 'closes')
  assert.equal(kind({ power: weekdays }), 'power')
  const worn = seat(1, 'running', { usedMs: 2 * hour })
  assert.equal(kind({ quotaMs: 2 * hour }, worn), 'quota')
  assert.equal(kind({ quotaMs: 2 * hour }, { ...worn, extraMs: 1 }), undefined)
})

const idle: ClassRow = { ...row, idleMs: 1000 }
const runs = seat(1, 'running', { runningSinceMs: 0, lastUsedMs: 500 })
const tended: readonly (readonly [string, ClassRow, SeatRow, number, string])[] = [
  ['a seat in use', idle, runs, 1499, ''],
  ['an idle seat', idle, runs, 1500, 'freeze nobody was there'],
  ['an idle seat that was just made', idle, seat(1, 'running', { runningSinceMs: 900 }), 1500, ''],
  ['a class without an idle time', row, runs, 9e9, ''],
  ['a class that is over', { ...row, closesMs: 5 }, runs, 5, 'close its time is over'],
  ['a class whose closing was cut off', { ...row, state: 'closing' }, runs, 5, 'close was cut off'],
  ['a closed class', { ...row, state: 'closed', closesMs: 1 }, runs, 5, ''],
  [
    'a class that is not open yet',
    { ...row, opensMs: 9 },
    runs,
    5,
    `freeze ${byClock}the class opens 1970-01-01T00:00:00.009Z`,
  ],
  [
    'a frozen seat that the clock froze',
    row,
    seat(1, 'frozen', { because: `${byClock}off` }),
    5,
    'thaw the clock',
  ],
  ['one that waits for somebody', idle, seat(1, 'frozen', { because: `${byClock}off` }), 5, ''],
  ['one that was frozen by hand', row, seat(1, 'frozen', { because: 'asked for' }), 5, ''],
  ['a seat that somebody died freezing', row, seat(1, 'freezing'), 5, 'finish freezing'],
  ['a seat that somebody died making', row, seat(1, 'making'), 5, ''],
]

for (const [what, about, one, nowMs, wanted] of tended) {
  test(`tending ${what}: ${wanted || 'nothing'}`, () => {
    const [action] = planTend(about, { seats: [one], used: new Set(), busy: new Set() }, nowMs)
    const said = action && ('because' in action ? action.because : action.state)
    assert.equal(action ? `${action.do} ${said}` : '', wanted)
  })
}

test('a seat that somebody is connected to is not idle, and one in work is left alone', () => {
  assert.deepEqual(planTend(idle, { seats: [runs], used: new Set([1]), busy: new Set() }, 9e9), [])
  assert.deepEqual(planTend(idle, { seats: [runs], used: new Set(), busy: new Set([1]) }, 9e9), [])
})

test('times are read as the lab file writes them, and nonsense is refused', () => {
  assert.equal(momentOf('opens', '2027-01-11T08:00:00Z'), mondayMs + 8 * hour)
  assert.equal(momentOf('opens', '2027-01-11 08:00'), mondayMs + 8 * hour)
  assert.equal(momentOf('opens', '2027-01-11T08:00:00+0130'), mondayMs + 6.5 * hour)
  assert.equal(momentOf('opens', '2027-01-11'), mondayMs)
  for (const text of ['tomorrow', '2027-02-30', '2027-01-11T25:00Z', '11.1.2027'])
    assert.throws(() => momentOf('opens', text), { code: 'class-wish-unfit' }, text)
  assert.deepEqual(readTimes({ hours: 2 }, 0), { quotaMs: 2 * hour, idleMs: hour / 2 })
  assert.deepEqual(readTimes({ idle: 'never' }, 0), {})
  const wrong = [
    { closes: '1970-01-01' },
    { opens: '2027-01-12', closes: '2027-01-11' },
    { hours: 0 },
    { idle: 'x' },
  ]
  for (const times of wrong) assert.throws(() => readTimes(times, 5), { code: 'class-wish-unfit' })
})

test('a secret opens what it was made for, in capitals and without hyphens too, and nothing else does', () => {
  let byte = 0
  const random = (count: number) => Uint8Array.from({ length: count }, () => (byte++ * 37) % 251)
  const [one, other] = [makeSecret(random), makeSecret(random)]
  assert.match(one.text, /^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/)
  assert.ok(opens(one.kept, one.text))
  assert.ok(opens(one.kept, one.text.toUpperCase().replaceAll('-', '')))
  for (const text of [other.text, '', one.text.slice(1), `${one.text}0`])
    assert.ok(!opens(one.kept, text), text)
  assert.ok(!opens(undefined, one.text))
  assert.ok(!JSON.stringify(one.kept).includes(one.text))
})
