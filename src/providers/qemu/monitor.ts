/** Asks a running QEMU one thing over its QMP socket. */
import type { Duplex } from 'node:stream'
import type { Host } from '#host'
import { failQemu } from './errors.ts'

export interface MonitorCall {
  readonly machine: string
  readonly socket: string
  readonly command: string
  readonly arguments?: Readonly<Record<string, unknown>>
}

const limitMs = 20_000

interface Reply {
  readonly QMP?: unknown
  readonly return?: unknown
  readonly error?: { readonly desc?: string }
}

/** Returns what the command returned. QEMU serves one connection at a time; further ones wait in line. */
export async function askMonitor(host: Host, call: MonitorCall, signal: AbortSignal): Promise<unknown> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
  const stream = await host.connect({ unix: call.socket }, limited)
  const stop = () => stream.destroy()
  limited.addEventListener('abort', stop, { once: true })
  try {
    return await converse(stream, call)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    limited.removeEventListener('abort', stop)
    stream.destroy()
  }
}

/** Greeting, `qmp_capabilities`, the command; each answered by one line among which events may stand. */
async function converse(stream: Duplex, call: MonitorCall): Promise<unknown> {
  const say = (execute: string, given?: object) =>
    stream.write(`${JSON.stringify({ execute, ...(given && { arguments: given }) })}\n`)
  let returns = 0
  for await (const reply of replies(stream)) {
    if (reply.error) throw trouble(call, reply.error.desc ?? 'no reason given')
    if (reply.QMP) say('qmp_capabilities')
    if (reply.return === undefined) continue
    returns += 1
    if (returns === 2) return reply.return
    say(call.command, call.arguments)
  }
  throw trouble(call, 'the connection ended')
}

async function* replies(stream: Duplex): AsyncGenerator<Reply> {
  let rest = ''
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as Reply
    }
  } catch {
    // A connection that breaks says nothing more than one that ends.
  }
}

function trouble({ machine, command }: MonitorCall, reason: string) {
  return failQemu('monitor-trouble', { machine, command, reason })
}
