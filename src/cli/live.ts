/** A few lines at the end of the terminal that are drawn anew again and again, below everything that stays. */
import { withoutColour } from './paint.ts'

const control = String.fromCharCode(27)
const hideCursor = `${control}[?25l`
const showCursor = `${control}[?25h`
const eraseBelow = `${control}[0J`

export interface Screen {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

export class LiveLines implements Disposable {
  readonly #screen: Screen
  #height = 0

  constructor(screen: Screen) {
    this.#screen = screen
    screen.write(hideCursor)
  }

  /** Draws `lines` in the place of the ones before; what does not fit on the screen is left out. */
  draw(lines: readonly string[]): void {
    const { columns = 80, rows = 24 } = this.#screen
    const room = Math.max(1, rows - 1)
    const fitting =
      lines.length > room ? [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`] : lines
    const text = fitting.map((line) => `${cut(line, columns - 1)}\n`).join('')
    this.#screen.write(this.#upwards() + eraseBelow + text)
    this.#height = fitting.length
  }

  /** Prints a line that stays, above the live ones; the next `draw` brings those back. */
  keep(line: string): void {
    this.#screen.write(`${this.#upwards()}${eraseBelow}${line}\n`)
    this.#height = 0
  }

  [Symbol.dispose](): void {
    this.#screen.write(showCursor)
  }

  #upwards(): string {
    return this.#height > 0 ? `${control}[${this.#height}A\r` : ''
  }
}

/** Cuts to a width; a line that is too long loses its colours, since codes cannot be cut. */
function cut(line: string, columns: number): string {
  const letters = [...withoutColour(line)]
  return letters.length <= columns ? line : `${letters.slice(0, Math.max(0, columns - 1)).join('')}…`
}
