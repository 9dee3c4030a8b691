/** What makes a machine the same one everywhere: UUID, MACs and chosen addresses, derived from names alone. */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** Version 8 of RFC 9562: the first bits of a SHA-256 over what the machine is called. */
export function uuidOf(lab: string, machine: string): string {
  const bytes = digestOf('uuid', lab, machine).slice(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map(twoDigits).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/**
 * `02` (locally administered, unicast) and 40 bits of a SHA-256 over lab, machine and NIC. `attempt` counts up when
 * another NIC of the lab has the address already; labs differ by their names. `02:42` is Docker's and left out.
 */
export function macOf(lab: string, machine: string, nic: string, attempt: number): string {
  const bytes = digestOf('mac', lab, machine, nic, String(attempt))
  const second = bytes[0] === 0x42 ? (bytes[5] ?? 0) | 0x80 : (bytes[0] ?? 0)
  return ['02', twoDigits(second), ...[...bytes.slice(1, 5)].map(twoDigits)].join(':')
}

/** A number from 0 to `below` - 1 that depends on the names alone. */
export function pickOf(below: number, lab: string, machine: string, nic: string): number {
  const bytes = digestOf('address', lab, machine, nic)
  const number = [...bytes.slice(0, 6)].reduce((sum, byte) => sum * 256 + byte, 0)
  return number % below
}

function digestOf(...parts: readonly string[]): Uint8Array {
  // Names hold no line ends, so no two lists of parts give the same text.
  return sha256(utf8ToBytes(parts.join('\n')))
}

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
