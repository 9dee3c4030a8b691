/** How the two ends of a tunnel prove to each other that they have its key: TLS 1.3 with a key known beforehand. */
import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'

/** Where the key is, and whose it is; a tunnel of another name has another identity. */
export interface TunnelSecret {
  readonly name: string
  /** Read anew for each connection, so that a new key needs no restart. */
  readonly keyFile: string
}

export const tunnelKeyBytes = 32
const handshakeLimitMs = 10_000
/** Each holds memory until it has proven itself or its time is over. */
const mostUnproven = 32

/** The only suite whose hash TLS 1.3 allows for keys known beforehand when they carry no hash of their own. */
const tls13 = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
} as const satisfies TlsOptions

export function tunnelKeyLine(name: string, key: Buffer): string {
  return `nestlab-tunnel-key-1 ${name} ${key.toString('base64url')}\n`
}

/** Undefined for anything but the line that `tunnelKeyLine` makes for that name. */
export function parseTunnelKey(text: string, name: string): Buffer | undefined {
  const [mark, owner, encoded = '', ...rest] = text.trim().split(' ')
  const key = Buffer.from(encoded, 'base64url')
  const right = mark === 'nestlab-tunnel-key-1' && owner === name && rest.length === 0
  return right && key.length === tunnelKeyBytes && key.toString('base64url') === encoded ? key : undefined
}

function readKey({ name, keyFile }: TunnelSecret): Buffer | undefined {
  try {
    return parseTunnelKey(readFileSync(keyFile, 'utf8'), name)
  } catch {
    return undefined
  }
}

const identityOf = (name: string): string => `nestlab-tunnel ${name}`

export interface Doorkeeper {
  readonly onPeer: (socket: TLSSocket) => void
  /** Somebody who did not get in. */
  readonly onRefused: (why: string, from: string) => void
}

/** Lets in only who has the key. It has no certificate, so nothing else can succeed. */
export function tunnelServer(secret: TunnelSecret, { onPeer, onRefused }: Doorkeeper): Server {
  const server = createServer({
    ...tls13,
    handshakeTimeout: handshakeLimitMs,
    pskCallback: (_socket, identity) => {
      const key = identity === identityOf(secret.name) ? readKey(secret) : undefined
      return key ?? null
    },
  })
  let open = 0
  let proven = 0
  server.on('connection', (raw) => {
    open += 1
    raw.on('error', () => raw.destroy())
    raw.once('close', () => {
      open -= 1
    })
    if (open - proven > mostUnproven) raw.destroy()
  })
  server.on('tlsClientError', (error, socket) => onRefused(codeOf(error), socket.remoteAddress ?? 'somebody'))
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy())
    proven += 1
    socket.once('close', () => {
      proven -= 1
    })
    if (provenByKey(socket)) onPeer(socket)
    else socket.destroy()
  })
  return server
}

/** Throws when there is no key. The result is usable from its `secureConnect` on. */
export function dialTunnel(
  secret: TunnelSecret,
  to: { readonly host: string; readonly port: number },
): TLSSocket {
  const socket = connect({
    ...to,
    ...tls13,
    servername: '',
    pskCallback: () => {
      const psk = readKey(secret)
      return psk ? { psk, identity: identityOf(secret.name) } : null
    },
    // Who shows a certificate has not proven that it has the key, whoever signed it.
    ca: [],
    checkServerIdentity: () => new Error('it showed a certificate instead of having the key'),
  })
  socket.setTimeout(handshakeLimitMs, () => socket.destroy(new Error('nothing answered')))
  socket.once('secureConnect', () => {
    socket.setTimeout(0)
    if (!provenByKey(socket)) socket.destroy(new Error('it did not prove that it has the key'))
  })
  return socket
}

/** OpenSSL counts a handshake with a key known beforehand as the resumption of a session. */
function provenByKey(socket: TLSSocket): boolean {
  return socket.getProtocol() === 'TLSv1.3' && socket.isSessionReused()
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
