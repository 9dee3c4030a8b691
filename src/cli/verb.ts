/** What one verb of the command line is: data from which the parser, the help, the completion and the manual are made. */

import type { Services } from './services.ts'
import type { Terminal } from './terminal.ts'

/** Exit codes of the whole program; 0 is "done". */
export type Exit = 0 | 1 | 2 | 3 | 4 | number

export interface Example {
  readonly line: string
  readonly does: string
}

/** `[flags, what it does]`, flags as in `-f, --file <file>`. */
export type OptionRow = readonly [flags: string, text: string]

export interface Verb {
  readonly name: string
  /** One line without a full stop at its end; a verb in the imperative. */
  readonly summary: string
  /** Printed below the summary in the verb's own help. */
  readonly more?: string
  /** As in `<path> [command...]`, each with what it is. */
  readonly arguments?: readonly OptionRow[]
  readonly options?: readonly OptionRow[]
  readonly examples: readonly Example[]
  /** False where an answer as JSON makes no sense, because a person is at the other end. */
  readonly json?: false
  /** Everything after the first argument belongs to another program. */
  readonly passThrough?: true
  readonly verbs?: readonly Verb[]
  run?(call: Call): Promise<Exit>
}

/** One use of a verb: what was typed, where to print, and the rest of the program. */
export interface Call {
  readonly args: readonly string[]
  /** Was the option given that takes no value? */
  has(option: string): boolean
  /** The value of the option, when it was given. */
  value(option: string): string | undefined
  readonly json: boolean
  readonly debug: boolean
  readonly terminal: Terminal
  readonly services: Services
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
  /** Folder in which the command was typed. */
  readonly folder: string
  /** The whole command line, for what is made out of it. */
  readonly verbs: readonly Verb[]
}
