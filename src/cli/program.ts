/** Makes the command line's parser out of the verbs. */
import { type Argument, Command, Option } from 'commander'
import type { OptionRow, Verb } from './verb.ts'

export interface Parsed {
  readonly verb: Verb
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

export interface ProgramOptions {
  readonly version: string
  readonly verbs: readonly Verb[]
  readonly writeOut: (text: string) => void
  readonly writeErr: (text: string) => void
  readonly onVerb: (parsed: Parsed) => Promise<void>
}

export const jsonOption: OptionRow = ['--json', 'print one JSON document instead of text']

/** Understood by every verb, before or behind its name. */
export const commonOptions: readonly OptionRow[] = [
  ['--no-color', 'print without colours (as does the variable NO_COLOR)'],
  ['--debug', 'print stack traces when something fails'],
]

const tour = `
Examples:
  $ nestlab init                  write a first lab file
  $ nestlab up                    make it true
  $ nestlab status                see every machine at every level
  $ nestlab ssh kvm-1/web         enter the machine web inside kvm-1
  $ nestlab down                  take everything away

Exit codes: 0 done, 1 the lab is wrong or a check failed, 2 wrong usage, 3 this host cannot, 4 a step failed.`

export function makeProgram(options: ProgramOptions): Command {
  const program = new Command('nestlab')
    .description('Labs of hypervisors inside hypervisors: one file, one command.')
    .version(options.version, '--version', 'print the version')
    .usage('[options] <verb>')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: options.writeOut, writeErr: options.writeErr })
    .configureHelp({
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
      styleTitle: (title) => (title === 'Commands:' ? 'Verbs:' : title),
    })
    .addHelpText('after', tour)
  program.helpOption('-h, --help', 'print this help').helpCommand(false)
  for (const row of commonOptions) program.addOption(new Option(...row))
  for (const verb of options.verbs) addVerb(program, verb, options.onVerb)
  return program
}

function argumentTerm(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? `<${name}>` : `[${name}]`
}

function addVerb(parent: Command, verb: Verb, onVerb: ProgramOptions['onVerb']): void {
  const command = parent.command(verb.name).summary(verb.summary).description(describe(verb))
  command.helpOption('-h, --help', 'print this help').helpCommand(false)
  for (const [flags, text] of verb.arguments ?? []) command.argument(flags, text)
  for (const row of optionsOf(verb)) command.addOption(new Option(...row))
  if (verb.passThrough) command.passThroughOptions()
  command.addHelpText('after', examplesText(verb))
  for (const inner of verb.verbs ?? []) addVerb(command, inner, onVerb)
  if (!verb.run) return
  command.action(async () => {
    await onVerb({ verb, args: command.args, options: command.optsWithGlobals() })
  })
}

/** Every option of a verb, its own first. */
export function optionsOf(verb: Verb): readonly OptionRow[] {
  const answersInJson = verb.run !== undefined && verb.json !== false
  return [...(verb.options ?? []), ...(answersInJson ? [jsonOption] : []), ...commonOptions]
}

function describe(verb: Verb): string {
  const sentence = `${verb.summary[0]?.toUpperCase() ?? ''}${verb.summary.slice(1)}.`
  return verb.more ? `${sentence}\n\n${verb.more}` : sentence
}

function examplesText(verb: Verb): string {
  const widest = Math.max(...verb.examples.map((example) => example.line.length))
  const lines = verb.examples.map((example) => `  $ ${example.line.padEnd(widest)}  ${example.does}`)
  return `\nExamples:\n${lines.join('\n')}`
}
