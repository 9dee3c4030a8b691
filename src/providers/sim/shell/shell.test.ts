import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { guestOf } from '../guest-of.ts'
import { openSimProvider } from '../index.ts'
import { machineIn } from '../life.ts'
import { ParkFile } from '../park-file.ts'
import { programs } from '../programs/index.ts'
import { orderFor, SteppedClock } from '../sim-bench.ts'
import { Shell } from './shell.ts'
import { Input, Kept } from './streams.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal

let count = 0
async function guest() {
  count += 1
  const options = { lab: 'two', file: join(folder, `${count}`, 'simulation.json'), clock: new SteppedClock() }
  const provider = await openSimProvider(options)
  await provider.create(orderFor({ name: 'web' }), signal)
  await provider.start('web', signal)
  const park = new ParkFile(options.file, 'two')
  const place = { owner: '', name: 'web' }
  return guestOf(machineIn(await park.read(), place), place, { park, clock: options.clock, owner: '' })
}

const shared = await guest()

async function sh(text: string, input = '', on = shared) {
  const out = new Kept()
  const err = new Kept()
  const streams = { input: Input.of(input), out: out.sink, err: err.sink }
  const code = await new Shell({ guest: on, programs }, signal).run(text, streams)
  return { code, out: out.bytes().toString(), err: err.bytes().toString() }
}

const realSh = promisify(execFile)
const lines = (await readFile(join(import.meta.dirname, 'lines.txt'), 'utf8')).split('\n').filter(Boolean)

async function answerOfRealSh(text: string) {
  const env = { PATH: process.env.PATH ?? '' }
  return realSh('/bin/sh', ['-c', text], { env, cwd: '/' }).then(
    ({ stdout }) => ({ out: stdout, code: 0 }),
    ({ stdout, code }: { stdout: string; code: number }) => ({ out: stdout, code }),
  )
}

for (const text of lines) {
  test(`the simulated shell answers as a real one: ${text}`, async () => {
    const { out, code } = await sh(text)
    assert.deepEqual({ out, code }, await answerOfRealSh(text))
  })
}

test('a command that a guest does not have ends with 127 and its name on stderr', async () => {
  assert.deepEqual(await sh('frobnicate --now'), { code: 127, out: '', err: 'sh: frobnicate: not found\n' })
  assert.equal((await sh('constructor')).code, 127)
  assert.equal((await sh('__proto__')).code, 127)
})

test('what the simulated shell cannot read ends with 2 and says where', async () => {
  for (const text of [
    'echo `x`',
    "echo 'open",
    'echo "open',
    'if true; then',
    'a & b',
    'cat <<E',
    ')',
    'x=$(',
    '$' + '{!x}',
  ]) {
    const { code, err } = await sh(text)
    assert.equal(code, 2, text)
    assert.match(err, /^sh: unexpected .*this shell is simulated/)
  }
})

test('text nested without end is refused instead of breaking anything', async () => {
  assert.match((await sh('$('.repeat(10_000))).err, /nested too deeply/)
  assert.match((await sh('{ '.repeat(10_000))).err, /nested too deeply/)
  assert.match((await sh('"${x:-'.repeat(10_000))).err, /nested too deeply|unexpected/)
  assert.match((await sh('f() { f; }; f')).err, /too deeply/)
})

test('a command that would fill the memory is ended', async () => {
  assert.match((await sh('x=xxxxxxxx; while :; do x=$x$x; done')).err, /value too long/)
  assert.match(
    (await sh('while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done | cat')).err,
    /too much output/,
  )
})

test('a pattern that is none is refused', async () => {
  assert.match((await sh('case x in [z-a]) echo;; esac')).err, /bad pattern/)
})

test('a loop without end leaves when its connection is gone', async () => {
  const gone = new AbortController()
  const kept = new Kept()
  const shell = new Shell({ guest: shared, programs }, gone.signal)
  const running = shell.run('while true; do :; done', {
    input: Input.empty(),
    out: kept.sink,
    err: kept.sink,
  })
  setImmediate(() => gone.abort())
  await assert.rejects(running, { name: 'AbortError' })
})

test('files that are written stay until the machine stops', async () => {
  const own = await guest()
  await sh(
    'mkdir -p /tmp/a/b && echo one > /tmp/a/b/f && echo two >> /tmp/a/b/f && cp /tmp/a/b/f /tmp/g',
    '',
    own,
  )
  assert.equal(
    (await sh('cat /tmp/a/b/f; ls /tmp/a; rm -r /tmp/a; ls /tmp', '', own)).out,
    'one\ntwo\nb\ng\n',
  )
  assert.equal((await sh('cat > /tmp/in; wc -c < /tmp/in', 'typed', own)).out, '5\n')
  assert.equal((await sh('echo x > /none/f', '', own)).code, 1)
  assert.equal((await sh('rm -rf /etc; cat /etc/hostname', '', own)).out, 'web\n')
})

test('files that outgrow the room of a guest are refused as on a full disk', async () => {
  const own = await guest()
  const { code, err } = await sh('cat > /tmp/big', 'x'.repeat(300_000), own)
  assert.deepEqual({ code, err }, { code: 1, err: 'sh: write error: No space left on device\n' })
})

test('a guest tells its name, its links and its uptime as Linux does', async () => {
  assert.match((await sh('uname -a')).out, /^Linux web 6\.1\.0-simulated /)
  assert.match((await sh('ip addr show dev ctl0')).out, /inet 10\.0\.2\.15\/24 scope global ctl0/)
  assert.equal((await sh('cat /sys/class/net/ctl0/address')).out, '52:54:00:fe:fe:01\n')
  assert.match((await sh('cat /proc/uptime')).out, /^\d+\.\d\d \d+\.\d\d\n$/)
  assert.equal((await sh('ip -j link show nope')).code, 1)
})
