/** `nestlab class`: one lab handed out as many equal seats. */
import type { Classes, ClassView, ClassWish } from '#engine'
import { classArgument, countOf, seatNumber, withClasses } from '../class-call.ts'
import { accessLines, classLines, lookLines, seatLines } from '../class-text.ts'
import { timeOptions, timesOf } from '../class-times.ts'
import { fail } from '../errors.ts'
import { fileOption, loadLab } from '../pick-lab.ts'
import type { Call, Verb } from '../verb.ts'
import { exportVerb, grade } from './class-grade.ts'
import { close, extend, freezeSeats, reset, tend, thawSeats } from './class-seats.ts'
import { copy, enter, execVerb, token } from './class-use.ts'

const command = 'nestlab class create'

const create: Verb = {
  name: 'create',
  summary: 'make a class of a lab that is up; its seats are made by nestlab class publish',
  more:
    'Without --template, the lab of the lab file is the template, with what its section `class:` says; options come\n' +
    'before that. Of a template without @SNAPSHOT a snapshot is taken now: all seats begin there.',
  arguments: [['<name>', 'the class; its seats are called NAME-01, NAME-02, …']],
  options: [
    fileOption,
    ['--template <labs>', 'LAB or LAB@SNAPSHOT; several with commas: the same lab on several sites'],
    ['--count <seats>', 'how many seats'],
    ...timeOptions,
  ],
  examples: [
    { line: 'nestlab class create spring -f class.lab.yaml', does: 'as its section class: says' },
    {
      line: 'nestlab class create spring --template demo@ready --count 20 --hours 20',
      does: '20 copies of demo as it was at the snapshot ready, with 20 hours each',
    },
  ],
  async run(call) {
    const wish = await wishOf(call)
    if (!wish) return 1
    const view = await withClasses(call, (classes, run) => classes.create(wish, run))
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify(view))
    else
      say(
        `${paint.good('✓')} Class ${view.name}: ${view.wanted} seats from ${view.templates.join(', ')}. Next: nestlab class publish ${view.name}`,
      )
    return 0
  },
}

/** Undefined when the lab file is wrong, which has been said. */
async function wishOf(call: Call): Promise<ClassWish | undefined> {
  const [name = ''] = call.args
  const named = call
    .value('template')
    ?.split(',')
    .map((one) => one.trim())
  const loaded = call.value('file') !== undefined || !named ? await loadLab(call) : undefined
  if (!loaded && !named) return undefined
  const { name: lab = '', class: written } = loaded?.lab ?? {}
  const at = written?.template === undefined ? '' : `@${written.template}`
  const seats = countOf(call, 'count', command) ?? written?.seats
  if (seats === undefined)
    throw fail('wrong-usage', { text: 'How many seats? Add --count, or `class:` to the lab file.', command })
  const { opens, closes, hours, idle, power } = written ?? {}
  const times = { opens, closes, hours, idle, power, ...timesOf(call, command) }
  return { name, seats, templates: named ?? [`${lab}${at}`], ...times }
}

const publish: Verb = {
  name: 'publish',
  summary: 'make the seats that are missing, and print what opens each, once',
  more:
    'Seats are made in waves that memory and processors have room for, and stand still until somebody comes. May be\n' +
    'repeated at any time: what is there stays as it is. Only hashes of the secrets are kept.',
  arguments: [classArgument],
  options: [['--count <seats>', 'how many seats there are to be; more than before, for those who come late']],
  examples: [
    { line: 'nestlab class publish spring > secrets.txt', does: 'the seats, with a secret for each' },
    { line: 'nestlab class publish spring --count 22', does: 'two more' },
  ],
  async run(call) {
    const [name = ''] = call.args
    const count = countOf(call, 'count', 'nestlab class publish')
    return await withClasses(call, async (classes, run) => {
      try {
        const view = await classes.publish(name, { ...run, ...(count !== undefined && { count }) })
        await sayAccess(call, classes, view)
      } catch (error) {
        // Seats that are there can be used, whatever became of the others.
        if (!call.json && !(await isGone(classes, name))) await sayAccess(call, classes, { name })
        throw error
      }
      return 0
    })
  },
}

/** Secrets that nobody has been shown yet; as JSON together with the class, also when there are none. */
async function sayAccess(
  call: Call,
  classes: Classes,
  view: Pick<ClassView, 'name'> & Partial<ClassView>,
): Promise<void> {
  const { say, tell, paint } = call.terminal
  let shown = false
  await classes.handOut(view.name, {}, (access) => {
    shown = true
    if (call.json) return say(JSON.stringify({ ...view, access }))
    say(accessLines(access, paint).join('\n'))
    tell('These are shown only now; nestlab class token makes new ones.')
  })
  if (call.json && !shown) say(JSON.stringify({ ...view, access: [] }))
  else if (!shown && view.seats) say(`${paint.good('✓')} ${view.name}: ${view.seats.length} seats are there.`)
}

async function isGone(classes: Classes, name: string): Promise<boolean> {
  const found = await classes.find(name).catch(() => undefined)
  return found?.state !== 'open'
}

const ls: Verb = {
  name: 'ls',
  summary: 'list the classes, or the seats of one',
  arguments: [['[class]', 'its name']],
  examples: [
    { line: 'nestlab class ls', does: 'all classes' },
    { line: 'nestlab class ls spring', does: 'its seats: state, hours, who is connected, points' },
  ],
  async run(call) {
    const [name] = call.args
    const { say, paint } = call.terminal
    return await withClasses(call, async (classes) => {
      if (name === undefined) {
        const all = await classes.list()
        if (call.json) say(JSON.stringify(all))
        else
          say(
            all.length === 0
              ? 'There is no class. Make one with: nestlab class create'
              : classLines(all, paint).join('\n'),
          )
        return 0
      }
      const view = await classes.find(name)
      say(
        call.json
          ? JSON.stringify(view)
          : [...classLines([view], paint), '', ...seatLines(view, paint)].join('\n'),
      )
      return 0
    })
  },
}

const look: Verb = {
  name: 'look',
  summary: 'look at one seat: its machines, its last grading, its journal',
  more: 'Changes nothing: a seat that stands still goes on standing still.',
  arguments: [classArgument, ['<seat>', 'its number or name']],
  examples: [{ line: 'nestlab class look spring 7', does: 'what seat spring-07 is like now' }],
  async run(call) {
    const [name = '', seat = ''] = call.args
    const number = seatNumber(name, seat, 'nestlab class look')
    const { say, paint } = call.terminal
    return await withClasses(call, async (classes, { signal }) => {
      const seen = await classes.look(name, number, signal)
      say(call.json ? JSON.stringify(seen) : lookLines(seen, paint).join('\n'))
      return 0
    })
  },
}

export const classVerb: Verb = {
  name: 'class',
  summary: 'hand a lab out as many seats: publish, reset, grade, take away',
  examples: [
    {
      line: 'nestlab class create spring --template demo --count 20',
      does: 'then nestlab class publish spring',
    },
  ],
  verbs: [
    create,
    publish,
    ls,
    look,
    token,
    enter,
    execVerb,
    copy,
    reset,
    freezeSeats,
    thawSeats,
    extend,
    tend,
    grade,
    exportVerb,
    close,
  ],
}
