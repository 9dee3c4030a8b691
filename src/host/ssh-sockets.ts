/** Connections to sockets on the other side of an SSH line. */
import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { BothWays } from './both-ways.ts'
import { makeEnding, unlessEnded } from './ending.ts'
import { endpointText } from './endpoint.ts'
import { fail } from './errors.ts'
import type { Endpoint } from './host.ts'
import { CONNECT_LIMIT_MS } from './limits.ts'
import { shellQuote } from './shell.ts'
import type { Refusal, SshLine } from './ssh-line.ts'
import type { SshLines } from './ssh-lines.ts'
import { begin } from './ssh-process.ts'

const UNKNOWN_CHANNEL_TYPE = 3
// Servers that cannot forward unix sockets: asked once.
const withoutUnix = new WeakSet<SshLines>()

interface Connection {
  readonly line: SshLine
  readonly channel: ClientChannel
}
type Attempt = Connection | { readonly refused: Refusal }

/** Rejects with `cannot-connect` when nothing listens. TCP always goes to the loopback address over there. */
export async function connectRemote(
  lines: SshLines,
  endpoint: Endpoint,
  signal?: AbortSignal,
): Promise<Duplex> {
  const failed = (reason: string) =>
    fail('cannot-connect', { host: lines.name, endpoint: endpointText(endpoint), reason })
  const ending = makeEnding({ limitMs: CONNECT_LIMIT_MS, signal }, () => failed('nothing answered'))
  try {
    ending.signal.throwIfAborted()
    const attempt = openSocket(lines, endpoint, ending.signal)
    attempt.catch(() => {})
    const opened = await unlessEnded(ending.signal, attempt).catch((error: unknown) => {
      attempt.then(
        (late) => 'channel' in late && late.channel.close(),
        () => {},
      )
      throw error
    })
    if ('refused' in opened) throw failed(opened.refused.text)
    return socketOf(opened)
  } finally {
    ending.dispose()
  }
}

async function openSocket(lines: SshLines, endpoint: Endpoint, signal: AbortSignal): Promise<Attempt> {
  const line = lines.first
  if ('tcpPort' in endpoint) return { line, ...(await line.forwardTcp(endpoint.tcpPort)) }
  if (!withoutUnix.has(lines)) {
    const opened = await line.forwardUnix(endpoint.unix)
    if ('channel' in opened || opened.refused.code !== UNKNOWN_CHANNEL_TYPE) return { line, ...opened }
    withoutUnix.add(lines)
  }
  return throughSocat(lines, endpoint.unix, signal)
}

// Socat says this at notice level once it is connected, not before.
const CONNECTED = 'starting data transfer loop'

/**
 * For servers without direct-streamlocal (Dropbear before 2024.86): a command that carries the bytes. It waits long
 * after one side has ended, since a half-closed socket may still answer.
 */
async function throughSocat(lines: SshLines, path: string, ending: AbortSignal): Promise<Attempt> {
  const script = `exec socat -d -d -t 3600 - ${shellQuote([`UNIX-CONNECT:${socatName(path)}`])}`
  const place = await lines.takeForSession(ending)
  const { line, channel } = await begin({ lines, place, script, options: {}, ending })
  return new Promise((resolve) => {
    let said = ''
    channel.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4096)
      if (said.includes(CONNECTED)) resolve({ line, channel })
    })
    channel.stderr.once('end', () => {
      channel.resume()
      resolve({ refused: { code: undefined, text: lastLine(said) } })
    })
  })
}

// Socat's own address syntax: these characters end or quote a name.
const socatName = (path: string): string => path.replaceAll(/[\\,:!'"(){}[\]]/g, '\\$&')

/** `2024/01/02 03:04:05 socat[123] E connect(5, AF=1 "/x", 4): Connection refused` → what follows the last colon. */
function lastLine(said: string): string {
  const line = said.trim().split('\n').at(-1) ?? ''
  return line.split(': ').at(-1) || 'the connection closed at once'
}

function socketOf({ line, channel }: Connection): Duplex {
  const socket = new BothWays(channel, channel, { halfOpen: false, onDestroy: () => channel.close() })
  const stopListening = line.onLost((reason) => socket.destroy(reason))
  channel.once('close', () => {
    stopListening()
    socket.otherEndClosed()
  })
  return socket
}
