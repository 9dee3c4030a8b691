/** Verbs that change seats of a class, and the class itself. */
import type { Classes, ClassRun, ClassView } from '#engine'
import { chosenOf, classArgument, seatsOption, withClasses } from '../class-call.ts'
import { seatLines } from '../class-text.ts'
import { timeOptions, timesOf } from '../class-times.ts'
import { fail } from '../errors.ts'
import type { Call, Verb } from '../verb.ts'

const tendEveryMs = 60_000

async function changed(
  call: Call,
  work: (classes: Classes, name: string, run: ClassRun) => Promise<ClassView>,
): Promise<number> {
  const [name = ''] = call.args
  const view = await withClasses(call, (classes, run) => work(classes, name, run))
  const { say, paint } = call.terminal
  say(call.json ? JSON.stringify(view) : seatLines(view, paint).join('\n'))
  return 0
}

export const reset: Verb = {
  name: 'reset',
  summary: 'take seats back to how they were handed out, or to a snapshot; the others go on',
  more: 'What was done in them since is lost, and so are snapshots of a seat that does not go back to one of them.',
  arguments: [classArgument],
  options: [
    seatsOption,
    ['--to <snapshot>', 'a snapshot of the seat, or of its template (default: where seats begin)'],
    ['--all', 'all seats of the class, which must be said'],
  ],
  examples: [
    { line: 'nestlab class reset spring --seats 7', does: 'seat 7 as on the first day' },
    { line: 'nestlab class reset spring --seats 7 --to day-2', does: 'as at that snapshot' },
  ],
  async run(call) {
    const chosen = chosenOf(call, 'nestlab class reset')
    if ((chosen.seats !== undefined) === call.has('all'))
      throw fail('wrong-usage', {
        text: 'Which seats? Name them with --seats, or say --all.',
        command: 'nestlab class reset',
      })
    const to = call.value('to')
    return await changed(call, (classes, name, run) =>
      classes.reset(name, { ...run, ...chosen, ...(to !== undefined && { to }) }),
    )
  },
}

export const freezeSeats: Verb = {
  name: 'freeze',
  summary: 'let seats stand still; they keep their memory and take no processor time',
  arguments: [classArgument],
  options: [seatsOption],
  examples: [{ line: 'nestlab class freeze spring', does: 'for the lunch break' }],
  run: (call) =>
    changed(call, (classes, name, run) =>
      classes.freeze(name, { ...run, ...chosenOf(call, 'nestlab class freeze') }),
    ),
}

export const thawSeats: Verb = {
  name: 'thaw',
  summary: 'let seats go on that stand still',
  more: 'Seats go on by themselves when somebody enters them (nestlab class enter).',
  arguments: [classArgument],
  options: [seatsOption],
  examples: [{ line: 'nestlab class thaw spring --seats 1-5', does: 'five of them' }],
  run: (call) =>
    changed(call, (classes, name, run) =>
      classes.thaw(name, { ...run, ...chosenOf(call, 'nestlab class thaw') }),
    ),
}

export const extend: Verb = {
  name: 'extend',
  summary: 'change the times of a class, or give seats more hours',
  arguments: [classArgument],
  options: [...timeOptions, seatsOption],
  examples: [
    { line: 'nestlab class extend spring --closes 2027-01-22T18:00:00Z', does: 'a week longer' },
    { line: 'nestlab class extend spring --hours 5 --seats 7', does: 'five hours more for one seat' },
  ],
  run: (call) =>
    changed(call, (classes, name) =>
      classes.extend(name, timesOf(call, 'nestlab class extend'), chosenOf(call, 'nestlab class extend')),
    ),
}

export const tend: Verb = {
  name: 'tend',
  summary: 'do what the clock asks for: freeze seats that nobody uses, close classes that are over',
  more: 'Once, for a timer of the system; with --watch every minute until Ctrl-C.',
  arguments: [['[class]', 'its name (default: all classes)']],
  options: [['--watch', 'go on every minute']],
  examples: [
    { line: 'nestlab class tend', does: 'all classes, once' },
    { line: 'nestlab class tend spring --watch', does: 'as long as the lesson lasts' },
  ],
  async run(call) {
    const [only] = call.args
    const views = await withClasses(call, async (classes, run) => {
      for (;;) {
        const names = only === undefined ? (await classes.list()).map(({ name }) => name) : [only]
        const all: ClassView[] = []
        for (const name of names) all.push(await classes.tend(name, run))
        if (!call.has('watch') || !(await waited(call.signal))) return all
      }
    })
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify(views))
    else for (const view of views) say(seatLines(view, paint).join('\n'))
    return 0
  },
}

/** False once it is enough. */
async function waited(signal: AbortSignal): Promise<boolean> {
  const { setTimeout: sleep } = await import('node:timers/promises')
  return await sleep(tendEveryMs, true, { signal }).catch(() => false)
}

export const close: Verb = {
  name: 'close',
  summary: 'take all seats of a class away; grades and journal stay',
  arguments: [classArgument],
  options: [['--forget', 'its grades and its journal go, too']],
  examples: [
    {
      line: 'nestlab class export spring --csv > spring.csv && nestlab class close spring',
      does: 'the last day',
    },
    { line: 'nestlab class close spring --forget', does: 'as if it had never been' },
  ],
  async run(call) {
    const [name = ''] = call.args
    const forget = call.has('forget')
    const seats = await withClasses(call, (classes, run) => classes.close(name, { ...run, forget }))
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify({ class: name, closed: seats, forgotten: forget }))
    else
      say(`${paint.good('✓')} Class ${name} is closed: ${seats.length} seats went, nothing of them is left.`)
    return 0
  },
}
