/** One SSH connection: opens channels, and knows when and why it was lost. */
import type { Duplex } from 'node:stream'
import type { Client, ClientChannel, ExecOptions } from 'ssh2'
import { atMost } from './ending.ts'
import { fail } from './errors.ts'
import { type Gate, makeGate } from './gate.ts'
import { CLOSE_WAIT_MS, COMMANDS_AT_ONCE } from './limits.ts'

/** What a server says when it does not open a channel. */
export interface Refusal {
  /** RFC 4254 5.1: 1 prohibited, 2 connect failed, 3 unknown channel type, 4 resource shortage. */
  readonly code: number | undefined
  readonly text: string
}

export type Opened = { readonly channel: ClientChannel } | { readonly refused: Refusal }

type OpenCallback = (error: Error | undefined, channel: ClientChannel) => void

export interface SshLine {
  readonly name: string
  /** Bounds the commands at once, not the forwarded connections, which cost the server no process. */
  readonly gate: Gate
  /** Set once the line is lost or closed. */
  readonly lost: Error | undefined
  /** Calls `listener` when the line is lost, at once if it is; the returned function takes it back. */
  onLost(listener: (reason: Error) => void): () => void
  exec(command: string, options: ExecOptions): Promise<Opened>
  forwardTcp(port: number): Promise<Opened>
  forwardUnix(path: string): Promise<Opened>
  close(): Promise<void>
}

/** Wraps a client that is ready. `software` is what the server calls itself. */
export function makeLine(name: string, client: Client, stream: Duplex, software: string): SshLine {
  const listeners = new Set<(reason: Error) => void>()
  const gate = makeGate(software.startsWith('OpenSSH') ? COMMANDS_AT_ONCE.openssh : COMMANDS_AT_ONCE.other)
  let lost: Error | undefined

  function lose(reason: string): void {
    if (lost) return
    lost = fail('host-lost', { host: name, reason })
    gate.shut(lost)
    for (const listener of [...listeners]) listener(lost)
    listeners.clear()
    stream.destroy()
  }
  client.on('error', (error) => lose(error.message))
  client.on('close', () => lose('the other side hung up'))

  function onLost(listener: (reason: Error) => void): () => void {
    if (lost) listener(lost)
    else listeners.add(listener)
    return () => listeners.delete(listener)
  }

  function opening(begin: (done: OpenCallback) => void): Promise<Opened> {
    return new Promise((resolve, reject) => {
      if (lost) return reject(lost)
      const stopListening = onLost(reject)
      const done: OpenCallback = (error, channel) => {
        stopListening()
        if (lost) reject(lost)
        else resolve(error ? { refused: refusalOf(error) } : { channel })
      }
      try {
        begin(done)
      } catch (error) {
        lose(error instanceof Error ? error.message : 'it cannot be written to')
      }
    })
  }

  return {
    name,
    gate,
    get lost() {
      return lost
    },
    onLost,
    exec: (command, options) => opening((done) => client.exec(command, options, done)),
    forwardTcp: (port) => opening((done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done)),
    forwardUnix: (path) => opening((done) => client.openssh_forwardOutStreamLocal(path, done)),
    async close() {
      if (lost) return
      const closed = new Promise((resolve) => client.once('close', () => resolve(undefined)))
      client.end()
      await atMost(CLOSE_WAIT_MS, closed)
      lose('it was closed')
    },
  }
}

function refusalOf(error: Error): Refusal {
  const code = 'reason' in error && typeof error.reason === 'number' ? error.reason : undefined
  return { code, text: error.message.replace('(SSH) Channel open failure: ', '') || 'it gave no reason' }
}
