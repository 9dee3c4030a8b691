/** For tests: a switch in this process, each port a real socket, and a clock that the test moves. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PortGroupSpec, SwitchSpec } from '../spec.ts'
import { frameOf, macOf } from '../truth-table.fixture.ts'
import type { LivePortStats } from './client.ts'
import type { LiveConfig } from './config.ts'
import { Peer, until } from './peers.fixture.ts'
import { Plane } from './plane.ts'

export interface BenchSwitch {
  readonly spec: SwitchSpec
  /** Ports by letter, with their port groups. */
  readonly homes: Readonly<Record<string, string>>
}

export class PlaneBench {
  readonly plane: Plane
  readonly #folder = mkdtempSync(join(tmpdir(), 'nestlab-plane-'))
  readonly #peers = new Map<string, Peer>()
  #nowS = 0

  private constructor() {
    const nothing = { lab: 'bench', controlSocket: '/nowhere', switches: [], ports: [], uplinks: [] }
    this.plane = new Plane(
      nothing,
      () => {},
      () => this.#nowS,
    )
  }

  static async with(wanted: BenchSwitch, use: (bench: PlaneBench) => Promise<void>): Promise<void> {
    const bench = new PlaneBench()
    try {
      await bench.apply(wanted)
      await use(bench)
    } finally {
      bench.plane.close()
      for (const peer of bench.#peers.values()) peer.close()
      rmSync(bench.#folder, { recursive: true, force: true })
    }
  }

  /** Returns when every port is connected. */
  async apply({ spec, homes }: BenchSwitch): Promise<void> {
    for (const letter of Object.keys(homes)) {
      if (!this.#peers.has(letter)) this.#peers.set(letter, await Peer.listen(join(this.#folder, letter)))
    }
    this.reload({ spec, homes })
    await until('all ports are connected', () => {
      const connected = this.plane.stats().every((port) => port.connected)
      return connected && Object.keys(homes).every((letter) => this.peer(letter).connected)
    })
  }

  /** Does not wait for anything. */
  reload({ spec, homes }: BenchSwitch): void {
    this.plane.apply(this.#configOf(spec, homes))
  }

  peer(letter: string): Peer {
    const peer = this.#peers.get(letter)
    if (!peer) throw new Error(`no port ${letter}`)
    return peer
  }

  stats(letter: string): LivePortStats {
    const found = this.plane.stats().find(({ port }) => port === letter)
    if (!found) throw new Error(`no port ${letter}`)
    return found
  }

  pass(seconds: number): void {
    this.#nowS += seconds
    this.plane.tick()
  }

  /**
   * Sends frames, written `N:x>A` (port, source MAC, destination), in one write, and returns the letters of those who
   * got each.
   */
  async send(port: string, ...texts: readonly string[]): Promise<string[]> {
    for (const peer of this.#peers.values()) peer.clear()
    const [before, sent] = [this.stats(port).received, this.#sent()]
    const frames = texts.map((text, at) => numbered(text, at))
    this.peer(port).send(...frames)
    await until('they have been read', () => this.stats(port).received === before + texts.length)
    const got = () => [...this.#peers.values()].reduce((sum, { received }) => sum + received.length, 0)
    await until('they have arrived', () => got() === this.#sent() - sent)
    return frames.map((frame) => {
      const having = [...this.#peers].filter(([, { received }]) =>
        received.some((bytes) => bytes.equals(frame)),
      )
      return having.map(([letter]) => letter).join('')
    })
  }

  #sent(): number {
    return this.plane.stats().reduce((sum, { sent }) => sum + sent, 0)
  }

  #configOf(spec: SwitchSpec, homes: Readonly<Record<string, string>>): LiveConfig {
    const ports = Object.entries(homes).map(([id, portgroup]) => {
      return { id, switchName: spec.name, portgroup, initialMac: macOf(id), socket: join(this.#folder, id) }
    })
    return { lab: 'bench', controlSocket: '/nowhere', switches: [spec], ports, uplinks: [] }
  }
}

function numbered(text: string, at: number): Buffer {
  const [from = '', to = ''] = text.split('>')
  const address = to === '*' ? 'ff:ff:ff:ff:ff:ff' : to
  const frame = Buffer.from(frameOf(from.charAt(0), { to: address, as: from.charAt(2) || from.charAt(0) }))
  frame.writeUInt32BE(at, 20)
  return frame
}

/** Port group `learn` learns, `web` does not; all in one VLAN. */
export function learningSwitch(limit = 4096): SwitchSpec {
  const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'reject' } as const
  const learn: PortGroupSpec = {
    name: 'learn',
    vlan: { mode: 'access', id: 10 },
    security,
    macLearning: { by: 'switch', limit, limitPolicy: 'drop', flooding: true, ageingS: 300 },
  }
  const { macLearning: _, ...web } = { ...learn, name: 'web' }
  return { name: 'dvs', kind: 'distributed', mtu: 1500, uplinks: [], portgroups: [learn, web] }
}
