/** Opens TLS connections whose certificate is pinned or vouched for; nothing is sent on one before that is known. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import https from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { fail } from '../errors.ts'

export interface Server {
  /** `https://vcenter.lab/sdk`; plain `http` only for loopback. */
  readonly url: URL
  /**
   * SHA-256 of the certificate in capitals with colons, as `site add` has shown it, or SHA-1, as servers tell of each
   * other's; absent: an authority must vouch for it.
   */
  readonly fingerprint?: string
  /** For ESXi 5.5 and older, which know no TLS newer than 1.0. Only with a fingerprint. */
  readonly allowsOldTls?: boolean
}

export const usualConnectMs = 15_000

/** When an attempt to connect ends by itself, and when it is ended. */
interface Patience {
  readonly connectMs: number
  readonly signal: AbortSignal | undefined
}

/** As sockets want it: IPv6 addresses without brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/** A connection on which only the handshake has happened. Its certificate is still to be looked at. */
async function shakeHands(
  url: URL,
  isOldAllowed: boolean,
  { connectMs, signal }: Patience,
): Promise<TLSSocket> {
  const host = hostOf(url)
  const isName = !/^[\d.]+$|:/.test(host)
  const limit = AbortSignal.timeout(connectMs)
  const giveUp = signal ? AbortSignal.any([signal, limit]) : limit
  giveUp.throwIfAborted()
  const socket = connect({
    host,
    port: Number(url.port || 443),
    rejectUnauthorized: false,
    ...(isName && { servername: host }),
    ...(isOldAllowed && { minVersion: 'TLSv1' as const, ciphers: 'DEFAULT@SECLEVEL=0' }),
  })
  // Until its user listens, too: an error that nobody hears would end the process.
  socket.on('error', () => undefined)
  try {
    await once(socket, 'secureConnect', { signal: giveUp })
    // Another handshake could show another certificate.
    socket.disableRenegotiation()
    return socket
  } catch (error) {
    socket.destroy()
    if (limit.aborted && !signal?.aborted) throw new Error(`no connection within ${connectMs / 1000} s`)
    throw error
  }
}

/** A connection to the server that was meant. Fails with `vsphere-certificate-changed` or `-unknown`. */
async function openVerified(server: Server, patience: Patience): Promise<TLSSocket> {
  const { url, fingerprint, allowsOldTls = false } = server
  const socket = await shakeHands(url, allowsOldTls && fingerprint !== undefined, patience)
  const isShort = fingerprint !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){19}$/i.test(fingerprint)
  const found = fingerprintOf(socket, isShort ? 'sha1' : 'sha256')
  const isGood = fingerprint === undefined ? socket.authorized : fingerprint.toUpperCase() === found
  if (isGood) return socket
  socket.destroy()
  if (fingerprint === undefined) throw fail('vsphere-certificate-unknown', { server: url.host, found })
  throw fail('vsphere-certificate-changed', { server: url.host, expected: fingerprint, found })
}

/** What a server shows of its certificate; nothing is sent, and nothing is believed. */
export async function seenCertificate(url: URL, patience: Patience) {
  const socket = await shakeHands(url, true, patience)
  const { authorized } = socket
  const fingerprint = fingerprintOf(socket)
  const isOldTls = /^(TLSv1|TLSv1\.1)$/.test(socket.getProtocol() ?? '')
  socket.destroy()
  return { fingerprint, isVouched: authorized, isOldTls }
}

function fingerprintOf(socket: TLSSocket, sum: 'sha1' | 'sha256' = 'sha256'): string {
  const { raw } = socket.getPeerCertificate()
  const hex = createHash(sum).update(raw).digest('hex').toUpperCase()
  return hex.replace(/..(?!$)/g, '$&:')
}

export interface PinnedRequest extends https.RequestOptions {
  /** Also ends the attempt to connect; the request's own signal does not reach it. */
  readonly giveUp?: AbortSignal
}

/** Hands a connection on only after its certificate has been looked at. */
export class PinnedAgent extends https.Agent {
  readonly #server: Server
  readonly #connectMs: number
  readonly #closing = new AbortController()

  constructor(server: Server, connectMs: number, options: https.AgentOptions) {
    super(options)
    this.#server = server
    this.#connectMs = connectMs
  }

  override createConnection(
    { giveUp }: PinnedRequest,
    callback?: (error: Error | null, stream: TLSSocket) => void,
  ): undefined {
    const signals = giveUp ? [giveUp, this.#closing.signal] : [this.#closing.signal]
    const patience = { connectMs: this.#connectMs, signal: AbortSignal.any(signals) }
    openVerified(this.#server, patience).then(
      (socket) => callback?.(null, socket),
      // The stream is not looked at when there is an error; Node's types want one all the same.
      (error: Error) => callback?.(error, undefined as unknown as TLSSocket),
    )
    return undefined
  }

  override destroy(): void {
    this.#closing.abort()
    super.destroy()
  }
}
