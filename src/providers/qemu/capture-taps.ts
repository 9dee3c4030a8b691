/** Captures tap devices of a host by tcpdump there, and makes pcapng of what it writes. */
import { Duplex } from 'node:stream'
import type { Host, Session } from '#host'
import {
  type CapturedFrame,
  type DropReason,
  dropLogGroup,
  interfaceBlock,
  packetBlock,
  readLoggedDrop,
  sectionBlock,
  statisticsBlock,
} from '#switch'
import type { PortCapture } from '../network.ts'
import type { TapOf } from './bridge-ports.ts'
import { failQemu } from './errors.ts'
import { JoinedDrops } from './joined-drops.ts'
import { type PcapPacket, PcapReader } from './pcap.ts'
import { complaintIn, dropLogScript, lostIn, tapScript, whyNoDropLog } from './tcpdump.ts'

export interface TapCapture extends PortCapture {
  readonly taps: readonly TapOf[]
  /** What the capture says of a frame that was dropped at that tap. */
  readonly comment: (reason: DropReason, tap: TapOf) => string
}

interface Tcpdump {
  readonly session: Session
  readonly of: 'drops' | { readonly interfaceId: number; readonly direction: 'in' | 'out' }
}

const directions = ['in', 'out'] as const

export async function captureTaps(host: Host, request: TapCapture, signal: AbortSignal): Promise<Duplex> {
  const settled = await Promise.allSettled(
    wantedOf(request).map(async ({ of, script }): Promise<Tcpdump> => {
      return { of, session: await host.open(['sh', '-c', script], { signal }) }
    }),
  )
  const open = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) {
    for (const { session } of open) session.stream.destroy()
    throw failed.reason
  }
  const stream = new TapStream(host.name, request, open)
  await stream.begun
  return stream
}

function wantedOf({ taps, dropsOnly, snapBytes }: TapCapture) {
  const sides = taps.flatMap(({ tap }, interfaceId) =>
    directions.map((direction) => ({
      of: { interfaceId, direction },
      script: tapScript({ tap, direction, snapBytes }),
    })),
  )
  const drops = { of: 'drops' as const, script: dropLogScript(dropLogGroup) }
  return dropsOnly ? [drops] : [drops, ...sides]
}

class TapStream extends Duplex {
  /** Resolves when every tcpdump listens, so that nothing is missed from then on. */
  readonly begun: Promise<void>
  #toBegin: number
  readonly #host: string
  readonly #request: TapCapture
  readonly #open: readonly Tcpdump[]
  readonly #joined = new JoinedDrops((frame) => this.#show(frame))
  #running: number
  #frames = 0
  /** By interface. */
  readonly #received: number[]
  readonly #lost: number[]

  constructor(host: string, request: TapCapture, open: readonly Tcpdump[]) {
    super()
    this.#host = host
    this.#request = request
    this.#open = open
    this.#running = open.length
    this.#toBegin = open.length
    this.begun = new Promise((resolve, reject) => {
      this.on('begun', resolve).once('error', reject)
    })
    this.#received = request.taps.map(() => 0)
    this.#lost = request.taps.map(() => 0)
    this.push(sectionBlock('Nestlab'))
    for (const { port, switchName, portgroup } of request.taps) {
      this.push(
        interfaceBlock({ name: `${port} (${switchName}/${portgroup})`, snapBytes: request.snapBytes }),
      )
    }
    for (const tcpdump of open) this.#follow(tcpdump)
  }

  override _read(): void {
    for (const { session } of this.#open) session.stream.resume()
  }

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  override _final(done: () => void): void {
    for (const { session } of this.#open) session.stream.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#joined.close()
    for (const { session } of this.#open) session.stream.destroy()
    done(error)
  }

  #follow({ session, of }: Tcpdump): void {
    let hasBegun = false
    const begin = () => {
      if (hasBegun) return
      hasBegun = true
      this.#toBegin -= 1
      if (this.#toBegin === 0) this.emit('begun')
    }
    const pcap = new PcapReader(begin)
    let said = ''
    session.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-600)
    })
    session.stream.on('data', (chunk: Buffer) => {
      try {
        for (const packet of pcap.push(chunk)) this.#take(packet, of)
      } catch (error) {
        this.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    })
    session.stream.on('error', (error) => this.destroy(error))
    void session.exitCode.then(
      (code) => {
        const at = of === 'drops' ? 0 : of.interfaceId
        this.#lost[at] = (this.#lost[at] ?? 0) + lostIn(said)
        const isWithoutLog = of === 'drops' && code !== 0 && !hasBegun
        if (isWithoutLog && this.#request.dropsOnly) return this.destroy(this.#noDrops(said))
        this.#ended(isWithoutLog ? 0 : code, said)
        // Frames that are dropped are then shown like others.
        if (isWithoutLog) begin()
      },
      (error) => this.destroy(error),
    )
  }

  #noDrops(said: string) {
    const host = this.#host
    const why = whyNoDropLog(said)
    if (why === 'taken') return failQemu('drops-captured-already', { host })
    if (why === 'none') return failQemu('no-drop-capture', { host })
    const reason = complaintIn(said) ?? 'tcpdump ended.'
    return failQemu('step-failed', { doing: 'capture drops', host, reason })
  }

  #take(packet: PcapPacket, of: Tcpdump['of']): void {
    const drop = of === 'drops' ? this.#dropOf(packet) : undefined
    if (of !== 'drops') this.#joined.see({ ...packet, ...of })
    else if (drop && this.#request.dropsOnly) this.#show(drop)
    else if (drop) this.#joined.drop(drop)
  }

  #dropOf(packet: PcapPacket): CapturedFrame | undefined {
    const { taps, snapBytes, comment } = this.#request
    const drop = readLoggedDrop(packet.frame)
    const interfaceId = taps.findIndex(({ tap }) => tap === drop?.device)
    const tap = taps[interfaceId]
    if (!drop || !tap) return undefined
    return {
      interfaceId,
      direction: drop.direction,
      timeNs: drop.timeNs ?? packet.timeNs,
      frame: snapBytes > 0 ? drop.frame.subarray(0, snapBytes) : drop.frame,
      frameBytes: drop.frame.length,
      comment: comment(drop.reason, tap),
    }
  }

  #show(frame: CapturedFrame): void {
    const { frames } = this.#request
    if (this.readableEnded || (frames > 0 && this.#frames >= frames)) return
    this.#received[frame.interfaceId] = (this.#received[frame.interfaceId] ?? 0) + 1
    const goesOn = this.push(packetBlock(frame))
    this.#frames += 1
    if (this.#frames === frames) this.end()
    // The kernel's buffer fills then, and tcpdump counts what it loses.
    if (!goesOn) for (const { session } of this.#open) session.stream.pause()
  }

  #ended(code: number, said: string): void {
    if (this.destroyed) return
    if (code !== 0 && !this.writableEnded) {
      const reason = complaintIn(said) ?? `tcpdump ended with ${code}.`
      this.destroy(failQemu('step-failed', { doing: 'capture', host: this.#host, reason }))
      return
    }
    this.#running -= 1
    if (this.#running > 0) return
    this.#joined.flush()
    const timeNs = BigInt(Date.now()) * 1_000_000n
    for (const [interfaceId, received] of this.#received.entries()) {
      this.push(statisticsBlock({ interfaceId, timeNs, received, lost: this.#lost[interfaceId] ?? 0 }))
    }
    this.push(null)
  }
}
