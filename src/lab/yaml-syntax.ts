/** Faults of YAML in words for people who do not know YAML's grammar. */
import type { CST, YAMLError, YAMLWarning } from 'yaml'
import { tokensIn } from './cst-depth.ts'
import { type Finding, printable, type Span } from './problem.ts'

interface Words {
  readonly text: string
  readonly remedy: string
}

const indentation = 'Give keys of one map the same number of spaces, and what belongs to a key two more.'

const words: Readonly<Record<string, Words>> = {
  TAB_AS_INDENT: { text: 'This line is indented with a tab.', remedy: 'Indent with spaces.' },
  BAD_INDENT: { text: 'This line is not indented as its neighbours are.', remedy: indentation },
  BLOCK_AS_IMPLICIT_KEY: {
    text: 'A key with a value cannot begin here.',
    remedy: 'Begin a new line for it, or put the text in quotes if the colon belongs to it.',
  },
  MULTILINE_IMPLICIT_KEY: {
    text: 'This text goes on over several lines where a key was expected.',
    remedy: 'Write `key: value`; a colon or the indentation is missing.',
  },
  MISSING_CHAR: {
    text: 'Something that was opened is not closed.',
    remedy: 'Add the missing quote, bracket or comma.',
  },
  BAD_SCALAR_START: { text: 'A value cannot begin with this character.', remedy: 'Put the value in quotes.' },
  BAD_DQ_ESCAPE: {
    text: 'This escape with a backslash does not exist.',
    remedy: 'Use single quotes, in which a backslash is only a backslash.',
  },
  TAG_RESOLVE_FAILED: {
    text: 'Tags (`!name`) are not used in lab files.',
    remedy: 'Write the value without a tag.',
  },
  MULTIPLE_TAGS: {
    text: 'Tags (`!name`) are not used in lab files.',
    remedy: 'Write the value without a tag.',
  },
  BAD_DIRECTIVE: {
    text: 'Directives (lines that begin with `%`) are not used in lab files.',
    remedy: 'Remove the line.',
  },
}

export function syntaxFinding(
  fault: YAMLError | YAMLWarning,
  text: string,
  tokens: readonly CST.Token[],
): Finding {
  const known = words[fault.code]
  return {
    path: [],
    span: openedAt(fault, tokens) ?? spanOf(fault, text),
    text: known?.text ?? `This is not valid YAML: ${printable(fault.message.split('\n')[0] ?? fault.code)}.`,
    remedy: known?.remedy ?? indentation,
  }
}

/** Faults at the end of the text point behind its last character. */
function spanOf({ pos: [start, end] }: YAMLError | YAMLWarning, text: string): Span {
  const from = Math.min(start, Math.max(0, text.trimEnd().length - 1))
  return { start: from, end: Math.max(end, from + 1) }
}

/** A quote that is not closed is noticed at the end of the text; the place to look at is where it was opened. */
function openedAt({ message, pos }: YAMLError | YAMLWarning, tokens: readonly CST.Token[]): Span | undefined {
  if (!/^Missing closing .*quote/.test(message)) return undefined
  for (const token of tokensIn(tokens)) {
    const quoted = token.type === 'double-quoted-scalar' || token.type === 'single-quoted-scalar'
    if (!quoted || token.offset > pos[0] || pos[0] > token.offset + token.source.length) continue
    return { start: token.offset, end: token.offset + token.source.length }
  }
  return undefined
}
