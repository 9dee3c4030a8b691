/**
 * For tests: what a case of the table is, whoever runs it. The decision, the live switch with real sockets and a
 * Linux bridge all take the same `ports`, send the same `steps` one after the other and compare `outcomeOf`.
 */
import { retagged, type TagAction } from '../frame.ts'
import type { DropReason } from '../reasons.ts'
import type { SwitchPort, SwitchSpec, UplinkSpec } from '../spec.ts'

export interface CasePort {
  /** The letter that the table calls it by. */
  readonly letter: string
  readonly port: SwitchPort
  /** On the way out of the switch, what the switch's specification says of it. */
  readonly uplink?: UplinkSpec
}

export interface Step {
  /** As the table writes it: `N:x>A#10 = B V+10`. */
  readonly text: string
  /** Seconds that pass before the frame is sent. */
  readonly waitS: number
  /** Letter of the port that sends. */
  readonly from: string
  readonly frame: Uint8Array
  /** Who gets it and who drops it, as `outcomeOf` writes it; absent where only what it teaches counts. */
  readonly expected?: string
}

export interface Case {
  /** Unique in the table. */
  readonly title: string
  readonly on: SwitchSpec
  readonly ports: readonly CasePort[]
  readonly steps: readonly Step[]
}

/** What became of one frame. Ports are letters. */
export interface Seen {
  readonly delivered: readonly { readonly port: string; readonly frame: Uint8Array }[]
  readonly drops: readonly { readonly port: string; readonly reason: DropReason }[]
}

/** `B V+10 !D:REASON`, in this order: B unchanged, V with a tag of VLAN 10 more, D dropped it. */
export function outcomeOf(sent: Uint8Array, { delivered, drops }: Seen): string {
  const words = delivered.map(({ port, frame }) => port + changeOf(sent, frame))
  const dropped = drops.map(({ port, reason }) => `!${port}:${reason}`)
  return [...words.sort(), ...dropped.sort()].join(' ')
}

/** Only who gets the frame, for planes that cannot say why others do not. */
export function deliveriesOf(expected: string): string {
  return wordsOf(expected)
    .filter((word) => !word.startsWith('!'))
    .join(' ')
}

/** Letters of the ports that get a frame, one for each copy. */
export function receiversOf(expected: string): readonly string[] {
  return wordsOf(deliveriesOf(expected)).map((word) => word.charAt(0))
}

function wordsOf(expected: string): readonly string[] {
  return expected.split(' ').filter((word) => word !== '')
}

const marks: Readonly<Record<Exclude<TagAction, 'pass'>, string>> = { push: '+', pop: '-', retag: '~' }

/** How the tag was changed on the way: nothing, `+10` pushed, `-` popped, `~10` given to a priority tag. */
function changeOf(sent: Uint8Array, received: Uint8Array): string {
  if (same(sent, received)) return ''
  const vlan = (((received[14] ?? 0) & 0x0f) << 8) | (received[15] ?? 0)
  for (const tag of ['push', 'pop', 'retag'] as const) {
    if (same(retagged(sent, tag, vlan), received)) return marks[tag] + (tag === 'pop' ? '' : vlan)
  }
  return '?'
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at])
}
