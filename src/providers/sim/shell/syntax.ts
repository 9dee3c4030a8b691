/** The syntax tree of the simulated guests' shell: the part of POSIX sh that people and Nestlab type. */

export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: 'variable'
      readonly name: string
      readonly quoted: boolean
      /** `${name:-word}` and its like: what to do with the value. */
      readonly change?: { readonly operator: string; readonly word: Word }
    }
  | { readonly kind: 'output'; readonly body: List; readonly quoted: boolean }
  | { readonly kind: 'sum'; readonly expression: Word; readonly quoted: boolean }

export type Word = readonly WordPart[]

export interface Redirection {
  readonly from: 0 | 1 | 2
  readonly operator: '>' | '>>' | '<' | '>&'
  readonly target: Word
}

interface Redirected {
  readonly redirections: readonly Redirection[]
}

export interface SimpleCommand extends Redirected {
  readonly kind: 'simple'
  readonly assignments: readonly { readonly name: string; readonly value: Word }[]
  readonly words: readonly Word[]
}

export interface Group extends Redirected {
  readonly kind: 'group'
  readonly body: List
  /** In brackets: what it changes ends with it. */
  readonly apart: boolean
}

export interface Choice extends Redirected {
  readonly kind: 'if'
  readonly branches: readonly { readonly test: List; readonly body: List }[]
  readonly otherwise: List
}

export interface Loop extends Redirected {
  readonly kind: 'while'
  readonly until: boolean
  readonly test: List
  readonly body: List
}

export interface Each extends Redirected {
  readonly kind: 'for'
  readonly name: string
  readonly words: readonly Word[]
  readonly body: List
}

export interface Case extends Redirected {
  readonly kind: 'case'
  readonly word: Word
  readonly arms: readonly { readonly patterns: readonly Word[]; readonly body: List }[]
}

export interface Definition extends Redirected {
  readonly kind: 'function'
  readonly name: string
  readonly body: Command
}

export type Command = SimpleCommand | Group | Choice | Loop | Each | Case | Definition

export interface Pipeline {
  readonly negated: boolean
  readonly commands: readonly Command[]
}

export interface AndOr {
  readonly first: Pipeline
  readonly rest: readonly { readonly when: '&&' | '||'; readonly pipeline: Pipeline }[]
}

export type List = readonly AndOr[]

/** What was typed is more than this shell can do; the text says where or why. */
export class ShellProblem extends Error {}
