/** The shell of simulated guests: runs a syntax tree against the guest's commands and files. */
import type { SimGuest } from '../sim-guest.ts'
import { builtins } from './builtins.ts'
import { runCase, runChoice, runEach, runLoop } from './compound.ts'
import { expandText, expandWords, type Values } from './expand.ts'
import { Leave } from './leave.ts'
import { parse } from './parse.ts'
import { redirected } from './redirect.ts'
import { Input, Kept, type Sink, type Streams } from './streams.ts'
import {
  type AndOr,
  type Command,
  type List,
  type Pipeline,
  ShellProblem,
  type SimpleCommand,
} from './syntax.ts'

export const commandNotFound = 127
const wrongSyntax = 2
const deepestCall = 50
/** So often the shell lets others run, and notices that it is not wanted any more. */
const stepsAtOnce = 100

/** One program of the guest. */
export type Program = (args: readonly string[], run: Run) => number | Promise<number>

/** What a program is given besides its arguments. */
export interface Run extends Streams {
  readonly guest: SimGuest
  readonly shell: Shell
  readonly signal: AbortSignal
}

export interface ShellOptions {
  readonly guest: SimGuest
  readonly programs: ReadonlyMap<string, Program>
  /** A conversation on the terminal that the shell was given; gives its exit code. */
  readonly interact?: () => Promise<number>
}

export class Shell implements Values {
  readonly options: ShellOptions
  /** Ends whatever runs, as when the connection was lost. */
  signal: AbortSignal
  /** `exit` was typed. */
  left = false
  readonly variables = new Map<string, string>()
  /** `$0` */
  name = 'sh'
  parameters: readonly string[] = []
  folder = '/root'
  private readonly functions = new Map<string, Command>()
  private lastCode = 0
  /** Exit code of the last `$(…)`. */
  private outputCode = 0
  private steps = 0
  private calls = 0
  private readonly number = 100 + Math.floor(Math.random() * 30_000)

  constructor(options: ShellOptions, signal: AbortSignal) {
    this.options = options
    this.signal = signal
  }

  /** Runs what was typed and gives the exit code; what was wrong with it goes to `err`. */
  async run(text: string, streams: Streams): Promise<number> {
    try {
      return await this.list(parse(text), streams)
    } catch (problem) {
      if (problem instanceof Leave) {
        this.left = problem.what === 'exit'
        return problem.code
      }
      if (!(problem instanceof ShellProblem)) throw problem
      streams.err(`sh: ${problem.message} (this shell is simulated and knows the basics only)\n`)
      return wrongSyntax
    }
  }

  /** As `run`, but `exit` and its like go on to what stands around. */
  source(text: string, streams: Streams): Promise<number> {
    return this.list(parse(text), streams)
  }

  variable(name: string): string | undefined {
    if (name === '?') return String(this.lastCode)
    if (name === '$') return String(this.number)
    if (name === '#') return String(this.parameters.length)
    if (/^\d$/.test(name)) return name === '0' ? this.name : this.parameters[Number(name) - 1]
    return this.variables.get(name)
  }

  async outputOf(body: List): Promise<string> {
    const kept = new Kept()
    this.outputCode = await this.copy().guarded(body, {
      input: Input.empty(),
      out: kept.sink,
      err: this.errors,
    })
    return kept.bytes().toString().replace(/\n+$/, '')
  }

  /** Runs a program, function or builtin by its arguments. */
  async call(argv: readonly string[], streams: Streams): Promise<number> {
    const [name = '', ...args] = argv
    const builtin = builtins.get(name)
    const { signal } = this
    const { guest, programs } = this.options
    if (builtin) return builtin(args, { ...streams, guest, signal, shell: this })
    const known = this.functions.get(name)
    if (known) return this.callFunction(known, args, streams)
    const program = programs.get(programName(name))
    if (program) return program(args, { ...streams, guest, signal, shell: this })
    streams.err(`sh: ${name}: not found\n`)
    return commandNotFound
  }

  has(name: string): boolean {
    return builtins.has(name) || this.functions.has(name) || this.options.programs.has(programName(name))
  }

  /** Where complaints of `$(…)` go: those of the command it stands in. */
  private errors: Sink = () => undefined

  private copy(): Shell {
    const copy = new Shell(this.options, this.signal)
    for (const [name, value] of this.variables) copy.variables.set(name, value)
    for (const [name, body] of this.functions) copy.functions.set(name, body)
    copy.name = this.name
    copy.parameters = this.parameters
    copy.folder = this.folder
    copy.lastCode = this.lastCode
    copy.errors = this.errors
    copy.calls = this.calls
    return copy
  }

  private async guarded(body: List, streams: Streams): Promise<number> {
    try {
      return await this.list(body, streams)
    } catch (problem) {
      if (problem instanceof Leave) return problem.code
      throw problem
    }
  }

  async list(list: List, streams: Streams): Promise<number> {
    let code = 0
    for (const each of list) code = await this.andOr(each, streams)
    return code
  }

  private async andOr({ first, rest }: AndOr, streams: Streams): Promise<number> {
    let code = await this.pipeline(first, streams)
    for (const { when, pipeline } of rest) {
      if ((when === '&&') === (code === 0)) code = await this.pipeline(pipeline, streams)
    }
    return code
  }

  private async pipeline({ negated, commands }: Pipeline, streams: Streams): Promise<number> {
    let { input } = streams
    let code = 0
    for (const [at, command] of commands.entries()) {
      const last = at === commands.length - 1
      const kept = new Kept()
      const there = { input, out: last ? streams.out : kept.sink, err: streams.err }
      // Each part of a pipe is a process of its own, so nothing it sets stays; they run one after another.
      const shell = commands.length > 1 ? this.copy() : this
      code = shell === this ? await this.command(command, there) : await shell.guardedCommand(command, there)
      input = Input.of(kept.bytes())
    }
    this.lastCode = negated ? Number(code === 0) : code
    return this.lastCode
  }

  private async guardedCommand(command: Command, streams: Streams): Promise<number> {
    try {
      return await this.command(command, streams)
    } catch (problem) {
      if (problem instanceof Leave) return problem.code
      throw problem
    }
  }

  private async command(command: Command, streams: Streams): Promise<number> {
    this.steps += 1
    if (this.steps % stepsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    this.signal.throwIfAborted()
    const before = this.errors
    this.errors = streams.err
    try {
      const place = { shell: this, streams, guest: this.options.guest }
      return await redirected(command.redirections, place, (inside) => this.plain(command, inside))
    } finally {
      this.errors = before
    }
  }

  private async plain(command: Command, streams: Streams): Promise<number> {
    switch (command.kind) {
      case 'simple':
        return this.simple(command, streams)
      case 'group':
        return command.apart ? this.copy().guarded(command.body, streams) : this.list(command.body, streams)
      case 'if':
        return runChoice(command, streams, this)
      case 'while':
        return runLoop(command, streams, this)
      case 'for':
        return runEach(command, streams, this)
      case 'case':
        return runCase(command, streams, this)
      case 'function':
        this.functions.set(command.name, command.body)
        return 0
    }
  }

  private async simple({ assignments, words }: SimpleCommand, streams: Streams): Promise<number> {
    this.outputCode = 0
    const argv = await expandWords(words, this)
    const before = new Map<string, string | undefined>()
    for (const { name, value } of assignments) {
      before.set(name, this.variables.get(name))
      this.variables.set(name, await expandText(value, this))
    }
    if (argv.length === 0) return this.outputCode
    try {
      return await this.call(argv, streams)
    } finally {
      // Values given in front of a command are for that command only.
      for (const [name, value] of before) {
        if (value === undefined) this.variables.delete(name)
        else this.variables.set(name, value)
      }
    }
  }

  private async callFunction(body: Command, args: readonly string[], streams: Streams): Promise<number> {
    if (this.calls >= deepestCall) throw new ShellProblem('functions call each other too deeply')
    const before = this.parameters
    this.parameters = args
    this.calls += 1
    try {
      return await this.command(body, streams)
    } catch (problem) {
      if (problem instanceof Leave && problem.what === 'return') return problem.code
      throw problem
    } finally {
      this.parameters = before
      this.calls -= 1
    }
  }
}

export const programName = (name: string) => name.replace(/^\/(?:usr\/)?s?bin\//, '')
