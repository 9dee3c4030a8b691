/** Cuts a byte stream into lines without letting a peer that sends no newline fill the memory. */

export class LineTooLong extends Error {}

/** `\n` ends a line; a `\r` before it is left to JSON.parse, which ignores it. */
export class Lines {
  readonly #longestBytes: number
  #pieces: Buffer[] = []
  #pending = 0

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes
  }

  /** The lines that `chunk` completes. Throws `LineTooLong`. */
  push(chunk: Buffer): string[] {
    const complete: string[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end))
      complete.push(Buffer.concat(this.#pieces).toString('utf8'))
      this.#pieces = []
      this.#pending = 0
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    return complete
  }

  #keep(piece: Buffer): void {
    this.#pending += piece.length
    if (this.#pending > this.#longestBytes)
      throw new LineTooLong(`a line of more than ${this.#longestBytes} bytes`)
    if (piece.length > 0) this.#pieces.push(piece)
  }
}
