/**
 * Writes pcapng (draft-ietf-opsawg-pcapng), the part of it that a capture of Ethernet ports needs: little-endian,
 * times in nanoseconds. Each function gives one block.
 */

const blockTypes = { section: 0x0a0d0d0a, interface: 1, statistics: 5, packet: 6 }
const byteOrderMagic = 0x1a2b3c4d
const wholeLength = 0xffff_ffff
const ethernet = 1
/** Option codes; those above 1 mean something else in each kind of block. */
const options = {
  end: 0,
  comment: 1,
  packetFlags: 2,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceTimeResolution: 9,
  sectionApplication: 4,
  statisticsReceived: 4,
  statisticsDropped: 5,
}
/** 10^-9 seconds. */
const nanoseconds = 9
const minimalBlockBytes = 12
/** The length of an option's value is 16 bits. */
const longestOptionBytes = 65_535

type Option = readonly [code: number, value: Uint8Array]

export interface PortInterface {
  readonly name: string
  readonly description?: string
  /** Longest part of a frame that is kept; 0 for all of it. */
  readonly snapBytes: number
}

export interface CapturedFrame {
  /** Number of the interface block, from 0. */
  readonly interfaceId: number
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  /** `in`: from the machine to the switch (inbound in Wireshark); `out`: from the switch to the machine. */
  readonly direction: 'in' | 'out'
  /** The part that is kept. */
  readonly frame: Uint8Array
  /** Length of the whole frame. */
  readonly frameBytes: number
  readonly comment?: string
}

/** Begins the file. */
export function sectionBlock(application: string): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(byteOrderMagic, 0)
  body.writeUInt16LE(1, 4)
  // The section's length is not known in advance, which is written as -1.
  body.fill(0xff, 8)
  return block(blockTypes.section, body, [[options.sectionApplication, Buffer.from(application)]])
}

/** The interfaces are numbered in the order of their blocks. */
export function interfaceBlock({ name, description, snapBytes }: PortInterface): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(ethernet, 0)
  body.writeUInt32LE(snapBytes, 4)
  return block(blockTypes.interface, body, [
    [options.interfaceName, Buffer.from(name)],
    ...(description ? [[options.interfaceDescription, Buffer.from(description)] as const] : []),
    [options.interfaceTimeResolution, Uint8Array.of(nanoseconds)],
  ])
}

export function packetBlock({
  interfaceId,
  timeNs,
  direction,
  frame,
  frameBytes,
  comment,
}: CapturedFrame): Buffer {
  const body = Buffer.alloc(20 + padded(frame.length))
  body.writeUInt32LE(interfaceId, 0)
  writeTime(body, 4, timeNs)
  body.writeUInt32LE(frame.length, 12)
  body.writeUInt32LE(frameBytes, 16)
  body.set(frame, 20)
  return block(blockTypes.packet, body, [
    [options.packetFlags, directionFlags[direction]],
    ...(comment ? [[options.comment, Buffer.from(comment)] as const] : []),
  ])
}

/** Ends an interface: how many frames it saw, and how many of them are not in the file. */
export function statisticsBlock(of: {
  readonly interfaceId: number
  readonly timeNs: bigint
  readonly received: number
  readonly lost: number
}): Buffer {
  const body = Buffer.alloc(12)
  body.writeUInt32LE(of.interfaceId, 0)
  writeTime(body, 4, of.timeNs)
  return block(blockTypes.statistics, body, [
    [options.statisticsReceived, count(of.received)],
    [options.statisticsDropped, count(of.lost)],
  ])
}

const directionFlags = { in: Uint8Array.of(1, 0, 0, 0), out: Uint8Array.of(2, 0, 0, 0) }

function block(type: number, body: Uint8Array, given: readonly Option[]): Buffer {
  const fitting = given.filter(([, value]) => value.length <= longestOptionBytes)
  const optionBytes = fitting.reduce((sum, [, value]) => sum + 4 + padded(value.length), 0)
  // Without options there is no end of options either.
  const bytes = minimalBlockBytes + body.length + (optionBytes > 0 ? optionBytes + 4 : 0)
  const out = Buffer.alloc(bytes)
  out.writeUInt32LE(type, 0)
  out.writeUInt32LE(bytes, 4)
  out.set(body, 8)
  let at = 8 + body.length
  for (const [code, value] of fitting) {
    out.writeUInt16LE(code, at)
    out.writeUInt16LE(value.length, at + 2)
    out.set(value, at + 4)
    at += 4 + padded(value.length)
  }
  out.writeUInt32LE(bytes, bytes - 4)
  return out
}

/** Two words, the high one first. */
function writeTime(body: Buffer, at: number, timeNs: bigint): void {
  body.writeUInt32LE(Number(timeNs >> 32n), at)
  body.writeUInt32LE(Number(timeNs & BigInt(wholeLength)), at + 4)
}

function count(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4
}
