/** Verbs that grade a class and hand its results on. */
import { chosenOf, classArgument, seatsOption, withClasses } from '../class-call.ts'
import { classCsv, gradeLines } from '../class-text.ts'
import { fail } from '../errors.ts'
import { expectationText } from '../expectation-text.ts'
import { loadLab } from '../pick-lab.ts'
import type { Verb } from '../verb.ts'

export const grade: Verb = {
  name: 'grade',
  summary: 'check in every seat what its lab expects, and count points',
  more:
    'Each expectation is an exercise, with the `points` it has (default 1). Every grading is kept. Seats that stand still\n' +
    'go on for it, and stand still again.',
  arguments: [classArgument],
  options: [
    seatsOption,
    ['-f, --file <file>', 'take the expectations of this lab file instead of those the seats have'],
  ],
  examples: [
    { line: 'nestlab class grade spring', does: 'points of all seats' },
    { line: 'nestlab class grade spring --seats 7 -f exam.lab.yaml', does: 'other exercises, one seat' },
  ],
  async run(call) {
    const [name = ''] = call.args
    const loaded = call.value('file') === undefined ? undefined : await loadLab(call)
    if (call.value('file') !== undefined && !loaded) return 1
    if (loaded && !loaded.lab.expect) throw fail('no-expectations', { file: loaded.file })
    const expectations = loaded?.lab.expect
    const chosen = chosenOf(call, 'nestlab class grade')
    const options = { ...chosen, ...(expectations && { expectations }), describe: expectationText }
    const grades = await withClasses(call, (classes, run) => classes.grade(name, { ...run, ...options }))
    const { say, paint } = call.terminal
    say(call.json ? JSON.stringify({ class: name, grades }) : gradeLines(grades, paint).join('\n'))
    return 0
  },
}

export const exportVerb: Verb = {
  name: 'export',
  summary: 'print seats, grades and journal of a class, as JSON or CSV',
  more: 'CSV has a line a seat with its last grading; JSON has everything. Works after the class was closed, too.',
  arguments: [classArgument],
  options: [['--csv', 'for spreadsheets, instead of JSON']],
  examples: [
    { line: 'nestlab class export spring > spring.json', does: 'everything' },
    { line: 'nestlab class export spring --csv > spring.csv', does: 'points by seat and exercise' },
  ],
  async run(call) {
    const [name = ''] = call.args
    if (call.has('csv') && call.json)
      throw fail('wrong-usage', {
        text: '--csv and --json exclude each other.',
        command: 'nestlab class export',
      })
    const all = await withClasses(call, (classes) => classes.export(name))
    call.terminal.say(call.has('csv') ? classCsv(all) : JSON.stringify(all))
    return 0
  },
}
