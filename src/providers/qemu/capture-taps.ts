/** Captures tap devices of a host by tcpdump there, and makes pcapng of what it writes. */
import { Duplex } from 'node:stream'
import type { Host, Session } from '#host'
import { interfaceBlock, packetBlock, sectionBlock, statisticsBlock } from '#switch'
import type { PortCapture } from '../network.ts'
import type { TapOf } from './bridge-ports.ts'
import { failQemu } from './errors.ts'
import { PcapReader } from './pcap.ts'
import { words } from './script.ts'

export interface TapCapture extends PortCapture {
  readonly taps: readonly TapOf[]
}

/** One tcpdump for each tap and direction, because its own format has no place for the direction. */
interface Tcpdump {
  readonly session: Session
  readonly interfaceId: number
  readonly direction: 'in' | 'out'
}

const directions = ['in', 'out'] as const
const wholeFrameBytes = 262_144

export async function captureTaps(host: Host, request: TapCapture, signal: AbortSignal): Promise<Duplex> {
  const started = request.taps.flatMap(({ tap }, interfaceId) =>
    directions.map(async (direction): Promise<Tcpdump> => {
      const session = await host.open(['sh', '-c', tcpdumpScript(tap, direction, request.snapBytes)], {
        signal,
      })
      return { session, interfaceId, direction }
    }),
  )
  const settled = await Promise.allSettled(started)
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

/** Ends when its stdin does, which is when the one who captures goes, in whatever way. */
function tcpdumpScript(tap: string, direction: 'in' | 'out', snapBytes: number): string {
  const tcpdump = words(
    ...['tcpdump', '-i', tap, '-Q', direction, '-U', '--immediate-mode', '-n', '-w', '-', '-Z', 'root'],
    ...['--time-stamp-precision=nano', '-s', String(snapBytes || wholeFrameBytes)],
  )
  // Commands in the background read nothing unless it is handed to them by another number.
  return `exec 3<&0
${tcpdump} 3<&- & p=$!
(while read -r _; do :; done; kill $p) <&3 3<&- >/dev/null 2>&1 &
wait $p`
}

class TapStream extends Duplex {
  /** Resolves when every tcpdump listens, so that nothing is missed from then on. */
  readonly begun: Promise<void>
  #toBegin: number
  readonly #host: string
  readonly #request: TapCapture
  readonly #open: readonly Tcpdump[]
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
    for (const { session } of this.#open) session.stream.destroy()
    done(error)
  }

  #follow({ session, interfaceId, direction }: Tcpdump): void {
    const pcap = new PcapReader(() => {
      this.#toBegin -= 1
      if (this.#toBegin === 0) this.emit('begun')
    })
    let said = ''
    session.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-600)
    })
    session.stream.on('data', (chunk: Buffer) => {
      try {
        for (const packet of pcap.push(chunk)) {
          this.#received[interfaceId] = (this.#received[interfaceId] ?? 0) + 1
          this.#show(packetBlock({ ...packet, interfaceId, direction }))
        }
      } catch (error) {
        this.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    })
    session.stream.on('error', (error) => this.destroy(error))
    void session.exitCode.then(
      (code) => {
        const lost = Number(/(\d+) packets? dropped by kernel/.exec(said)?.[1] ?? 0)
        this.#lost[interfaceId] = (this.#lost[interfaceId] ?? 0) + lost
        this.#ended(code, said)
      },
      (error) => this.destroy(error),
    )
  }

  #show(block: Buffer): void {
    if (this.readableEnded || this.writableEnded) return
    const goesOn = this.push(block)
    this.#frames += 1
    if (this.#frames === this.#request.frames) this.end()
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
    const timeNs = BigInt(Date.now()) * 1_000_000n
    for (const [interfaceId, received] of this.#received.entries()) {
      this.push(statisticsBlock({ interfaceId, timeNs, received, lost: this.#lost[interfaceId] ?? 0 }))
    }
    this.push(null)
  }
}

/** What tcpdump tells besides is how it begins and ends. */
function complaintIn(said: string): string | undefined {
  return said.split('\n').find((line) => /^(tcpdump: (?!listening|verbose)|sh: )/.test(line))
}
