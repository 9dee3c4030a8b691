/** What is special about hosts over SSH: keys, lost and silent peers, many commands, one connection inside another. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, describe, it, mock } from 'node:test'
import ssh2 from 'ssh2'
import type { Host } from './host.ts'
import { LINES_AT_MOST, SILENCE_LIMIT_MS } from './limits.ts'
import { connectSsh, type SshOptions } from './ssh-connect.ts'
import { makeKeyPair } from './testing/key-pair.ts'
import { coded } from './testing/places.ts'
import { type ServerKind, startServer, type TestServer, whyNoServer } from './testing/servers.ts'

// Runs until its server has gone: then it has nowhere to write.
const ENDLESS = ['sh', '-c', 'while echo; do sleep 1; done']

const KINDS: readonly ServerKind[] = ['dropbear', 'openssh']

for (const kind of KINDS) {
  describe(`SSH to ${kind}`, { skip: whyNoServer(kind) ?? false }, () => {
    let server: TestServer
    before(async () => {
      server = await startServer(kind)
    })
    after(() => server.stop())

    it('refuses a server that shows another host key', async () => {
      const other = makeKeyPair().public
      await assert.rejects(server.connect({ hostPublicKey: other }), coded('host-key-wrong'))
    })

    it('refuses a server that has no key of the kind the lab gave it', async () => {
      const other = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).public
      await assert.rejects(server.connect({ hostPublicKey: other }), coded('host-key-wrong'))
    })

    it('says when the key is refused, without showing it', async () => {
      const { private: privateKey } = makeKeyPair()
      await assert.rejects(server.connect({ privateKey }), (error: Error) => {
        assert.ok(coded('login-refused')(error))
        assert.doesNotMatch(`${error.message} ${error.stack} ${String(error.cause)}`, /PRIVATE|b3BlbnNz/)
        return true
      })
    })

    it('rejects every call under way when the server is killed, and every later one', async () => {
      const host = await server.connect()
      const running = Array.from({ length: 20 }, () => host.run(ENDLESS))
      const session = await host.open(['cat'])
      session.stream.on('error', () => {})
      for (const { pid } of server.processes) signalGroup(pid, 'SIGKILL')
      for (const call of [...running, session.exitCode]) await assert.rejects(call, coded('host-lost'))
      await assert.rejects(host.run(['true']), coded('host-lost'))
      await assert.rejects(host.connect({ tcpPort: 1 }), coded('host-lost'))
      await assert.rejects(host.open(['true']), coded('host-lost'))
      await host.close()
    })

    it('reads and writes a file of 64 MiB', async () => {
      const host = await server.connect()
      const bytes = randomBytes(64 * 2 ** 20)
      const path = join(server.folder, 'large')
      await host.writeFile(path, bytes)
      const digest = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
      assert.equal(digest(await host.readFile(path)), digest(bytes))
      rmSync(path)
      await host.close()
    })

    it('carries any bytes through a session, both ways at once', async () => {
      const host = await server.connect()
      const bytes = randomBytes(3_000_000)
      const session = await host.open(['cat'])
      session.stream.end(bytes)
      const chunks: Buffer[] = []
      for await (const chunk of session.stream) chunks.push(chunk)
      assert.ok(Buffer.concat(chunks).equals(bytes))
      assert.equal(await session.exitCode, 0)
      await host.close()
    })

    it('runs commands while more sessions are open than the server takes on one connection', async () => {
      const host = await server.connect()
      const sessions = await Promise.all(Array.from({ length: 12 }, () => host.open(['cat'])))
      assert.equal((await host.run(['echo', 'still'])).stdout, 'still\n')
      for (const { stream } of sessions) stream.end('x')
      assert.deepEqual(
        await Promise.all(sessions.map(({ stream }) => text(stream))),
        sessions.map(() => 'x'),
      )
      await host.close()
    })

    it('does with one connection when it is given no way to more', async () => {
      const made = await openStream(server)
      const host = await server.connect({ stream: made })
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => host.run(['echo', `${index}`])),
      )
      assert.equal(answers.length, 20)
      await host.close()
    })

    it('makes no more connections than it may', async () => {
      const before = server.processes.length
      const host = await server.connect()
      await Promise.all(Array.from({ length: 60 }, () => host.run(['true'])))
      assert.ok(server.processes.length - before <= LINES_AT_MOST)
      await host.close()
    })

    it('enters a second machine through the first', async () => {
      const outer = await server.connect()
      const inner = await connectSsh(
        server.options({
          name: 'inner',
          stream: (signal) => outer.connect({ tcpPort: server.port }, signal),
        }),
      )
      const bytes = randomBytes(1_000_000)
      await inner.writeFile(join(server.folder, 'nested'), bytes)
      assert.ok(Buffer.from(await inner.readFile(join(server.folder, 'nested'))).equals(bytes))
      const many = await Promise.all(Array.from({ length: 20 }, () => inner.run(['echo', 'deep'])))
      assert.ok(many.every(({ stdout }) => stdout === 'deep\n'))
      await outer.close()
      await assert.rejects(inner.run(['true']), coded('host-lost'))
    })

    it('gives up a peer that has fallen silent within the stated limit', async () => {
      mock.timers.enable({ apis: ['setInterval'] })
      try {
        const host = await server.connect()
        const running = host.run(ENDLESS)
        const rejected = assert.rejects(running, coded('host-lost'))
        await host.run(['true'])
        // What a machine does that hangs: its connections stay open and say nothing.
        for (const { pid } of server.processes) signalGroup(pid, 'SIGSTOP')
        mock.timers.tick(SILENCE_LIMIT_MS)
        await rejected
      } finally {
        mock.timers.reset()
      }
    })
  })
}

function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (leader) process.kill(-leader, signal)
  } catch {
    // Served an earlier test and has gone.
  }
}

async function openStream(server: TestServer) {
  const { stream } = server.options()
  assert.ok(typeof stream === 'function')
  return stream(new AbortController().signal)
}

describe('One connection to openssh', { skip: whyNoServer('openssh') ?? false }, () => {
  it('carries commands that need each other at the same time', async () => {
    const server = await startServer('openssh')
    const host = await server.connect({ stream: await openStream(server) })
    const pipe = join(server.folder, 'pipe')
    await host.run(['mkfifo', pipe])
    const [{ stdout }] = await Promise.all([
      host.run(['cat', pipe]),
      host.run(['sh', '-c', `echo met > ${pipe}`]),
    ])
    assert.equal(stdout, 'met\n')
    await host.close()
    await server.stop()
  })
})

describe('Entering over SSH', () => {
  const keys = {
    privateKey: makeKeyPair().private,
    hostPublicKey: makeKeyPair().public,
  }
  const options = (changes: Partial<SshOptions>): SshOptions => ({
    name: 'web',
    stream: new PassThrough(),
    username: 'root',
    readyLimitMs: 300,
    ...keys,
    ...changes,
  })
  const listen = async (onConnect: (socket: import('node:net').Socket) => void): Promise<Server> => {
    const server = createServer(onConnect)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  const dial = async (server: Server) => {
    const { connect } = await import('node:net')
    return connect((server.address() as AddressInfo).port, '127.0.0.1')
  }
  const attempt = (changes: Partial<SshOptions>): Promise<Host> => connectSsh(options(changes))

  it('gives up after its limit on a peer that says nothing', async () => {
    const server = await listen(() => {})
    await assert.rejects(attempt({ stream: () => dial(server) }), coded('host-silent'))
    server.close()
  })

  it('gives up after its limit when no connection comes about', async () => {
    await assert.rejects(attempt({ stream: () => new Promise(() => {}) }), coded('host-silent'))
  })

  it('ends when the caller gives up, and closes a connection that comes too late', async () => {
    const given = new AbortController()
    const late = new PassThrough()
    const stream = async () => {
      given.abort(new Error('enough'))
      return late
    }
    await assert.rejects(attempt({ stream, signal: given.signal }), /enough/)
    if (!late.destroyed) await once(late, 'close')
  })

  it('says so when the peer hangs up', async () => {
    const server = await listen((socket) => socket.destroy())
    await assert.rejects(attempt({ stream: () => dial(server), readyLimitMs: 20_000 }), coded('host-lost'))
    server.close()
  })

  it('says so when something else than SSH answers', async () => {
    const server = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await assert.rejects(attempt({ stream: () => dial(server), readyLimitMs: 20_000 }), coded('host-lost'))
    server.close()
  })

  it('refuses a damaged key without showing it', async () => {
    const privateKey = keys.privateKey.replace(/AAAA/, 'BBBB').slice(0, 200)
    await assert.rejects(attempt({ privateKey }), (error: Error) => {
      assert.ok(coded('key-unusable')(error))
      assert.doesNotMatch(`${error.message} ${error.stack}`, /BBBB|AAAA/)
      return true
    })
    await assert.rejects(attempt({ hostPublicKey: 'nonsense' }), coded('key-unusable'))
    await assert.rejects(attempt({ hostPublicKey: keys.privateKey }), coded('key-unusable'))
  })
})
