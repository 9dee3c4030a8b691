/** What `nestlab trace` is asked to send, from its options. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Probe } from '#trace'
import { fail } from './errors.ts'
import type { Call, OptionRow } from './verb.ts'

export const probeOptions: readonly OptionRow[] = [
  ['--icmp', 'send a ping (the default)'],
  ['--arp', 'only ask for the MAC'],
  ['--tcp <port>', 'open a TCP connection'],
  ['--frame <file>', 'send this Ethernet frame: its bytes, or their digits in hexadecimal'],
  ['--size <bytes>', 'payload of the ping or the connection (default: 56 for a ping)'],
]

const command = 'nestlab trace'
/** No Ethernet is longer. */
const longestFrame = 65_535

export async function probeFrom(call: Call, from: string, to: string): Promise<Probe> {
  const size = call.value('size')
  const payloadBytes = size === undefined ? undefined : wholeNumber('--size', size, longestFrame)
  return { from, to, what: await whatToSend(call), ...(payloadBytes !== undefined && { payloadBytes }) }
}

async function whatToSend(call: Call): Promise<Probe['what']> {
  const port = call.value('tcp')
  const frame = call.value('frame')
  const chosen = [call.has('icmp'), call.has('arp'), port !== undefined, frame !== undefined]
  if (chosen.filter((one) => one).length > 1) {
    throw fail('wrong-usage', { text: 'Of --icmp, --arp, --tcp and --frame only one can be sent.', command })
  }
  if (port !== undefined) return { kind: 'tcp', port: wholeNumber('--tcp', port, 65_535) }
  if (frame !== undefined) return { kind: 'frame', bytes: await readFrame(resolve(call.folder, frame)) }
  return { kind: call.has('arp') ? 'arp' : 'icmp' }
}

function wholeNumber(option: string, text: string, most: number): number {
  const number = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= most) return number
  throw fail('wrong-usage', { text: `${option} needs a number from 1 to ${most}, not "${text}".`, command })
}

async function readFrame(file: string): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw fail('frame-unreadable', { file, reason }, error)
  }
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 4 * longestFrame))
  const digits = text.replaceAll(/[\s:]/g, '')
  const isText = digits.length > 0 && digits.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(digits)
  const frame = isText
    ? Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : bytes
  if (frame.length === 0 || frame.length > longestFrame) {
    throw fail('frame-unreadable', {
      file,
      reason: `a frame has 1 to ${longestFrame} bytes, not ${frame.length}`,
    })
  }
  return frame
}
