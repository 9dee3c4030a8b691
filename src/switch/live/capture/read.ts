/** Reads captures again: pcapng as the specification has it, little-endian, with the blocks a capture of ports has. */

const smallestBlockBytes = 12
const directions = ['?', 'in', 'out'] as const

export interface ReadPacket {
  /** Name of the interface. */
  readonly on: string
  readonly direction: 'in' | 'out' | '?'
  readonly comment: string | undefined
  readonly frame: Buffer
  readonly frameBytes: number
  readonly timeNs: bigint
}

export interface ReadCapture {
  readonly interfaces: string[]
  readonly packets: ReadPacket[]
  readonly statistics: { readonly on: string; readonly received: number; readonly lost: number }[]
}

/** A last block that is cut off is left out. Throws an Error where the bytes are no such file. */
export function readPcapng(bytes: Buffer): ReadCapture {
  const read: ReadCapture = { interfaces: [], packets: [], statistics: [] }
  const nameOf = (id: number) => read.interfaces[id] ?? `interface ${id}`
  for (let at = 0; at + smallestBlockBytes <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4)
    if (length >= smallestBlockBytes && at + length > bytes.length) break
    if (length < smallestBlockBytes || length % 4 !== 0 || bytes.readUInt32LE(at + length - 4) !== length)
      throw new Error(`bad block at ${at}`)
    const type = bytes.readUInt32LE(at)
    const body = bytes.subarray(at + 8, at + length - 4)
    if (type === 1) read.interfaces.push(optionsOf(body, 8).get(2)?.toString() ?? '')
    if (type === 5) {
      const options = optionsOf(body, 12)
      const number = (code: number) => Number(options.get(code)?.readBigUInt64LE() ?? -1)
      read.statistics.push({ on: nameOf(body.readUInt32LE(0)), received: number(4), lost: number(5) })
    }
    if (type === 6) {
      const kept = body.readUInt32LE(12)
      const options = optionsOf(body, 20 + Math.ceil(kept / 4) * 4)
      read.packets.push({
        on: nameOf(body.readUInt32LE(0)),
        direction: directions[(options.get(2)?.readUInt32LE() ?? 0) & 3] ?? '?',
        comment: options.get(1)?.toString(),
        frame: body.subarray(20, 20 + kept),
        frameBytes: body.readUInt32LE(16),
        timeNs: (BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8)),
      })
    }
    at += length
  }
  return read
}

function optionsOf(body: Buffer, from: number): Map<number, Buffer> {
  const options = new Map<number, Buffer>()
  for (let at = from; at + 4 <= body.length; ) {
    const length = body.readUInt16LE(at + 2)
    options.set(body.readUInt16LE(at), body.subarray(at + 4, at + 4 + length))
    at += 4 + Math.ceil(length / 4) * 4
  }
  return options
}
