/** The way into a machine over SSH: the handshake, with the host key checked and no other login than by key. */
import type { Duplex } from 'node:stream'
import type { Client, ConnectConfig, ParsedKey, ServerHostKeyAlgorithm } from 'ssh2'
import { type Ending, makeEnding, unlessEnded } from './ending.ts'
import { fail } from './errors.ts'
import type { Host } from './host.ts'
import { KEEPALIVE_MS, KEEPALIVE_TRIES } from './limits.ts'
import { makeSshHost } from './ssh-host.ts'
import { makeLine, type SshLine } from './ssh-line.ts'
import { SshLines } from './ssh-lines.ts'

export interface SshOptions {
  /** For people: `kvm-1/web`. */
  readonly name: string
  /**
   * What SSH runs on, or better how to get it: then further connections are made when many commands run at once.
   * Owned by the connection from then on.
   */
  readonly stream: Duplex | ((signal: AbortSignal) => Promise<Duplex>)
  readonly username: string
  /** OpenSSH format, without a passphrase. */
  readonly privateKey: string
  /** `ssh-ed25519 AAAA…`: what the server must show. */
  readonly hostPublicKey: string
  /** For the stream, the handshake and the login together. */
  readonly readyLimitMs: number
  /** Counts until the machine has been entered; after that, `close`. */
  readonly signal?: AbortSignal
}

/**
 * Enters a machine. Rejects with `host-silent` or `host-lost` while nothing answers (worth repeating while it boots),
 * with `host-key-wrong` or `login-refused` when the wrong one does. A peer that falls silent later is noticed within
 * `SILENCE_LIMIT_MS`.
 */
export async function connectSsh(options: SshOptions): Promise<Host> {
  const first = await dial(options, options.signal)
  const further =
    typeof options.stream === 'function' ? (signal: AbortSignal) => dial(options, signal) : undefined
  return makeSshHost(new SshLines(first, further))
}

async function dial(options: SshOptions, signal: AbortSignal | undefined): Promise<SshLine> {
  const { name, readyLimitMs: limitMs } = options
  const ending = makeEnding({ limitMs, signal }, () => fail('host-silent', { host: name, limitMs }))
  try {
    ending.signal.throwIfAborted()
    return await enter(options, ending)
  } finally {
    ending.dispose()
  }
}

// ssh2 takes a while to load, and most commands of the CLI never need it.
const loadSsh2 = () => import('ssh2')

async function enter(options: SshOptions, ending: Ending): Promise<SshLine> {
  const ssh2 = await loadSsh2()
  const read = (text: string, which: 'private key' | 'host public key'): ParsedKey => {
    const key = ssh2.default.utils.parseKey(text)
    if (key instanceof Error || key.isPrivateKey() !== (which === 'private key'))
      throw fail('key-unusable', { host: options.name, which })
    return key
  }
  const privateKey = read(options.privateKey, 'private key')
  const hostKey = read(options.hostPublicKey, 'host public key')
  const stream = await acquire(options, ending.signal)
  try {
    return await handshake(
      { options, stream, hostKey, privateKey, client: new ssh2.default.Client() },
      ending,
    )
  } catch (error) {
    stream.destroy()
    throw error
  }
}

async function acquire({ stream }: SshOptions, signal: AbortSignal): Promise<Duplex> {
  if (typeof stream !== 'function') return stream
  const made = stream(signal)
  try {
    return await unlessEnded(signal, made)
  } catch (error) {
    // It may still come, and nobody else knows of it.
    made.then(
      (late) => late.destroy(),
      () => {},
    )
    throw error
  }
}

interface Handshake {
  readonly options: SshOptions
  readonly stream: Duplex
  readonly hostKey: ParsedKey
  readonly privateKey: ParsedKey
  readonly client: Client
}

async function handshake(parts: Handshake, ending: Ending): Promise<SshLine> {
  const { client, stream, options, hostKey } = parts
  const host = options.name
  let keyShown: Buffer | undefined
  const ready = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve)
    client.on('error', (error) => reject(whyRefused(parts, keyShown, error)))
    client.once('close', () => reject(fail('host-lost', { host, reason: 'it hung up during the handshake' })))
  })
  const onKey = (key: Buffer): boolean => {
    keyShown = key
    return key.equals(hostKey.getPublicSSH())
  }
  client.connect(configOf(parts, onKey))
  // SSH sends many small packets in a row; waiting for their acknowledgements costs 40 ms a time.
  client.setNoDelay(true)
  await unlessEnded(ending.signal, ready)
  return makeLine(host, client, stream, softwareOf(client))
}

function configOf(
  { options, stream, hostKey }: Handshake,
  hostVerifier: (key: Buffer) => boolean,
): ConnectConfig {
  const { username, privateKey } = options
  return {
    sock: stream as NonNullable<ConnectConfig['sock']>,
    username,
    privateKey,
    authHandler: ['publickey'],
    hostVerifier,
    // Ours bounds more than the handshake.
    readyTimeout: 0,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_TRIES,
    // Unix sockets are tried with every server; those that cannot say so.
    strictVendor: false,
    algorithms: {
      // The cheapest first: servers run on emulated CPUs, where there are no AES instructions.
      kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256'],
      cipher: ['chacha20-poly1305@openssh.com', 'aes128-ctr'],
      hmac: ['hmac-sha2-256'],
      serverHostKey: signaturesOf(hostKey),
    },
  }
}

/** Only signatures by the key we know: a server with several keys must show that one. */
function signaturesOf(hostKey: ParsedKey): ServerHostKeyAlgorithm[] {
  if (hostKey.type === 'ssh-rsa') return ['rsa-sha2-256', 'rsa-sha2-512']
  return [hostKey.type as ServerHostKeyAlgorithm]
}

/** ssh2 says what went wrong in words for programmers, some of it about keys: none of that is passed on. */
function whyRefused({ options, hostKey }: Handshake, keyShown: Buffer | undefined, error: Error): Error {
  const host = options.name
  const level = 'level' in error ? error.level : undefined
  if (keyShown && !keyShown.equals(hostKey.getPublicSSH())) return fail('host-key-wrong', { host })
  if (level === 'client-authentication') return fail('login-refused', { host, username: options.username })
  if (error.message.includes('no matching host key')) return fail('host-key-wrong', { host })
  return fail('host-lost', { host, reason: error.message })
}

/**
 * What the server calls itself. ssh2 keeps it in a field that is not part of its interface; reading it off the stream
 * beside ssh2 would start the stream before ssh2 listens. Unknown servers are treated with the most care.
 */
function softwareOf(client: Client): string {
  const software: unknown = Reflect.get(client, '_remoteVer')
  return typeof software === 'string' ? software : ''
}
