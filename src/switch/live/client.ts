/** Talks to a running switch process over its control socket. */
import { connect, type Socket } from 'node:net'
import { fail } from '../errors.ts'
import type { LiveConfig } from './config.ts'
import type { Answer } from './control-server.ts'
import { Lines } from './lines.ts'

/**
 * One port's counters since the process began; `dropped` by reason code. Fits the providers' `PortStats`. An uplink
 * has its id as `port` and no port group: an empty text.
 */
export interface LivePortStats {
  readonly switchName: string
  readonly portgroup: string
  readonly port: string
  readonly connected: boolean
  /** Frames (and bytes of frames) that the guest sent into the switch, dropped ones included. */
  readonly received: number
  readonly receivedBytes: number
  /** Frames handed to the guest. */
  readonly sent: number
  readonly sentBytes: number
  readonly dropped: Readonly<Record<string, number>>
  /** How often an established connection was lost. */
  readonly lost: number
  /** Frames that ended within their own header, and frames longer than QEMU takes (69 632 bytes); also in `dropped`. */
  readonly runts: number
  readonly giants: number
  /** How often the stream was given up because a length made no sense. */
  readonly malformed: number
  /** These three only of NICs. */
  readonly effectiveMac?: string
  readonly guestPromiscuous?: boolean | 'unknown'
  /** The group MACs that the guest listens to. */
  readonly multicast?: readonly string[] | 'all'
}

/**
 * A MAC that a switch knows. What the switch was told (`static`) holds in each VLAN and has no age, as has what the
 * dvfilter of a port has seen it send with (`filter`).
 */
export interface LiveMac {
  readonly mac: string
  readonly port: string
  readonly kind: 'static' | 'learned' | 'filter'
  readonly vlan?: number
  /** Whole seconds since a frame came from it. */
  readonly ageS?: number
}

export interface LiveSwitchMacs {
  readonly switchName: string
  readonly macs: readonly LiveMac[]
}

export interface LiveStats {
  readonly uptimeMs: number
  readonly ports: readonly LivePortStats[]
}

export interface SwitchPing {
  readonly lab: string
  readonly pid: number
  readonly uptimeMs: number
  /** SHA-256 of the configuration in force (`configDigest`). */
  readonly digest: string
}

interface Asked {
  readonly name: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

const longestAnswerBytes = 67_108_864
const defaultLimitMs = 5000

/**
 * One connection to a switch process. Calls may overlap. Rejects with `switch-unreachable` when nothing answers
 * within the limit, `switch-lost` when the connection broke, `switch-refused` when the process refused the request.
 */
export class SwitchControl {
  readonly #path: string
  readonly #socket: Socket
  readonly #limitMs: number
  readonly #asked = new Map<number, Asked>()
  #lastId = 0

  private constructor(path: string, socket: Socket, limitMs: number) {
    this.#path = path
    this.#socket = socket
    this.#limitMs = limitMs
    const lines = new Lines(longestAnswerBytes)
    socket.on('data', (chunk) => {
      try {
        for (const line of lines.push(chunk)) this.#answered(JSON.parse(line) as Answer)
      } catch {
        socket.destroy()
      }
    })
    socket.on('close', () => this.#lost())
  }

  /** `limitMs` is how long to wait for the connection, and later for each answer. */
  static connect(controlSocket: string, limitMs: number = defaultLimitMs): Promise<SwitchControl> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path: controlSocket })
      const unreachable = (why: string, cause?: unknown) => {
        socket.destroy()
        reject(fail('switch-unreachable', { controlSocket, why }, cause))
      }
      const timer = setTimeout(() => unreachable(`it did not accept within ${limitMs} ms`), limitMs)
      socket.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        unreachable(error.code === 'ENOENT' ? 'there is no such socket' : error.message, error)
      })
      socket.once('connect', () => {
        clearTimeout(timer)
        resolve(new SwitchControl(controlSocket, socket, limitMs))
      })
    })
  }

  async stats(): Promise<LiveStats> {
    return (await this.#ask('stats')) as LiveStats
  }

  /** Which MACs each switch knows, and where they are. */
  async macs(): Promise<readonly LiveSwitchMacs[]> {
    return (await this.#ask('macs')) as readonly LiveSwitchMacs[]
  }

  /** Replaces switches and ports in one step; connections of ports whose id and socket stay are kept. */
  async reload(config: LiveConfig): Promise<void> {
    await this.#ask('reload', { config })
  }

  async ping(): Promise<SwitchPing> {
    return (await this.#ask('ping')) as SwitchPing
  }

  /** Asks the process to end; resolves when it has given up its control socket and its pid file. */
  async stop(): Promise<void> {
    await this.#ask('stop')
  }

  close(): void {
    this.#socket.destroy()
  }

  #ask(name: string, details: object = {}): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(fail('switch-lost', { controlSocket: this.#path }))
      const why = `it did not answer \`${name}\` within ${this.#limitMs} ms`
      const late = () =>
        this.#settle(id)?.reject(fail('switch-unreachable', { controlSocket: this.#path, why }))
      const timer = setTimeout(late, this.#limitMs)
      const done = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer)
          settle(value)
        }
      }
      this.#asked.set(id, { name, resolve: done(resolve), reject: done(reject) })
      this.#socket.write(`${JSON.stringify({ id, do: name, ...details })}\n`)
    })
  }

  #settle(id: number): Asked | undefined {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    return asked
  }

  #answered(answer: Answer): void {
    const asked = typeof answer.id === 'number' ? this.#settle(answer.id) : undefined
    if (!asked) return
    if (answer.ok) asked.resolve(answer.result)
    else asked.reject(fail('switch-refused', { request: asked.name, why: answer.error?.message ?? '' }))
  }

  #lost(): void {
    for (const id of [...this.#asked.keys()]) {
      this.#settle(id)?.reject(fail('switch-lost', { controlSocket: this.#path }))
    }
  }
}

/** True when a switch process answers on the socket. */
export async function switchAlive(controlSocket: string): Promise<boolean> {
  try {
    const control = await SwitchControl.connect(controlSocket)
    try {
      await control.ping()
      return true
    } finally {
      control.close()
    }
  } catch {
    return false
  }
}
