/** Reads the part of an Ethernet frame that a switch looks at, and changes its VLAN tag. */
import { macAt } from './mac.ts'

/** Destination, source, type. */
export const headerBytes = 14
export const tagBytes = 4
export const tagProtocol = 0x8100
const vidMask = 0x0fff

/** `priority` is a tag with VID 0: it says how urgent the frame is, not which VLAN it belongs to. */
export type Tagging = 'untagged' | 'priority' | 'tagged'

export interface FrameHeader {
  readonly destination: number
  readonly source: number
  readonly tagging: Tagging
  /** 0 unless tagged. */
  readonly vid: number
  /** What the MTU limits: everything after the header and the outer tag. */
  readonly payloadBytes: number
}

/** Undefined for a runt: a frame that ends within its own header. Only 0x8100 is a tag; others are data. */
export function readHeader(frame: Uint8Array): FrameHeader | undefined {
  if (frame.length < headerBytes) return undefined
  const tagged = wordAt(frame, 12) === tagProtocol
  if (tagged && frame.length < headerBytes + tagBytes) return undefined
  const vid = tagged ? wordAt(frame, 14) & vidMask : 0
  return {
    destination: macAt(frame, 0),
    source: macAt(frame, 6),
    tagging: tagged ? (vid === 0 ? 'priority' : 'tagged') : 'untagged',
    vid,
    payloadBytes: frame.length - headerBytes - (tagged ? tagBytes : 0),
  }
}

/** What happens to the tag on the way out; `retag` gives a priority tag its VLAN and keeps the priority. */
export type TagAction = 'pass' | 'push' | 'pop' | 'retag'

/** How the tag of a frame that came in as `tagging` must change for a port that wants it tagged or not. */
export function tagActionFor(tagging: Tagging, leavesTagged: boolean): TagAction {
  if (tagging === 'untagged') return leavesTagged ? 'push' : 'pass'
  if (!leavesTagged) return 'pop'
  return tagging === 'priority' ? 'retag' : 'pass'
}

/** Bytes by which the action makes a frame longer. */
export function tagGrowth(action: TagAction): number {
  if (action === 'push') return tagBytes
  return action === 'pop' ? -tagBytes : 0
}

/**
 * Copies the frame `source[start, end)` to `target` at `at` with its tag changed; returns the new frame's length.
 * `target` must have room for it.
 */
export function copyRetagged(
  source: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  target: { readonly bytes: Uint8Array; readonly at: number },
  change: { readonly tag: TagAction; readonly vlan: number },
): number {
  const { bytes, start, end } = source
  const { bytes: into, at } = target
  if (change.tag === 'push') {
    into.set(bytes.subarray(start, start + 12), at)
    into.set([tagProtocol >> 8, tagProtocol & 0xff, change.vlan >> 8, change.vlan & 0xff], at + 12)
    into.set(bytes.subarray(start + 12, end), at + 12 + tagBytes)
  } else if (change.tag === 'pop') {
    into.set(bytes.subarray(start, start + 12), at)
    into.set(bytes.subarray(start + 12 + tagBytes, end), at + 12)
  } else {
    into.set(bytes.subarray(start, end), at)
    if (change.tag === 'retag') {
      into[at + 14] = ((bytes[start + 14] ?? 0) & 0xf0) | (change.vlan >> 8)
      into[at + 15] = change.vlan & 0xff
    }
  }
  return end - start + tagGrowth(change.tag)
}

/** The frame as it leaves a port. */
export function retagged(frame: Uint8Array, tag: TagAction, vlan: number): Uint8Array {
  const out = new Uint8Array(frame.length + tagGrowth(tag))
  copyRetagged({ bytes: frame, start: 0, end: frame.length }, { bytes: out, at: 0 }, { tag, vlan })
  return out
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
