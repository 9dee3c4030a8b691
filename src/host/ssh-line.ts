/** One SSH connection: opens channels, and knows when and why it was lost. */
import type { Duplex } from 'node:stream'
import type { Client, ClientChannel, ExecOptions } from 'ssh2'
import { atMost } from './ending.ts'
import { fail } from './errors.ts'
import { CLOSE_WAIT_MS, OPENSSH_COMMANDS_AT_ONCE, OTHER_COMMANDS_AT_ONCE } from './limits.ts'

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
  /** Commands that may run through it at the same time. Forwarded connections do not count. */
  readonly commandsAtOnce: number
  /** Set once the line is lost or closed. */
  readonly lost: Error | undefined
  /** Calls `listener` when the line is lost, at once if it is; the returned function takes it back. */
  onLost(listener: (reason: Error) => void): () => void
  /** Cuts the line for a reason from outside. */
  lose(reason: Error): void
  exec(command: string, options: ExecOptions): Promise<Opened>
  forwardTcp(port: number): Promise<Opened>
  forwardUnix(path: string): Promise<Opened>
  close(): Promise<void>
}

/** Wraps a client that is ready. `software` is what the server calls itself. */
export function makeLine(name: string, client: Client, stream: Duplex, software: string): SshLine {
  const listeners = new Set<(reason: Error) => void>()
  let lost: Error | undefined

  function lose(reason: Error): void {
    if (lost) return
    lost = reason
    for (const listener of [...listeners]) listener(lost)
    listeners.clear()
    stream.destroy()
  }
  const loseFor = (reason: string) => lose(fail('host-lost', { host: name, reason }))
  client.on('error', (error) => loseFor(error.message))
  client.on('close', () => loseFor('the other side hung up'))

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
        loseFor(error instanceof Error ? error.message : 'it cannot be written to')
      }
    })
  }

  return {
    name,
    commandsAtOnce: commandsAtOnce(software),
    get lost() {
      return lost
    },
    onLost,
    lose,
    exec: (command, options) => opening((done) => client.exec(command, options, done)),
    forwardTcp: (port) => opening((done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done)),
    forwardUnix: (path) => opening((done) => client.openssh_forwardOutStreamLocal(path, done)),
    async close() {
      if (lost) return
      // An emulated server takes a second to hang up; that it was told is enough.
      const told = new Promise((resolve) => {
        client.once('close', () => resolve(undefined))
        stream.once('finish', () => resolve(undefined))
      })
      client.end()
      await atMost(CLOSE_WAIT_MS, told)
      loseFor('it was closed')
    },
  }
}

/**
 * Dropbear 2022.82 to 2024.85 (Debian 12 has 2022.83) dies of an assertion when one command ends while another is just being opened (its
 * issue 321): there one connection carries one command at a time. Then our own close of the last command always
 * comes before the next opening.
 */
function commandsAtOnce(software: string): number {
  if (software.startsWith('OpenSSH')) return OPENSSH_COMMANDS_AT_ONCE
  const [, version] = /^dropbear_(\d+\.\d+)/.exec(software) ?? []
  const isAffected = version !== undefined && Number(version) >= 2022.82 && Number(version) <= 2024.85
  const isUnknown = software === '' || software === 'dropbear'
  return isAffected || isUnknown ? 1 : OTHER_COMMANDS_AT_ONCE
}

function refusalOf(error: Error): Refusal {
  const code = 'reason' in error && typeof error.reason === 'number' ? error.reason : undefined
  return { code, text: error.message.replace('(SSH) Channel open failure: ', '') || 'it gave no reason' }
}
