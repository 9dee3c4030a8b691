/** Sends frames of random sizes between the ports of a switch and checks every byte, and the order, of what arrives. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type LiveConfig, startSwitch, stopSwitch } from '#switch'

export interface IntegrityRun {
  readonly frames: number
  readonly ports: number
  readonly seed: number
  /** The Node and the program of the switch process. */
  readonly node: string
  readonly entry: string
}

export interface IntegrityResult {
  readonly sent: number
  readonly received: number
  readonly lost: number
  readonly reordered: number
  readonly misdelivered: number
  readonly damaged: number
}

/** Destination, source, type, then the frame's number in its pair of ports; the rest follows from that number. */
const headBytes = 18
const shortest = 60
const longest = 1514
/** Less than what the switch keeps for a port, so that it has no reason to drop. */
const mostUnderWay = 393_216
const batchBytes = 65_536
/** Nothing arrives for so long only if something was lost. */
const patienceMs = 5000

const pattern = Buffer.from(Array.from({ length: 256 + longest }, (_, at) => (at * 167 + (at >> 8)) & 0xff))

interface Counts {
  sent: number
  received: number
  reordered: number
  misdelivered: number
  damaged: number
}

/** Fails when the switch process cannot be started; every other fault is counted. */
export async function integrity(run: IntegrityRun): Promise<IntegrityResult> {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-integrity-'))
  const counts: Counts = { sent: 0, received: 0, reordered: 0, misdelivered: 0, damaged: 0 }
  const ends = Array.from({ length: run.ports }, (_, index) => new End(index, run.ports, counts))
  const config = configOf(folder, run.ports)
  try {
    await Promise.all(ends.map((end) => end.listen(join(folder, `p${end.index}`))))
    const launch = { config, configFile: join(folder, 'switch.json'), logFile: join(folder, 'log') }
    const control = await startSwitch({ ...launch, node: run.node, entry: run.entry })
    control.close()
    await Promise.all(ends.map((end) => end.connected))
    await exchange(ends, run, counts)
    return { ...counts, lost: counts.sent - counts.received }
  } finally {
    await stopSwitch(config)
    for (const end of ends) end.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function exchange(ends: readonly End[], { frames, seed }: IntegrityRun, counts: Counts) {
  const random = randomBelow(seed)
  let progress = { received: -1, atMs: 0 }
  while (counts.received < frames) {
    for (const end of ends) if (counts.sent < frames) end.sendSome(ends, random, frames)
    await turn()
    if (counts.received !== progress.received)
      progress = { received: counts.received, atMs: performance.now() }
    else if (performance.now() - progress.atMs > patienceMs) return
  }
}

class End {
  readonly index: number
  readonly connected: Promise<void>
  /** Bytes sent to this end that have not arrived. */
  underWay = 0
  readonly #counts: Counts
  readonly #server: Server
  /** Numbers of the next frame to each end, and of the next one expected from each. */
  readonly #next: number[]
  readonly #expected: number[]
  #socket: Socket | undefined
  #rest: Buffer = Buffer.alloc(0)

  constructor(index: number, ends: number, counts: Counts) {
    this.index = index
    this.#counts = counts
    this.#next = new Array(ends).fill(0)
    this.#expected = new Array(ends).fill(0)
    this.#server = createServer()
    this.connected = new Promise((resolve) => {
      this.#server.once('connection', (socket) => {
        this.#socket = socket.on('error', () => {}).on('data', (chunk) => this.#read(chunk))
        resolve()
      })
    })
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, () => resolve()))
  }

  close(): void {
    this.#socket?.destroy()
    this.#server.close()
  }

  /** A batch for random other ends that can take it, cut somewhere within a frame. */
  sendSome(ends: readonly End[], random: (below: number) => number, most: number): void {
    const socket = this.#socket
    if (!socket || socket.writableLength > 0) return
    const batch = Buffer.allocUnsafe(batchBytes)
    let filled = 0
    while (this.#counts.sent < most && filled + 4 + longest <= batchBytes) {
      const to = ends[random(ends.length)]
      if (!to || to === this) continue
      if (to.underWay > mostUnderWay) break
      const length = shortest + random(longest - shortest + 1)
      this.#put(batch.subarray(filled, filled + 4 + length), to.index)
      filled += 4 + length
      to.underWay += 4 + length
      this.#counts.sent += 1
    }
    if (filled === 0) return
    const cut = random(filled)
    socket.write(batch.subarray(0, cut))
    socket.write(batch.subarray(cut, filled))
  }

  #put(framed: Buffer, to: number): void {
    const number = this.#next[to] ?? 0
    this.#next[to] = number + 1
    framed.writeUInt32BE(framed.length - 4)
    const frame = framed.subarray(4)
    frame.set([2, 0, 0, 0, 0, to + 1, 2, 0, 0, 0, 0, this.index + 1, 0x88, 0xb5])
    frame.writeUInt32BE(number, 14)
    pattern.copy(frame, headBytes, number & 0xff)
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    while (bytes.length - at >= 4) {
      const end = at + 4 + bytes.readUInt32BE(at)
      if (end > bytes.length) break
      this.#check(bytes.subarray(at + 4, end))
      this.underWay -= end - at
      at = end
    }
    this.#rest = Buffer.from(bytes.subarray(at))
  }

  #check(frame: Buffer): void {
    this.#counts.received += 1
    const [to, from] = [(frame[5] ?? 0) - 1, (frame[11] ?? 0) - 1]
    if (to !== this.index) this.#counts.misdelivered += 1
    const number = frame.readUInt32BE(14)
    if (number !== this.#expected[from]) this.#counts.reordered += 1
    this.#expected[from] = number + 1
    const start = number & 0xff
    if (frame.compare(pattern, start, start + frame.length - headBytes, headBytes) !== 0)
      this.#counts.damaged += 1
  }
}

function configOf(folder: string, ports: number): LiveConfig {
  const security = { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' } as const
  const lan = { name: 'lan', vlan: { mode: 'access', id: 10 }, security } as const
  return {
    lab: 'integrity',
    controlSocket: join(folder, 'control'),
    pidFile: join(folder, 'pid'),
    switches: [{ name: 'sw', kind: 'standard', mtu: 1500, uplinks: [], portgroups: [lan] }],
    ports: Array.from({ length: ports }, (_, index) => ({
      id: `p${index}`,
      switchName: 'sw',
      portgroup: 'lan',
      initialMac: `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
      socket: join(folder, `p${index}`),
    })),
    uplinks: [],
  }
}

/** The same numbers in every run of one seed. */
function randomBelow(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
}
