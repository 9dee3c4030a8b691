/** Reads the classic pcap stream that tcpdump writes, in pieces as they come. */

export interface PcapPacket {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  readonly frame: Buffer
  readonly frameBytes: number
}

/** What the second part of a time counts, by the first word of the file; written by a little-endian machine. */
const unitsNs: ReadonlyMap<number, bigint> = new Map([
  [0xa1b23c4d, 1n],
  [0xa1b2c3d4, 1000n],
])
const fileHeaderBytes = 24
const packetHeaderBytes = 16
/** Longer than any frame: the stream has lost its framing. */
const longestBelieved = 524_288

export class PcapReader {
  #rest: Buffer = Buffer.alloc(0)
  /** Undefined until the header has come. */
  #unitNs: bigint | undefined
  readonly #onBegin: () => void

  /** `onBegin` is called when the header has come: tcpdump listens. */
  constructor(onBegin: () => void = () => {}) {
    this.#onBegin = onBegin
  }

  /** The packets that `chunk` completes. Throws when it is no such stream. */
  push(chunk: Buffer): PcapPacket[] {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    if (this.#unitNs === undefined) {
      if (bytes.length < fileHeaderBytes) {
        this.#rest = bytes
        return []
      }
      this.#unitNs = unitsNs.get(bytes.readUInt32LE(0))
      if (this.#unitNs === undefined) throw new Error('tcpdump wrote no pcap')
      this.#onBegin()
      at = fileHeaderBytes
    }
    const packets: PcapPacket[] = []
    while (bytes.length - at >= packetHeaderBytes) {
      const kept = bytes.readUInt32LE(at + 8)
      if (kept > longestBelieved) throw new Error('tcpdump wrote a packet of impossible length')
      const end = at + packetHeaderBytes + kept
      if (end > bytes.length) break
      packets.push({
        timeNs:
          BigInt(bytes.readUInt32LE(at)) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + 4)) * this.#unitNs,
        frame: bytes.subarray(at + packetHeaderBytes, end),
        frameBytes: bytes.readUInt32LE(at + 12),
      })
      at = end
    }
    this.#rest = Buffer.from(bytes.subarray(at))
    return packets
  }
}
