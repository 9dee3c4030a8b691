/** A real SSH server on a stream, in this process: how a simulated guest is entered. */
import { timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { AuthContext, Connection, Server } from 'ssh2'
import ssh2 from 'ssh2'
import type { SimGuest } from './sim-guest.ts'
import { offer } from './ssh-session.ts'
import { closedWire, wire } from './wire.ts'

/** The guest, and whether it still runs. */
export interface Served {
  readonly guest: SimGuest
  alive(): Promise<boolean>
}

/** The caller's end of a new connection to the guest's SSH; it closes at once when the guest has no host key. */
export function connectSsh(served: Served, hostKey: string | undefined): Duplex {
  const server = hostKey === undefined ? undefined : serverWith(hostKey, served)
  if (!server) return closedWire()
  const [near, far] = wire()
  // Any stream will do at run time, while the types ask for a net.Socket.
  Reflect.apply(server.injectSocket, server, [far])
  return near
}

/** A guest whose host key cannot be read has no SSH server, as a real one would not start. */
function serverWith(hostKey: string, served: Served): Server | undefined {
  if (ssh2.utils.parseKey(hostKey) instanceof Error) return undefined
  return new ssh2.Server({ hostKeys: [hostKey], ident: 'nestlab-sim' }, (client) => serve(client, served))
}

function serve(client: Connection, { guest, alive }: Served): void {
  client.on('error', () => undefined)
  client.on('authentication', (context) => {
    if (mayEnter(context, guest.facts.authorizedKeys)) context.accept()
    else context.reject(['publickey'])
  })
  client.on('session', (accept, reject) => {
    alive().then(
      (still) => (still ? offer(accept(), guest) : client.end()),
      () => reject(),
    )
  })
}

function mayEnter(context: AuthContext, authorized: readonly string[]): boolean {
  if (context.method !== 'publickey' || context.username !== 'root') return false
  return authorized.some((line) => {
    const key = ssh2.utils.parseKey(line)
    if (key instanceof Error) return false
    const known = key.getPublicSSH()
    if (known.length !== context.key.data.length || !timingSafeEqual(known, context.key.data)) return false
    // Without a signature the client only asks whether this key would do.
    if (!context.signature || !context.blob) return true
    return key.verify(context.blob, context.signature, context.hashAlgo) === true
  })
}
