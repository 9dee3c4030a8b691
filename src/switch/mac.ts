/** MAC addresses as 48-bit numbers, which compare and hash faster than text. */

const written = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i

export function isMac(text: string): boolean {
  return written.test(text)
}

/** `02:00:00:00:00:0a` → 0x02000000000a. The text must be a MAC. */
export function macNumber(text: string): number {
  if (!isMac(text)) throw new RangeError(`not a MAC address: ${JSON.stringify(text)}`)
  return Number.parseInt(text.replaceAll(':', ''), 16)
}

/** 0x02000000000a → `02:00:00:00:00:0a`. */
export function macText(mac: number): string {
  const digits = mac.toString(16).padStart(12, '0')
  return digits.replaceAll(/..(?=.)/g, '$&:')
}

/** The MAC that stands in `bytes` at `at`. */
export function macAt(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + 6; i++) value = value * 256 + (bytes[i] ?? 0)
  return value
}

/** True for broadcast and multicast: the lowest bit of the first byte. */
export function isGroupMac(mac: number): boolean {
  return Math.floor(mac / 2 ** 40) % 2 === 1
}
