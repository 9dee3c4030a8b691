/** A guest as far as a ping needs one: who has the address, echo there and back, each by the MACs it has heard. */
import type { Nic } from '#lab'
import type { Wire } from './wire.ts'

const steps = ['who has', 'I have', 'echo', 'answer'] as const
type Step = (typeof steps)[number]

/** What the payload of a frame of ours says. */
interface Said {
  readonly step: Step
  /** Tells the frames of one ping from those of all others. */
  readonly ping: number
  /** Bytes of the longest frames of this ping. */
  readonly bytes: number
  /** Numbers of guests in their lab. */
  readonly asker: number
  readonly asked: number
}

export interface Ping {
  readonly ping: number
  readonly asked: number
  readonly bytes: number
}

/** What all guests share with whoever lets time pass. */
export interface Desk {
  /** Pings whose answers came. */
  readonly answered: Set<number>
  /** Answers that guests will give once every copy of what they heard has arrived everywhere: they are slower. */
  readonly outbox: (() => void)[]
}

const headerBytes = 14
const shortestBytes = 60
const broadcast = [255, 255, 255, 255, 255, 255]
const etherTypes = { 'who has': 0x0806, 'I have': 0x0806, echo: 0x0800, answer: 0x0800 } as const

export class Guest {
  readonly #number: number
  readonly #mac: readonly number[]
  readonly #wire: Wire
  readonly #desk: Desk
  /** Copies of a frame are answered once, as they would be in the end. */
  #done = new Set<string>()

  constructor(number: number, nic: Nic, wire: Wire, desk: Desk) {
    this.#number = number
    this.#mac = nic.mac.split(':').map((part) => Number.parseInt(part, 16))
    this.#wire = wire
    this.#desk = desk
    wire.onFrame = (frame) => this.#hear(frame)
  }

  ask({ ping, asked, bytes }: Ping): void {
    this.#done = new Set()
    this.#say(broadcast, { step: 'who has', ping, bytes, asker: this.#number, asked })
  }

  #hear(frame: Uint8Array): void {
    const said = read(frame)
    if (!said || !this.#isMine(frame, said)) return
    const key = `${said.ping} ${said.step}`
    if (this.#done.has(key)) return
    this.#done.add(key)
    const from = [...frame.subarray(6, 12)]
    const next = steps[steps.indexOf(said.step) + 1]
    if (next === undefined) this.#desk.answered.add(said.ping)
    else this.#desk.outbox.push(() => this.#say(from, { ...said, step: next }))
  }

  #isMine(frame: Uint8Array, { step, asker, asked }: Said): boolean {
    if (step === 'who has') return asked === this.#number
    const toMe = this.#mac.every((byte, at) => frame[at] === byte)
    return toMe && this.#number === (step === 'echo' ? asked : asker)
  }

  #say(to: readonly number[], { step, ping, bytes, asker, asked }: Said): void {
    const long = step === 'echo' || step === 'answer'
    const frame = Buffer.alloc(long ? Math.max(bytes, shortestBytes) : shortestBytes)
    frame.set([...to, ...this.#mac])
    frame.writeUInt16BE(etherTypes[step], 12)
    frame.writeUInt8(steps.indexOf(step), headerBytes)
    frame.writeUInt32BE(ping, headerBytes + 1)
    frame.writeUInt16BE(bytes, headerBytes + 5)
    frame.writeUInt16BE(asker, headerBytes + 7)
    frame.writeUInt16BE(asked, headerBytes + 9)
    this.#wire.send(frame)
  }
}

/** Undefined for what is tagged: guests expect frames without a tag. */
function read(frame: Uint8Array): Said | undefined {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
  const type = bytes.readUInt16BE(12)
  const step = steps[bytes.readUInt8(headerBytes)]
  if (step === undefined || etherTypes[step] !== type) return undefined
  return {
    step,
    ping: bytes.readUInt32BE(headerBytes + 1),
    bytes: bytes.readUInt16BE(headerBytes + 5),
    asker: bytes.readUInt16BE(headerBytes + 7),
    asked: bytes.readUInt16BE(headerBytes + 9),
  }
}
