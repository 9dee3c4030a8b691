/** What is wrong with a lab file, where, and what would be right. */

/** Keys and list positions from the top of the file: `['machines', 'kvm', 'nics', 0]`. */
export type Path = readonly (string | number)[]

/** Offsets into the text of the file; `end` is the first one that no longer belongs. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Problem {
  /** As the caller named it. */
  readonly file: string
  /** From 1; 0 when the lab is not text (a TypeScript module). */
  readonly line: number
  /** From 1, in UTF-16 units; 0 when the lab is not text. */
  readonly column: number
  /** Characters on this line that are meant; at least 1. */
  readonly length: number
  /** `machines.kvm.nics[0].address`; empty when the place is no key of the file. */
  readonly at: string
  /** What is wrong: one sentence. */
  readonly text: string
  /** What would be right: one sentence. */
  readonly remedy: string
}

/** A problem before its place in the text is known. */
export interface Finding {
  readonly path: Path
  /** Point at the key instead of its value. */
  readonly onKey?: boolean
  /** What is read there instead is not the user's, so nothing more is said about it. */
  readonly replaced?: boolean
  /** Where, when the finding is about the text and not about a key. */
  readonly span?: Span
  readonly text: string
  /** Worked out only for findings that are shown: looking for similar words among thousands takes time. */
  readonly remedy: string | (() => string)
}

/** The answer of a function that reads one value of the file. */
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly text: string; readonly remedy: string }

export function good<Value>(value: Value): Read<Value> {
  return { ok: true, value }
}

export function refused(text: string, remedy: string): Read<never> {
  return { ok: false, text, remedy }
}

/** The value, when it was good. */
export function accepted<Value>(read: Read<Value>): Value | undefined {
  return read.ok ? read.value : undefined
}

export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += text === '' ? step : `.${step}`
  }
  return printable(text)
}

/** Text of an untrusted file made safe for a terminal: control and direction characters become visible. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) =>
    char === '\t' ? ' ' : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** A value as a message shows it: quoted, safe and not longer than a line can bear. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return value.length > 10 ? `a list of ${value.length}` : 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'string') return `"${clipped(value)}"`
  if (typeof value === 'number') return `the number ${value}`
  return clipped(String(value))
}

/** At most 60 characters of a text, safe for a terminal. */
export function clipped(text: string): string {
  const safe = printable(text.slice(0, 80))
  return text.length > 60 ? `${safe.slice(0, 60)}…` : safe
}
