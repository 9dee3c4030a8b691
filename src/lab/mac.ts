/** MAC addresses as lab files write them. */
import { clipped, good, type Read, refused } from './problem.ts'

/** The MAC of every machine's control NIC; each of these networks is private to one machine. */
export const controlMac = '52:54:00:fe:fe:01'

/** Lower case with colons. */
export function readMac(text: string): Read<string> {
  const mac = text.toLowerCase().replaceAll('-', ':')
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) {
    return refused(
      `"${clipped(text)}" is not a MAC address.`,
      'Write six pairs of hex digits, such as `02:00:00:00:00:01`.',
    )
  }
  if (Number.parseInt(mac.slice(0, 2), 16) & 1) {
    return refused(
      `${mac} is a multicast address.`,
      'A NIC needs one whose first pair is even, such as `02:…`.',
    )
  }
  if (mac === '00:00:00:00:00:00')
    return refused('A MAC of only zeros is no address.', 'Leave `mac` out to have one chosen.')
  if (mac === controlMac) return refused(`${mac} belongs to the control NIC.`, 'Choose another one.')
  return good(mac)
}
