/** Verbs with which seats of a class are used: by those who sit at them, and by whoever tells all of them something. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { chosenOf, classArgument, seatNumber, seatsOption, withClasses } from '../class-call.ts'
import { accessLines } from '../class-text.ts'
import { fail } from '../errors.ts'
import { harmless } from '../paint.ts'
import { connectStreams, lendTerminalTo } from '../session.ts'
import type { Verb } from '../verb.ts'

export const token: Verb = {
  name: 'token',
  summary: 'make new secrets for seats and print them once; the old ones are void',
  arguments: [classArgument],
  options: [seatsOption],
  examples: [{ line: 'nestlab class token spring --seats 7', does: 'for somebody who has lost his' }],
  async run(call) {
    const [name = ''] = call.args
    const { say, paint } = call.terminal
    return await withClasses(call, async (classes) => {
      const { seats = (await classes.find(name)).seats.map(({ number }) => number) } = chosenOf(
        call,
        'nestlab class token',
      )
      await classes.handOut(name, { seats }, (all) =>
        say(call.json ? JSON.stringify({ class: name, access: all }) : accessLines(all, paint).join('\n')),
      )
      return 0
    })
  },
}

const secretText =
  'What opens the seat is asked for, or taken from the environment variable NESTLAB_SEAT_PASSWORD.'

export const enter: Verb = {
  name: 'enter',
  summary: 'enter a machine of a seat with what opens the seat: a shell, or a command',
  more: `A seat that stands still goes on. ${secretText}`,
  arguments: [
    classArgument,
    ['<seat>', 'its number or name'],
    ['<path>', 'the machine, as kvm-1/web'],
    ['[command...]', 'a program and its arguments; without one, a shell'],
  ],
  json: false,
  passThrough: true,
  examples: [
    { line: 'nestlab class enter spring 7 kvm-1', does: 'a shell' },
    { line: 'nestlab class enter spring 7 kvm-1/web -- ping -c 3 10.0.10.2', does: 'a command' },
  ],
  async run(call) {
    const [name = '', seat = '', path = '', ...rest] = call.args
    const argv = rest[0] === '--' ? rest.slice(1) : rest
    if (argv.length === 0 && !call.terminal.stdin.isTTY) throw fail('needs-terminal', { verb: 'class enter' })
    const number = seatNumber(name, seat, 'nestlab class enter')
    const secret = await call.services.seatSecret(seat).catch((error: unknown) => {
      throw fail('seat-secret-missing', { seat }, error)
    })
    return await withClasses(call, async (classes, run) => {
      const visit = await classes.enter(name, number, secret, run)
      try {
        const inside = await (await call.services.engine()).enter(visit.lab, path, call.signal)
        try {
          return argv.length > 0
            ? await connectStreams(call, inside, argv)
            : await lendTerminalTo(call, inside, ['/bin/sh', '-l'])
        } finally {
          await inside.close()
        }
      } finally {
        await visit.leave()
      }
    })
  },
}

export const execVerb: Verb = {
  name: 'exec',
  summary: 'run a command in the same machine of all seats; exit code 1 when it failed in any',
  more: 'Seats that stand still go on for it, and stand still again. Options come before the name of the class.',
  arguments: [
    classArgument,
    ['<path>', 'the machine, as kvm-1/web'],
    ['<command...>', 'a program and its arguments, not a shell line'],
  ],
  options: [seatsOption],
  passThrough: true,
  examples: [
    { line: 'nestlab class exec spring kvm-1 -- hostname', does: 'in every seat' },
    { line: 'nestlab class exec --seats 1-5 spring kvm-1 -- rm /etc/motd', does: 'in five of them' },
  ],
  async run(call) {
    const [name = '', path = '', ...rest] = call.args
    const argv = rest[0] === '--' ? rest.slice(1) : rest
    if (argv.length === 0)
      throw fail('wrong-usage', { text: 'No command behind the path.', command: 'nestlab class exec' })
    const chosen = chosenOf(call, 'nestlab class exec')
    const answers = await withClasses(call, (classes, run) =>
      classes.exec(name, { path, argv }, { ...run, ...chosen }),
    )
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify({ class: name, path, answers }))
    else
      for (const { seat, exitCode, stdout, stderr } of answers) {
        say(`${paint.name(seat)} ${paint.faint(`exit code ${exitCode}`)}`)
        const text = harmless(`${stdout}${stderr}`).trimEnd()
        if (text !== '') say(`  ${text.replaceAll('\n', '\n  ')}`)
      }
    return answers.every(({ exitCode }) => exitCode === 0) ? 0 : 1
  },
}

export const copy: Verb = {
  name: 'copy',
  summary: 'write a file of this machine into the same machine of all seats',
  arguments: [
    classArgument,
    ['<file>', 'a file here'],
    ['<path:file>', 'machine and file there, as kvm-1:/root/task.txt'],
  ],
  options: [seatsOption],
  examples: [
    { line: 'nestlab class copy spring task.txt kvm-1:/root/task.txt', does: 'the task for everybody' },
  ],
  async run(call) {
    const [name = '', source = '', target = ''] = call.args
    const [, path, file] = /^([^:]+):(\/.+)$/.exec(target) ?? []
    if (path === undefined || file === undefined)
      throw fail('wrong-usage', {
        text: `Where to? Name a machine and an absolute file, as kvm-1:/root/task.txt, not "${target}".`,
        command: 'nestlab class copy',
      })
    const content = await readFile(resolve(call.folder, source)).catch((error: unknown) => {
      throw fail(
        'wrong-usage',
        { text: `There is no readable file ${source}.`, command: 'nestlab class copy' },
        error,
      )
    })
    const chosen = chosenOf(call, 'nestlab class copy')
    const seats = await withClasses(call, (classes, run) =>
      classes.copy(name, { path, file, content }, { ...run, ...chosen }),
    )
    const { say, paint } = call.terminal
    say(
      call.json
        ? JSON.stringify({ class: name, path, file, seats })
        : `${paint.good('✓')} ${seats.length} seats have ${file}.`,
    )
    return 0
  },
}
