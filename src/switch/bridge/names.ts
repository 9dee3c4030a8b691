/** Names that the kernel, nftables and a shell all take as they are. */
import { fail } from '../errors.ts'
import { isMac } from '../mac.ts'

/** IFNAMSIZ is 16 with the final zero. */
const linkName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/
const plainName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,11}$/
const hashDigits = 7
const readablePart = 4

/**
 * The bridge's link name: at most 15 bytes, safe in any command, different for different switch names. `br-NAME`
 * where that fits, otherwise the beginning of the name and a hash of it (after a dot, which plain names have not).
 */
export function bridgeDeviceName(switchName: string): string {
  if (plainName.test(switchName)) return `br-${switchName}`
  const readable = switchName.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, readablePart)
  return `br-${readable}.${hash(switchName)}`
}

export function checkedLink(name: string): string {
  if (!linkName.test(name)) throw fail('bridge-name', { what: 'the link name', value: name })
  return name
}

export function checkedMac(mac: string): string {
  if (!isMac(mac)) throw fail('bridge-name', { what: 'the MAC address', value: mac })
  return mac.toLowerCase()
}

/** FNV-1a over UTF-16 code units, 28 bits: enough to tell the few switches of one level apart. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 4).toString(16).padStart(hashDigits, '0')
}
