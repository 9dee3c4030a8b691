/**
 * What the rules of a port that lets a frame in tell those that let it out: 32 bits that the kernel carries beside the
 * frame. The VLAN stands there as it does in the frame (high byte first), since nftables copies it so.
 */

const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`

export const vlanBits = hex(0xff0f)

export function vlanMark(vlan: number): string {
  return hex(((vlan & 0xff) << 8) | (vlan >> 8))
}

export function vlanInMark(mark: number): number {
  return ((mark & 0xf) << 8) | ((mark >> 8) & 0xff)
}

const wayShift = 16
export const wayBits = hex(0xff << wayShift)

/** By which uplink it leaves. */
export function wayMark(uplinkNumber: number): string {
  return hex(uplinkNumber << wayShift)
}

/** By which of how many uplinks of its VLAN it came. */
export function arrivalMark(place: number, count: number): string {
  return hex((count << (wayShift + 4)) | (place << wayShift))
}

/** It came in by an uplink. */
export const fromUplink = hex(1 << 24)
/** It is for a MAC that is known to be behind a port here. */
export const knownHere = hex(1 << 25)
/** With that: the switch has learned it, and the port is the one whose set has it. */
export const knownLearned = hex(1 << 26)
/** It came back from outside. */
export const cameBack = hex(1 << 27)
/** Its sender does not flood. */
export const closed = hex(1 << 28)
/** It is for a MAC that was seen outside. */
export const knownOutside = hex(1 << 29)
/** None of these: it goes to all that take unknown addresses. */
export const notFlooded = hex((1 << 25) | (1 << 28) | (1 << 29))

const lowGroupBits = 4
const highGroupShift = 30
const mostNumbers = 63
/** Two bits above everything, four that VLANs leave free; 0 is none. */
export const mostGroups = mostNumbers - 1
export const groupBits = hex(groupValue(mostNumbers))

/** The port group that the frame is for. */
export function groupMark(group: number): string {
  return hex(group < mostGroups ? groupValue(group + 1) : 0)
}

function groupValue(number: number): number {
  return ((number & 0xf) << lowGroupBits) | ((number >> 4) << highGroupShift)
}

export function both(...marks: readonly string[]): string {
  return hex(marks.reduce((bits, mark) => bits | Number(mark), 0))
}

export function adding(mark: string): string {
  return `meta mark set meta mark | ${mark}`
}

export function has(mark: string): string {
  return `meta mark & ${mark} == ${mark}`
}

export function lacks(mark: string): string {
  return `meta mark & ${mark} == 0`
}
