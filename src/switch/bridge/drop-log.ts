/** How the rules tell a capture what they drop: messages of the kernel's log (NFLOG), with the reason and the port. */
import { type DropReason, dropReasons } from '../reasons.ts'

/** Of the 65,536 that a network namespace has; one reader at a time can listen to it. */
export const dropLogGroup = 5

export interface LoggedDrop {
  /** The bridge port at which the frame was dropped. */
  readonly device: string
  readonly reason: DropReason
  /** `in`: it came from the machine behind that port; `out`: it would have gone there. */
  readonly direction: 'in' | 'out'
  /** With the tag that it had on its way. */
  readonly frame: Buffer
  /** When the kernel got it, nanoseconds since 1970; absent when it did not look. */
  readonly timeNs?: bigint
}

/** The words in front of a drop. Each message is sent at once: a reader wants to see it, and there is nobody else. */
export function dropLogWords(group: number, reason: DropReason, device: string): string {
  return `log prefix "${reason} ${device}" group ${group} queue-threshold 1 `
}

/** Those words in a statement, for `sed`. */
export const dropLogPattern = 'log prefix "[^"]*" group [0-9]* queue-threshold 1 '

/** Attributes of a message (linux/netfilter/nfnetlink_log.h). */
const attributes = { packet: 1, time: 3, payload: 9, prefix: 10, vlan: 20, linkHeader: 21 }
const vlanAttributes = { protocol: 1, tci: 2 }
/** Where in the kernel the rule stands. */
const forwardHook = 2
const hookAt = 2
const familyHeaderBytes = 4
const attributeHeaderBytes = 4
/** The highest bit says that an attribute contains others. */
const typeBits = 0x7fff
const macBytes = 12

/** Undefined for what no rule of ours has logged. `message` has link type 239 (NFLOG), of a little-endian machine. */
export function readLoggedDrop(message: Buffer): LoggedDrop | undefined {
  const found = attributesOf(message.subarray(familyHeaderBytes))
  const words = /^([A-Z_]+) ([A-Za-z0-9_.-]+)\0?$/.exec(
    found.get(attributes.prefix)?.toString('latin1') ?? '',
  )
  const reason = dropReasons.find((one) => one === words?.[1])
  const device = words?.[2]
  const header = found.get(attributes.linkHeader)
  if (!reason || !device || !header || header.length < macBytes) return undefined
  const tag = tagOf(found.get(attributes.vlan))
  const payload = found.get(attributes.payload) ?? Buffer.alloc(0)
  const time = timeOf(found.get(attributes.time))
  return {
    device,
    reason,
    direction: found.get(attributes.packet)?.[hookAt] === forwardHook ? 'out' : 'in',
    frame: Buffer.concat([header.subarray(0, macBytes), tag, header.subarray(macBytes), payload]),
    ...(time !== undefined && { timeNs: time }),
  }
}

function attributesOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 0; at + attributeHeaderBytes <= bytes.length; ) {
    const length = bytes.readUInt16LE(at)
    if (length < attributeHeaderBytes || at + length > bytes.length) break
    found.set(bytes.readUInt16LE(at + 2) & typeBits, bytes.subarray(at + attributeHeaderBytes, at + length))
    at += Math.ceil(length / 4) * 4
  }
  return found
}

/** The kernel carries the outermost tag beside the frame. */
function tagOf(vlan: Buffer | undefined): Buffer {
  const found = attributesOf(vlan ?? Buffer.alloc(0))
  const protocol = found.get(vlanAttributes.protocol)
  const tci = found.get(vlanAttributes.tci)
  if (protocol?.length !== 2 || tci?.length !== 2) return Buffer.alloc(0)
  return Buffer.concat([protocol, tci])
}

/** Seconds and microseconds. */
function timeOf(time: Buffer | undefined): bigint | undefined {
  if (time?.length !== 16) return undefined
  return time.readBigUInt64BE(0) * 1_000_000_000n + time.readBigUInt64BE(8) * 1000n
}
