/** The command line as a flat list, for what is generated out of it: completions and the manual. */
import { optionsOf } from './program.ts'
import type { Example, OptionRow, Verb } from './verb.ts'

export interface CommandOption {
  /** `-f`, when there is one. */
  readonly short?: string
  /** `--file`. */
  readonly long: string
  /** `<file>`, when the option takes a value. */
  readonly value?: string
  readonly text: string
}

export interface CommandNode {
  /** `['image', 'build']`; empty for the program itself. */
  readonly words: readonly string[]
  readonly summary: string
  readonly more?: string
  readonly arguments: readonly OptionRow[]
  readonly options: readonly CommandOption[]
  readonly examples: readonly Example[]
  readonly verbs: readonly { readonly name: string; readonly summary: string }[]
}

export function commandTree(verbs: readonly Verb[]): CommandNode[] {
  return verbs.flatMap((verb) => nodesOf(verb, []))
}

function nodesOf(verb: Verb, before: readonly string[]): CommandNode[] {
  const words = [...before, verb.name]
  const { summary, examples } = verb
  const node: CommandNode = {
    words,
    summary,
    ...(verb.more === undefined ? {} : { more: verb.more }),
    arguments: verb.arguments ?? [],
    options: optionsOf(verb).map(optionOf),
    examples,
    verbs: verb.verbs ?? [],
  }
  return [node, ...(verb.verbs ?? []).flatMap((inner) => nodesOf(inner, words))]
}

function optionOf([flags, text]: OptionRow): CommandOption {
  const parts = flags.split(/[ ,]+/)
  const short = parts.find((part) => /^-\w$/.test(part))
  const value = parts.find((part) => part.startsWith('<'))
  const long = parts.find((part) => part.startsWith('--')) ?? flags
  return { long, text, ...(short ? { short } : {}), ...(value ? { value } : {}) }
}
