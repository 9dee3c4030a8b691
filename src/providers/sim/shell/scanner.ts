/** A position in a line of shell text, and the small steps a parser takes from there. */
import { ShellProblem } from './syntax.ts'

const deepest = 50

export class Scanner {
  private readonly text: string
  private at = 0
  private depth = 0

  constructor(text: string) {
    this.text = text
  }

  get ended(): boolean {
    return this.at >= this.text.length
  }

  get next(): string {
    return this.text[this.at] ?? ''
  }

  /** Takes what the sticky pattern finds here. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at += found[0].length
    return found ?? undefined
  }

  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    return pattern.test(this.text)
  }

  blanks(): void {
    this.take(/(?:[ \t]|\\\n)*(?:#[^\n]*)?/y)
  }

  /** Blanks and line ends. */
  gap(): void {
    this.take(/(?:[ \t\n]|\\\n|#[^\n]*)*/y)
  }

  problem(): ShellProblem {
    const here = this.text.slice(this.at, this.at + 16).trim()
    return new ShellProblem(here === '' ? 'unexpected end of command' : `unexpected "${here}"`)
  }

  expect(pattern: RegExp): void {
    if (!this.take(pattern)) throw this.problem()
  }

  /** Bounds how deep one construct may stand in another, before the stack does. */
  deeper<Result>(parse: () => Result): Result {
    this.depth += 1
    if (this.depth > deepest) throw new ShellProblem('nested too deeply')
    const result = parse()
    this.depth -= 1
    return result
  }
}
