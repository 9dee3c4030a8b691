/** One capture under way: frames become pcapng on a connection, whose reader may be slow without slowing the switch. */
import type { Socket } from 'node:net'
import { interfaceBlock, packetBlock, sectionBlock, statisticsBlock } from './pcapng.ts'
import type { CaptureRequest } from './request.ts'

/** What may wait for the reader; what exceeds it is not recorded, but counted. */
export const waitingBytes = 8_388_608

export interface CapturedPort {
  readonly id: string
  readonly switchName: string
  /** Empty for an uplink. */
  readonly portgroup: string
}

/** One frame as it stands in memory that is not the capture's. */
export interface Sighting {
  readonly direction: 'in' | 'out'
  readonly bytes: Buffer
  /** Where the frame itself begins and ends. */
  readonly start: number
  readonly end: number
  /** Why it was dropped. */
  readonly comment?: string
}

interface Interface {
  readonly id: number
  received: number
  lost: number
}

export class CaptureSession {
  readonly #request: CaptureRequest
  readonly #only: ReadonlySet<string> | undefined
  readonly #socket: Socket
  readonly #interfaces = new Map<string, Interface>()
  readonly #blocks: Buffer[] = []
  #gathered = 0
  #frames = 0
  #ended = false
  readonly #onEnd: () => void

  /** `onEnd` is called once, when nothing more will be recorded. */
  constructor(request: CaptureRequest, socket: Socket, onEnd: () => void) {
    this.#request = request
    this.#only = request.ports && new Set(request.ports)
    this.#socket = socket
    this.#onEnd = onEnd
    // The reader says that it has enough by ending its side.
    socket.on('end', () => this.end())
    socket.on('close', () => this.end())
    socket.on('error', () => {})
    socket.resume()
    this.#put(sectionBlock('Nestlab'))
  }

  /** Tells the reader of a port before its first frame, so that it stands in the file without any. */
  wants(port: CapturedPort): boolean {
    if (this.#ended || (this.#only && !this.#only.has(port.id))) return false
    this.#interface(port)
    return true
  }

  record(port: CapturedPort, { direction, bytes, start, end, comment }: Sighting): void {
    if (this.#ended || (this.#request.dropsOnly && comment === undefined)) return
    const on = this.#interface(port)
    on.received += 1
    if (this.#socket.writableLength + this.#gathered > waitingBytes) {
      on.lost += 1
      return
    }
    const { snapBytes, frames } = this.#request
    const kept = snapBytes > 0 ? Math.min(end, start + snapBytes) : end
    this.#put(
      packetBlock({
        interfaceId: on.id,
        timeNs: nowNs(),
        direction,
        frame: bytes.subarray(start, kept),
        frameBytes: end - start,
        ...(comment !== undefined && { comment }),
      }),
    )
    this.#frames += 1
    if (this.#frames === frames) this.end()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    const timeNs = nowNs()
    for (const { id, received, lost } of this.#interfaces.values()) {
      this.#put(statisticsBlock({ interfaceId: id, timeNs, received, lost }))
    }
    this.#flush()
    this.#socket.end()
    this.#onEnd()
  }

  #interface(port: CapturedPort): Interface {
    // A port that changed its port group is another interface to the reader.
    const name = `${port.id} (${port.switchName}${port.portgroup && `/${port.portgroup}`})`
    const known = this.#interfaces.get(name)
    if (known) return known
    const added = { id: this.#interfaces.size, received: 0, lost: 0 }
    this.#interfaces.set(name, added)
    this.#put(interfaceBlock({ name, snapBytes: this.#request.snapBytes }))
    return added
  }

  /** One write for everything that one turn of the event loop brings. */
  #put(block: Buffer): void {
    if (this.#blocks.length === 0) setImmediate(() => this.#flush())
    this.#blocks.push(block)
    this.#gathered += block.length
  }

  #flush(): void {
    if (this.#blocks.length === 0) return
    if (this.#socket.writable) this.#socket.write(Buffer.concat(this.#blocks))
    this.#blocks.length = 0
    this.#gathered = 0
  }
}

const originNs = BigInt(Math.round(performance.timeOrigin * 1e3)) * 1000n

/** Wall clock at the start of the process, and from there a clock that never runs backwards. */
function nowNs(): bigint {
  return originNs + BigInt(Math.round(performance.now() * 1e6))
}
