/** For tests: runs cases of the table through the live switch, each port a real socket. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Case, type CasePort, outcomeOf, type Step } from '../cases/case.fixture.ts'
import { type DropReason, dropReasons } from '../reasons.ts'
import type { LiveConfig, LivePortConfig, LiveUplinkConfig } from './config.ts'
import { Peer, until } from './peers.fixture.ts'
import { Plane } from './plane.ts'

export class CaseBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nestlab-cases-'))
  readonly #peers = new Map<string, Peer>()
  readonly #plane: Plane
  #nowS = 0

  constructor() {
    this.#plane = new Plane(
      this.#configOf([], []),
      () => {},
      () => this.#nowS,
    )
  }

  /** What became of each frame, as `outcomeOf` writes it. */
  async run({ on, ports, steps }: Case): Promise<string[]> {
    // An empty configuration in between: nothing that one case has taught reaches the next.
    this.#plane.apply(this.#configOf([], []))
    for (const { letter } of ports) await this.#peerOf(letter)
    this.#plane.apply(this.#configOf(ports, [on]))
    this.#tellGuests(ports)
    await until('all ports are connected', () => {
      const letters = ports.map(({ letter }) => letter)
      return (
        this.#plane.stats().every(({ connected }) => connected) &&
        letters.every((letter) => this.#peers.get(letter)?.connected)
      )
    })
    const outcomes: string[] = []
    for (const step of steps) outcomes.push(await this.#send(step, ports))
    return outcomes
  }

  close(): void {
    this.#plane.close()
    for (const peer of this.#peers.values()) peer.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #send({ waitS, from, frame }: Step, ports: readonly CasePort[]): Promise<string> {
    this.#nowS += waitS
    this.#plane.tick()
    const letterOf = (id: string) => ports.find(({ port }) => port.id === id)?.letter ?? '?'
    for (const peer of this.#peers.values()) peer.clear()
    const before = this.#counts()
    this.#peers.get(from)?.send(frame)
    await until('the switch has read the frame', () => this.#counts().received > before.received)
    const after = this.#counts()
    const arrived = () =>
      [...this.#peers].flatMap(([port, { received }]) => received.map((bytes) => ({ port, bytes })))
    await until('what was sent has arrived', () => arrived().length === after.sent - before.sent)
    const drops = [...after.dropped].flatMap(([key, count]) => {
      const [id = '', reason = ''] = key.split(' ')
      const more = count - (before.dropped.get(key) ?? 0)
      return Array.from({ length: more }, () => ({ port: letterOf(id), reason: reasonOf(reason) }))
    })
    const delivered = arrived().map(({ port, bytes }) => ({ port, frame: bytes }))
    return outcomeOf(frame, { delivered, drops })
  }

  #counts() {
    const stats = this.#plane.stats()
    return {
      received: stats.reduce((sum, { received }) => sum + received, 0),
      sent: stats.reduce((sum, { sent }) => sum + sent, 0),
      dropped: new Map(
        stats.flatMap(({ port, dropped }) => {
          return Object.entries(dropped).map(([reason, count]) => [`${port} ${reason}`, count] as const)
        }),
      ),
    }
  }

  #tellGuests(ports: readonly CasePort[]): void {
    for (const { port } of ports) {
      if (port.kind !== 'vnic') continue
      const { id, effectiveMac, guestPromiscuous, multicast = 'all' } = port
      this.#plane.see(id, { mac: effectiveMac, promiscuous: guestPromiscuous, multicast })
    }
  }

  async #peerOf(letter: string): Promise<void> {
    if (!this.#peers.has(letter)) this.#peers.set(letter, await Peer.listen(this.#socketOf(letter)))
  }

  #socketOf(letter: string): string {
    return join(this.#folder, letter)
  }

  #configOf(ports: readonly CasePort[], switches: LiveConfig['switches']): LiveConfig {
    const [switchName = ''] = switches.map(({ name }) => name)
    const nics = ports.flatMap(({ letter, port }): LivePortConfig[] => {
      if (port.kind !== 'vnic') return []
      const { id, portgroup, initialMac } = port
      return [{ id, switchName, portgroup, initialMac, socket: this.#socketOf(letter) }]
    })
    const uplinks = ports.flatMap(({ letter, port }): LiveUplinkConfig[] => {
      return port.kind === 'uplink' ? [{ switchName, uplink: port.id, socket: this.#socketOf(letter) }] : []
    })
    return { lab: 'cases', controlSocket: join(this.#folder, 'c'), switches, ports: nics, uplinks }
  }
}

function reasonOf(text: string): DropReason {
  const found = dropReasons.find((reason) => reason === text)
  if (!found) throw new RangeError(`no reason ${text}`)
  return found
}
