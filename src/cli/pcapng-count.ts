/** Counts what passes in a stream of pcapng, block by block, whatever pieces it comes in. */

const packet = 6
const statistics = 5
const statisticsHeaderBytes = 20
const droppedOption = 5
const minimalBlockBytes = 12

export class PcapngCount {
  frames = 0
  /** Frames that the writer says it could not record. */
  lost = 0
  /** The writer has brought its capture to its end. */
  isComplete = false
  #rest: Buffer = Buffer.alloc(0)

  /** Counts the blocks that `chunk` completes. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    while (bytes.length - at >= minimalBlockBytes) {
      const length = Math.max(minimalBlockBytes, bytes.readUInt32LE(at + 4))
      if (at + length > bytes.length) break
      this.#block(bytes.subarray(at, at + length))
      at += length
    }
    this.#rest = Buffer.from(bytes.subarray(at))
  }

  #block(block: Buffer): void {
    const type = block.readUInt32LE(0)
    if (type === packet) this.frames += 1
    if (type !== statistics) return
    this.isComplete = true
    for (let at = statisticsHeaderBytes; at + 4 <= block.length - 4; ) {
      const length = block.readUInt16LE(at + 2)
      if (block.readUInt16LE(at) === droppedOption) this.lost += Number(block.readBigUInt64LE(at + 4))
      at += 4 + Math.ceil(length / 4) * 4
    }
  }
}
