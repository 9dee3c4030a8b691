/** For tests: a home of its own with real uplink processes in it, and the far end of the socket that a switch dials. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openLocalHost } from '#host'
import type { LabSwitch, Uplink } from '#lab'
import { levelPaths, makePrivateFolder, sitePaths, uplinkPaths } from '#store'
import { uplinkPortOf } from '#switch'
import { Uplinks } from './uplinks.ts'

const waitLimitMs = 60_000
const lookAgainMs = 20
const entry = new URL('./serve-main.ts', import.meta.url).pathname

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + waitLimitMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await pause(lookAgainMs)
  }
}

export function switchWith(...uplinks: readonly Uplink[]): LabSwitch {
  const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' } as const
  const portgroups = [{ name: 'p', vlan: { mode: 'none' }, security } as const]
  return { name: 's', kind: 'standard', mtu: 1500, uplinks, portgroups }
}

/** Take it down with `close`, which leaves neither processes nor files. */
export async function openHome() {
  const home = await mkdtemp(join(tmpdir(), 'nestlab-u-'))
  const roots = { state: join(home, 'state'), run: join(home, 'run') }
  const level = levelPaths(roots, 'demo')
  await makePrivateFolder(roots.run)
  await makePrivateFolder(level.run)
  const { signal } = new AbortController()
  const uplinks = new Uplinks({
    host: openLocalHost(),
    roots,
    level,
    program: { node: process.execPath, entry },
  })
  return {
    uplinks,
    level,
    signal,
    site: sitePaths(roots),
    pathsOf: (uplink: Uplink) => uplinkPaths(level, 's', uplinkPortOf(uplink).id),
    apply: (one: LabSwitch) => uplinks.apply([one], one, signal),
    broken: async (one: LabSwitch) => (await uplinks.broken([one], signal)).size > 0,
    async close() {
      await uplinks.clear(signal)
      await rm(home, { recursive: true, force: true })
    },
  }
}

export type Home = Awaited<ReturnType<typeof openHome>>

/** What a switch process does with an uplink: it dials the socket and sends and takes frames. */
export class SwitchEnd {
  readonly received: Buffer[] = []
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => socket.destroy())
  }

  static async dial(path: string): Promise<SwitchEnd> {
    const socket = connect({ path })
    const end = new SwitchEnd(socket)
    await once(socket, 'connect')
    return end
  }

  send(frame: Buffer): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(frame.length)
    this.#socket.write(Buffer.concat([length, frame]))
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    let rest = Buffer.concat([this.#rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0)
      this.received.push(rest.subarray(4, end))
      rest = rest.subarray(end)
    }
    this.#rest = rest
  }
}
