/** A real SSH server on a stream, in this process: how a simulated guest is entered. */
import { timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { AuthContext, Connection, Server, ServerChannel, Session } from 'ssh2'
import ssh2 from 'ssh2'
import { talk } from './conversation.ts'
import { programs } from './programs/index.ts'
import { Shell } from './shell/shell.ts'
import { Input } from './shell/streams.ts'
import type { SimGuest } from './sim-guest.ts'
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

function offer(session: Session, guest: SimGuest): void {
  session.on('pty', (accept) => accept?.())
  session.on('window-change', (accept) => accept?.())
  session.on('env', (accept) => accept?.())
  session.on('signal', (accept) => accept?.())
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept()
    const gone = new AbortController()
    channel.once('close', () => gone.abort())
    channel.on('error', () => gone.abort())
    const streams = {
      input: new Input(channel),
      out: (chunk: string | Uint8Array) => void (channel.writable && channel.write(Buffer.from(chunk))),
      err: (chunk: string | Uint8Array) =>
        void (channel.writable && channel.stderr.write(Buffer.from(chunk))),
    }
    const shell = new Shell({ guest, programs }, gone.signal)
    shell.run(command, streams).then((code) => finish(channel, code), fallen(channel))
  })
  session.on('shell', (accept) => {
    const channel = accept()
    channel.on('error', () => undefined)
    talk(channel, guest).then((code) => finish(channel, code), fallen(channel))
  })
}

function finish(channel: ServerChannel, code: number): void {
  if (!channel.writable) return
  channel.exit(code)
  channel.end()
}

/** The guest ended under the command, as when a machine loses power: the channel closes without an exit code. */
const fallen = (channel: ServerChannel) => () => channel.close()
