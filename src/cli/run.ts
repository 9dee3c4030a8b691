/** One command from its arguments to its exit code. */
import { CommanderError } from 'commander'
import type { Failure } from '#failure'
import { fail } from './errors.ts'
import { listenForInterrupt, type Signals } from './interrupt.ts'
import { makeProgram, optionsOf, type Parsed } from './program.ts'
import { asReport, failureOf, tellFailure } from './report.ts'
import type { Services } from './services.ts'
import { type Streams, type Terminal, terminalOf } from './terminal.ts'
import type { Call, Exit, Verb } from './verb.ts'
import { verbs } from './verbs.ts'

export interface World extends Streams {
  /** Arguments without the program's own name. */
  readonly argv: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly signals: Signals
  readonly version: string
  readonly services: Services
}

/** Runs one command line; everything that goes wrong has been printed when this returns. */
export async function runCli(world: World): Promise<Exit> {
  // Asked before parsing, so that a command line that cannot be parsed is answered in the wanted form.
  const own = world.argv.slice(0, world.argv.indexOf('--') < 0 ? undefined : world.argv.indexOf('--'))
  const terminal = terminalOf(world, world.environment, own.includes('--no-color'))
  const asked = { json: own.includes('--json'), debug: own.includes('--debug') }
  using interrupt = listenForInterrupt(world.signals, terminal.tell)
  try {
    return await parseAndRun(world, terminal, interrupt.signal)
  } catch (thrown) {
    const failure = failureOf(thrown, interrupt.signal)
    if (asked.json) terminal.say(JSON.stringify(asReport(failure)))
    else tellFailure(terminal, failure, asked.debug)
    return failure.exitCode
  }
}

async function parseAndRun(world: World, terminal: Terminal, signal: AbortSignal): Promise<Exit> {
  let exit: Exit = 0
  let complaint = ''
  const program = makeProgram({
    version: world.version,
    verbs,
    writeOut: (text) => void terminal.stdout.write(text),
    writeErr: (text) => {
      complaint += text
    },
    onVerb: async (parsed) => {
      exit = (await parsed.verb.run?.(callOf(parsed, world, terminal, signal))) ?? 0
    },
  })
  try {
    await program.parseAsync(world.argv, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    if (thrown.exitCode === 0) return 0
    if (thrown.code !== 'commander.help') throw wrongUsage(thrown, world.argv)
    terminal.tell(complaint.trimEnd())
    return 2
  }
  return exit
}

function callOf(parsed: Parsed, world: World, terminal: Terminal, signal: AbortSignal): Call {
  const given = (option: string): unknown => {
    const known = optionsOf(parsed.verb).some(([flags]) => flags.split(/[ ,]+/).includes(`--${option}`))
    if (!known) throw new Error(`${parsed.verb.name} has no option --${option}`)
    return parsed.options[option.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]
  }
  const value = (option: string) => {
    const text = given(option)
    return typeof text === 'string' ? text : undefined
  }
  return {
    args: withoutDashes(parsed),
    has: (option) => given(option) === true,
    value,
    json: parsed.options.json === true,
    debug: parsed.options.debug === true,
    terminal,
    services: world.services,
    signal,
    folder: world.folder,
    verbs,
  }
}

/** Where everything behind the first argument is handed on, `--` comes along; it only marks that place. */
function withoutDashes({ verb, args }: Parsed): readonly string[] {
  return verb.passThrough && args[1] === '--' ? args.toSpliced(1, 1) : args
}

function wrongUsage(thrown: CommanderError, argv: readonly string[]): Failure {
  const command = ['nestlab', ...verbWords(verbs, argv)].join(' ')
  const [what = '', ...hints] = thrown.message.replace(/^error: /, '').split('\n')
  const sentence = `${what[0]?.toUpperCase() ?? ''}${what.slice(1).replace(/\.$/, '')}.`
  const hint = hints.join(' ').replace(/^\((.*)\)$/, ' $1')
  return fail('wrong-usage', { text: sentence + hint, command })
}

/** The leading words of a command line that name a verb: `image build`. */
function verbWords(known: readonly Verb[], argv: readonly string[]): string[] {
  const [word, ...rest] = argv.filter((argument) => !argument.startsWith('-'))
  const verb = known.find((one) => one.name === word)
  return verb ? [verb.name, ...verbWords(verb.verbs ?? [], rest)] : []
}
