import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLocalHost } from '#host'
import { aliveFunction, runScript, words, writeScript } from './script.ts'

const host = openLocalHost()
const options = { doing: 'test scripts', signal: new AbortController().signal }

async function tempFolder(t: { after(clean: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nestlab-it's $(here) "))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('any bytes come through a script as they are, under any name, readable by their owner only', async (t) => {
  const folder = await tempFolder(t)
  const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index % 256)
  const path = join(folder, 'new', 'file')
  await runScript(host, writeScript(path, bytes), options)
  assert.deepEqual(new Uint8Array(await readFile(path)), bytes)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  await runScript(host, writeScript(path, ''), options)
  assert.equal((await readFile(path)).length, 0)
  assert.deepEqual(await readdir(join(folder, 'new')), ['file'])
})

test('a script ends at its first failing command and says what was being done', async () => {
  await assert.rejects(runScript(host, 'ls /nestlab-missing\necho still here >&2', options), {
    code: 'step-failed',
    message: /^Could not test scripts on this machine: .*nestlab-missing.*No such file/,
  })
})

test('a full disk is told apart from other trouble', async () => {
  await assert.rejects(runScript(host, 'base64 /proc/version > /dev/full', options), { code: 'no-space' })
})

test('a process counts as alive only when its command line names the pid file', async (t) => {
  const folder = await tempFolder(t)
  const mine = join(folder, 'mine.pid')
  const other = join(folder, 'other.pid')
  const script = (path: string) =>
    `${aliveFunction}\nif alive ${words(path)}; then echo yes; else echo no; fi`
  const ask = async (path: string) => (await runScript(host, script(path), options)).trim()
  const holder = await host.open(['sh', '-c', 'read line', 'sh', '-pidfile', mine])
  t.after(() => holder.stream.destroy())
  const { stdout } = await host.run([
    'pgrep',
    '-f',
    '-x',
    `sh -c read line sh -pidfile ${mine}`.replace(/[()$']/g, '.'),
  ])
  for (const path of [mine, other]) await writeFile(path, stdout)
  assert.deepEqual([await ask(mine), await ask(other)], ['yes', 'no'])
  await writeFile(mine, '')
  assert.equal(await ask(mine), 'no')
  await writeFile(mine, '1; rm -rf /\n')
  assert.equal(await ask(mine), 'no')
})
