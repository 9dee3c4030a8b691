/** Talks with a running QEMU over its QMP socket. */
import type { Duplex } from 'node:stream'
import type { Host } from '#host'
import { failQemu } from './errors.ts'

interface Reply {
  readonly QMP?: unknown
  readonly event?: string
  readonly return?: unknown
  readonly error?: { readonly desc?: string }
}

interface Waiting {
  readonly command: string
  resolve(value: unknown): void
  reject(reason: Error): void
}

/** Between two looks at something that ends by itself within milliseconds. */
const lookEveryMs = 3

export interface MonitorCall {
  readonly machine: string
  readonly socket: string
  readonly command: string
  readonly arguments?: Readonly<Record<string, unknown>>
}

const limitMs = 20_000

/** Asks one thing, and returns what the command returned. QEMU serves one connection at a time; further ones wait in line. */
export async function askMonitor(host: Host, call: MonitorCall, signal: AbortSignal): Promise<unknown> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
  const talk = await MonitorTalk.open(host, call, limited)
  try {
    return await talk.ask(call.command, call.arguments)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    talk.close()
  }
}

/** A conversation: many questions on one connection. */
export class MonitorTalk {
  readonly machine: string
  readonly #stream: Duplex
  readonly #waiting: Waiting[] = []
  #rest = ''
  #over = false

  private constructor(machine: string, stream: Duplex) {
    this.machine = machine
    this.#stream = stream
    stream.on('data', (chunk) => this.#hear(String(chunk)))
    stream.on('error', () => this.#end())
    stream.on('close', () => this.#end())
  }

  /** Fails when QEMU does not answer; the connection ends with the signal. */
  static async open(
    host: Host,
    of: { readonly machine: string; readonly socket: string },
    signal: AbortSignal,
  ): Promise<MonitorTalk> {
    const talk = new MonitorTalk(of.machine, await host.connect({ unix: of.socket }, signal))
    signal.addEventListener('abort', () => talk.close(), { once: true })
    await talk.ask('qmp_capabilities')
    return talk
  }

  /** Returns what the command returned; fails with `monitor-trouble`. */
  ask(command: string, given?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#over) return Promise.reject(this.#trouble(command, 'the connection ended'))
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.push({ command, resolve, reject })
    this.#stream.write(`${JSON.stringify({ execute: command, ...(given && { arguments: given }) })}\n`)
    return promise
  }

  /** Asks until `answers` takes the answer for the end. */
  async until<T>(
    command: string,
    answers: (said: unknown) => T | undefined,
    everyMs = lookEveryMs,
  ): Promise<T> {
    for (;;) {
      const found = answers(await this.ask(command))
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }

  close(): void {
    this.#stream.destroy()
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#take(JSON.parse(line) as Reply)
  }

  #take(reply: Reply): void {
    if (reply.QMP || reply.event) return
    const asked = this.#waiting.shift()
    if (!asked) return
    if (reply.error) asked.reject(this.#trouble(asked.command, reply.error.desc ?? 'no reason given'))
    else asked.resolve(reply.return)
  }

  #end(): void {
    this.#over = true
    for (const { command, reject } of this.#waiting.splice(0)) {
      reject(this.#trouble(command, 'the connection ended'))
    }
  }

  #trouble(command: string, reason: string): Error {
    return failQemu('monitor-trouble', { machine: this.machine, command, reason })
  }
}
