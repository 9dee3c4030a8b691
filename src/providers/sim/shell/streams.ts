/** Input and output of the simulated guests' commands. */
import { ShellProblem } from './syntax.ts'

/** Takes text or bytes; never fails, a reader that has gone just does not get them. */
export type Sink = (chunk: string | Uint8Array) => void

export interface Streams {
  readonly input: Input
  readonly out: Sink
  readonly err: Sink
}

/** Bytes that are read in pieces: by `read` to the end of a line, by others to the end. */
export class Input {
  private readonly source: AsyncIterator<Uint8Array>
  private held = Buffer.alloc(0)
  private ended = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]()
  }

  static of(content: string | Uint8Array): Input {
    return new Input(
      (async function* () {
        yield Buffer.from(content)
      })(),
    )
  }

  static empty(): Input {
    return Input.of('')
  }

  /** What is there next; undefined at the end of the input. */
  async readSome(): Promise<Uint8Array | undefined> {
    if (this.held.length === 0) return this.pull()
    const piece = this.held
    this.held = Buffer.alloc(0)
    return piece
  }

  async readAll(): Promise<Buffer> {
    const pieces = [this.held]
    for (;;) {
      const piece = await this.pull()
      if (!piece) break
      pieces.push(Buffer.from(piece))
    }
    this.held = Buffer.alloc(0)
    return Buffer.concat(pieces)
  }

  /** Without its line end; undefined at the end of the input. */
  async readLine(): Promise<string | undefined> {
    for (;;) {
      const end = this.held.indexOf('\n')
      if (end >= 0) {
        const line = this.held.subarray(0, end).toString()
        this.held = this.held.subarray(end + 1)
        return line
      }
      const piece = await this.pull()
      if (!piece) break
      this.held = Buffer.concat([this.held, piece])
    }
    if (this.held.length === 0) return undefined
    const rest = this.held.toString()
    this.held = Buffer.alloc(0)
    return rest
  }

  private async pull(): Promise<Uint8Array | undefined> {
    if (this.ended) return undefined
    const result = await this.source.next()
    if (!result.done) return result.value
    this.ended = true
    return undefined
  }
}

/** What a pipe, a variable or a file may take in: far above any real use, far below what would harm this process. */
const mostBytes = 4 * 1024 * 1024

/** A sink that keeps what it is given. */
export class Kept {
  private readonly pieces: Buffer[] = []
  private size = 0

  readonly sink: Sink = (chunk) => {
    const piece = Buffer.from(chunk)
    this.size += piece.length
    if (this.size > mostBytes) throw new ShellProblem('too much output to keep')
    this.pieces.push(piece)
  }

  bytes(): Buffer {
    return Buffer.concat(this.pieces)
  }
}
