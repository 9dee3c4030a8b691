/** What every host promises, asked of this machine and of real SSH servers. */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Host } from './host.ts'
import { coded, PLACES } from './testing/places.ts'
import { isAlive, until } from './testing/processes.ts'

for (const place of PLACES) {
  describe(`A host ${place.name}`, { skip: place.skip ?? false }, () => {
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

    it('gives back what a program wrote and how it ended', async () => {
      const finished = await host.run(['sh', '-c', 'echo out; echo err >&2; exit 3'])
      assert.deepEqual(finished, { code: 3, stdout: 'out\n', stderr: 'err\n' })
    })

    it('passes arguments through as they are, with no shell in between', async () => {
      const strange = [
        '',
        ' ',
        "it's",
        '"',
        '$HOME',
        '`id`',
        '\\',
        '*',
        '~',
        '!x',
        ';ls',
        'a\nb',
        '-n',
        '€',
        '--',
      ]
      const { stdout } = await host.run(['printf', '<%s>', ...strange])
      assert.equal(stdout, strange.map((text) => `<${text}>`).join(''))
    })

    it('takes commands longer than one SSH request may be', async () => {
      const long = `${"'x y\n".repeat(4000)}end`
      const { stdout } = await host.run(['sh', '-c', 'printf %s "$1"; cat', 'sh', long], { stdin: '\nrest' })
      assert.equal(stdout, `${long}\nrest`)
    })

    it('answers a program killed by a signal with 128 and its number', async () => {
      assert.equal((await host.run(['sh', '-c', 'kill -TERM $$'])).code, 143)
      assert.equal((await host.run(['sh', '-c', 'kill -KILL $$'])).code, 137)
    })

    it('rejects a program that does not exist, and passes on an exit code 127 of one that does', async () => {
      await assert.rejects(host.run(['no-such-program-here']), coded('cannot-start'))
      await assert.rejects(host.run(['/no/such/program']), coded('cannot-start'))
      assert.equal((await host.run(['sh', '-c', 'exit 127'])).code, 127)
    })

    it('refuses an empty command and a NUL character', async () => {
      await assert.rejects(host.run([]), coded('argument-not-usable'))
      await assert.rejects(host.run(['echo', 'a\0b']), coded('argument-not-usable'))
    })

    it('gives a program any bytes on stdin', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 * 1000 }, (_, index) => index % 256))
      const { stdout } = await host.run(['sha256sum'], { stdin: bytes })
      const { createHash } = await import('node:crypto')
      assert.equal(stdout.split(' ')[0], createHash('sha256').update(bytes).digest('hex'))
    })

    it('does not mind a program that leaves its stdin unread', async () => {
      assert.equal((await host.run(['true'], { stdin: Buffer.alloc(3_000_000) })).code, 0)
    })

    it('kills a program and its children when the time is over', async () => {
      const file = join(folder, 'limit-pids')
      const script = `sleep 1000 & echo $! $$ > ${file}; wait`
      await assert.rejects(host.run(['sh', '-c', script], { limitMs: 1500 }), coded('took-too-long'))
      const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number)
      assert.equal(pids.length, 2)
      for (const pid of pids) await until(() => !isAlive(pid), `process ${pid} to be gone`)
    })

    it('kills a program and its children when the caller gives up', async () => {
      const file = join(folder, 'abort-pids')
      const given = new AbortController()
      const script = `sleep 1000 & echo $! $$ > ${file}.new; mv ${file}.new ${file}; wait`
      const running = host.run(['sh', '-c', script], { signal: given.signal })
      const rejected = assert.rejects(running, /enough/)
      await until(() => existsSync(file), 'the program to run')
      given.abort(new Error('enough'))
      await rejected
      for (const pid of readFileSync(file, 'utf8').trim().split(' ').map(Number))
        await until(() => !isAlive(pid), `process ${pid} to be gone`)
    })

    it('starts nothing when the caller had given up before', async () => {
      const file = join(folder, 'never')
      await assert.rejects(
        host.run(['touch', file], { signal: AbortSignal.abort(new Error('before')) }),
        /before/,
      )
      assert.equal(existsSync(file), false)
    })

    it('stops a program that writes without end', async () => {
      await assert.rejects(host.run(['yes']), coded('output-too-large'))
    })

    it('runs a hundred programs at once', async () => {
      const numbers = Array.from({ length: 100 }, (_, index) => String(index))
      const answers = await Promise.all(numbers.map((number) => host.run(['echo', number])))
      assert.deepEqual(
        answers.map((answer) => answer.stdout.trim()),
        numbers,
      )
    })

    it('reads a file byte for byte, and says when there is none', async () => {
      const path = join(folder, "it's a file")
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
      writeFileSync(path, bytes)
      assert.deepEqual(Buffer.from(await host.readFile(path)), bytes)
      await assert.rejects(host.readFile(join(folder, 'nothing')), coded('no-such-file'))
      await assert.rejects(host.readFile(folder), coded('file-trouble'))
    })

    it('reads files of /proc, whose size nobody knows', async () => {
      assert.match(Buffer.from(await host.readFile('/proc/cpuinfo')).toString(), /processor/)
    })

    it('reads the last bytes of a file, whole characters only', async () => {
      const path = join(folder, 'tail')
      writeFileSync(path, 'first line\n€€€')
      assert.equal(await host.readTail(path, 9), '€€€')
      assert.equal(await host.readTail(path, 8), '€€')
      assert.equal(await host.readTail(path, 1000), 'first line\n€€€')
      assert.equal(await host.readTail(join(folder, 'nothing'), 10), '')
    })

    it('writes a file whole, with exactly the mode asked for, making its folders', async () => {
      const path = join(folder, 'new', "folder's", 'file')
      await host.writeFile(path, 'secret')
      assert.equal(readFileSync(path, 'utf8'), 'secret')
      assert.equal(statSync(path).mode & 0o777, 0o600)
      await host.writeFile(path, new Uint8Array([0, 255, 10]), 0o755)
      assert.deepEqual([...readFileSync(path)], [0, 255, 10])
      assert.equal(statSync(path).mode & 0o777, 0o755)
      assert.deepEqual(readdirSync(join(folder, 'new', "folder's")), ['file'])
    })

    it('writes an empty file', async () => {
      await host.writeFile(join(folder, 'empty'), '')
      assert.equal(statSync(join(folder, 'empty')).size, 0)
    })

    it('leaves nothing behind where it cannot write', async () => {
      const target = join(folder, 'a-folder')
      mkdirSync(target)
      await assert.rejects(host.writeFile(target, 'x'), coded('file-trouble'))
      await assert.rejects(host.writeFile('/proc/nothing/here', 'x'), coded('file-trouble'))
      assert.deepEqual(readdirSync(target), [])
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('.nestlab')),
        [],
      )
    })

    it('removes a file, a folder with all in it, and nothing', async () => {
      const target = join(folder, 'to remove', 'deep')
      mkdirSync(target, { recursive: true })
      writeFileSync(join(target, 'file'), '')
      await host.remove(join(folder, 'to remove'))
      assert.equal(existsSync(join(folder, 'to remove')), false)
      await host.remove(join(folder, 'to remove'))
    })

    it('refuses relative paths and the root folder', async () => {
      await assert.rejects(host.remove('/'), coded('path-not-usable'))
      await assert.rejects(host.remove('/x/..'), coded('path-not-usable'))
      await assert.rejects(host.readFile('etc/passwd'), coded('path-not-usable'))
      await assert.rejects(host.writeFile('/etc/a\0b', ''), coded('path-not-usable'))
    })
  })
}
