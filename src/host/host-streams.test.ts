/** What every host promises of sessions and connections, asked of this machine and of real SSH servers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import type { Host, Session } from './host.ts'
import { coded, PLACES } from './testing/places.ts'
import { isAlive, until } from './testing/processes.ts'

for (const place of PLACES) {
  describe(`Streams of a host ${place.name}`, { skip: place.skip ?? false }, () => {
    let host: Host
    let stop: () => Promise<void>
    let folder: string

    before(async () => {
      ;({ host, stop } = await place.start())
      folder = mkdtempSync(join(tmpdir(), 'nestlab-host-'))
    })
    after(async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    })

    for (const kind of ['a unix socket', 'a TCP port on loopback']) {
      it(`connects to ${kind}`, async () => {
        const path = join(folder, "so,ck'et")
        const echo = createServer((socket) => socket.pipe(socket))
        echo.listen(kind === 'a unix socket' ? { path } : { host: '127.0.0.1', port: 0 })
        await once(echo, 'listening')
        const address = echo.address()
        const stream = await host.connect(
          typeof address === 'object' && address ? { tcpPort: address.port } : { unix: path },
        )
        stream.end('hello')
        assert.equal(await text(stream), 'hello')
        echo.close()
      })
    }

    it('says when nothing listens', async () => {
      const path = join(folder, 'stale')
      await assert.rejects(host.connect({ unix: path }), coded('cannot-connect'))
      await assert.rejects(host.connect({ tcpPort: 1 }), coded('cannot-connect'))
    })

    it('opens a program with pipes: bytes both ways, stderr apart, exit code', async () => {
      const session = await host.open(['sh', '-c', 'read line; echo "got $line"; echo oops >&2; exit 5'])
      session.stream.end('it\n')
      assert.ok(session.stderr)
      const said = await Promise.all([text(session.stream), text(session.stderr)])
      assert.deepEqual([...said, await session.exitCode], ['got it\n', 'oops\n', 5])
    })

    it('says which program is not there', async () => {
      const opened = await host.open(['no-such-program']).catch((error: unknown) => error)
      if (opened instanceof Error) return assert.match(opened.message, /no-such-program/)
      const { stderr, exitCode } = opened as Session
      assert.ok(stderr)
      assert.match(await text(stderr), /^There is no program no-such-program in this machine\.$/m)
      assert.equal(await exitCode, 127)
    })

    it('opens a program in a terminal of the size asked for, and resizes it', async () => {
      const terminal = { columns: 91, rows: 33, type: 'xterm-256color' }
      const script =
        'tty >/dev/null && echo "$TERM $(stty size)"; trap "stty size; exit 7" WINCH; while :; do sleep 0.1; done'
      const session = await host.open(['sh', '-c', script], { terminal })
      let out = ''
      session.stream.on('data', (chunk) => {
        out += chunk
      })
      await until(() => out.includes('33 91'), 'the first size')
      assert.match(out, /xterm-256color 33 91/)
      session.resize(120, 40)
      await until(() => out.includes('40 120'), 'the second size')
      assert.equal(await session.exitCode, 7)
    })

    it('ends the program of a session whose stream is destroyed', async () => {
      const file = join(folder, 'session-pid')
      const session = await host.open([
        'sh',
        '-c',
        `echo $$ > ${file}.new; mv ${file}.new ${file}; exec sleep 1000`,
      ])
      await until(() => existsSync(file), 'the program to run')
      session.stream.on('error', () => {})
      session.stream.destroy()
      const pid = Number(readFileSync(file, 'utf8'))
      await until(() => !isAlive(pid), 'the program to be gone')
    })

    it('ends a program that no longer reads when the caller gives up', async () => {
      const file = join(folder, 'deaf-pid')
      const given = new AbortController()
      const script = `exec <&-; echo $$ > ${file}.new; mv ${file}.new ${file}; sleep 1000 & wait`
      const session = await host.open(['sh', '-c', script], { signal: given.signal })
      const failed = once(session.stream, 'error')
      await until(() => existsSync(file), 'the program to run')
      session.stream.write('into nothing')
      given.abort(new Error('enough'))
      assert.match(String(await failed), /enough/)
      const pid = Number(readFileSync(file, 'utf8'))
      await until(() => !isAlive(pid), 'the program to be gone')
    })

    it('lets a program finish its work that has closed its output', async () => {
      const file = join(folder, 'finished')
      const session = await host.open(['sh', '-c', `exec >&- 2>&-; sleep 0.3; echo done > ${file}; exit 4`])
      session.stream.end()
      assert.equal(await text(session.stream), '')
      assert.equal(await session.exitCode, 4)
      assert.equal(readFileSync(file, 'utf8'), 'done\n')
    })
  })
}
