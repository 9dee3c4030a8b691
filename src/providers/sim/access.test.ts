import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import { connectSsh } from '#host'
import { openSimProvider } from './index.ts'
import { makeKeyPair } from './key-pair.ts'
import { enter, labKeys, orderFor, SteppedClock } from './sim-bench.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal

let count = 0
async function running(passMs = 1_000) {
  count += 1
  const clock = new SteppedClock()
  const options = { lab: 'two', file: join(folder, `${count}`, 'simulation.json'), clock }
  const provider = await openSimProvider(options)
  await provider.create(orderFor({ name: 'web' }), signal)
  await provider.start('web', signal)
  clock.pass(passMs)
  return { clock, options, provider, access: await provider.access('web') }
}

/** What a stream has said, waited for by a pattern. */
function listen(stream: Duplex) {
  let said = ''
  stream.on('data', (chunk: Buffer) => {
    said += chunk
    stream.emit('heard')
  })
  return {
    async until(pattern: RegExp): Promise<string> {
      while (!pattern.test(said)) await once(stream, 'heard')
      const before = said
      said = ''
      return before
    },
  }
}

test('the console prints the boot as time passes and then a shell without a login', async () => {
  const { clock, access } = await running(0)
  const console = await access.console()
  const heard = listen(console)
  clock.pass(300)
  assert.match(await heard.until(/smp:.*\r\n/), /^\[ {4}0\.100000\] Memory: 98304K available\r\n/)
  clock.pass(700)
  await heard.until(/web is up\..*web:~# $/s)
  console.write('hostnamx\x7fe\r')
  assert.equal(await heard.until(/# $/), 'hostnamx\b \be\r\nweb\r\nweb:~# ')
  console.write('echo half\x03')
  assert.match(await heard.until(/\^C\r\nweb:~# $/), /echo half/)
  console.destroy()
})

test('Ctrl-C ends the command that runs on the console, and typing ahead is not lost', async () => {
  const { access } = await running()
  const console = await access.console()
  const heard = listen(console)
  await heard.until(/# $/)
  console.write('while true; do sleep 1; done\r')
  await heard.until(/\r\n$/)
  console.write('\x03echo next\r')
  assert.match(await heard.until(/next\r\nweb:~# $/), /echo next\r\nnext/)
  console.destroy()
})

test('exit on the console brings the next shell, as a serial line has no end', async () => {
  const { access } = await running()
  const console = await access.console()
  const heard = listen(console)
  await heard.until(/# $/)
  console.write('exit\r')
  assert.equal(await heard.until(/# $/), 'exit\r\nweb:~# ')
  console.destroy()
})

test('console and connections close when the machine is switched off', async () => {
  const { access, provider } = await running()
  const console = await access.console()
  console.resume()
  const inside = await enter(provider, 'web')
  const gone = once(console, 'close')
  await provider.stop('web', 'power', signal)
  await gone
  await assert.rejects(inside.run(['true']), { code: 'host-lost' })
})

test('a reboot ends connections and the guest answers again after its boot time', async () => {
  const { clock, provider } = await running()
  const inside = await enter(provider, 'web')
  assert.equal((await inside.run(['sh', '-c', 'echo x > /tmp/x && reboot'])).code, 0)
  clock.pass(600)
  await assert.rejects(inside.run(['true']), { code: 'host-lost' })
  await assert.rejects(enter(provider, 'web'), { code: 'host-lost' })
  clock.pass(1_000)
  const again = await enter(provider, 'web')
  assert.equal((await again.run(['test', '-e', '/tmp/x'])).code, 1)
  assert.match((await again.run(['cat', '/proc/uptime'])).stdout, /^1\.10 /)
  await again.close()
})

test('a guest lets in only the key of its lab, and only as root', async () => {
  const { access } = await running()
  const stranger = makeKeyPair()
  const enterAs = (username: string, privateKey: string) =>
    connectSsh({
      name: 'web',
      stream: (one) => access.control(one),
      username,
      privateKey,
      hostPublicKey: labKeys.hostPublic,
      readyLimitMs: 10_000,
    })
  await assert.rejects(enterAs('root', stranger.private), { code: 'login-refused' })
  await assert.rejects(enterAs('admin', labKeys.clientPrivate), { code: 'login-refused' })
  await (await enterAs('root', labKeys.clientPrivate)).close()
})

const terminal = { columns: 80, rows: 24, type: 'xterm' }

test('a shell on a terminal prompts, echoes and ends with the exit code of its last command', async () => {
  const { provider } = await running()
  const inside = await enter(provider, 'web')
  const session = await inside.open(['/bin/sh', '-l'], { terminal })
  const heard = listen(session.stream)
  await heard.until(/^web:~# $/)
  session.stream.write('hostname\r')
  assert.equal(await heard.until(/# $/), 'hostname\r\nweb\r\nweb:~# ')
  session.stream.write('exit 3\r')
  assert.equal(await session.exitCode, 3)
  await inside.close()
})

test('Ctrl-C on a terminal ends a ping, which then says what it counted', async () => {
  const { provider } = await running()
  const inside = await enter(provider, 'web')
  const session = await inside.open(['ping', '127.0.0.1'], { terminal })
  const heard = listen(session.stream)
  await heard.until(/seq=1 /)
  session.stream.write('\x03')
  assert.match(await heard.until(/round-trip/), /packets received, 0% packet loss/)
  assert.equal(await session.exitCode, 0)
  await inside.close()
})

test('files go into a guest and come back whole', async () => {
  const { provider } = await running()
  const inside = await enter(provider, 'web')
  const content = Uint8Array.from({ length: 1000 }, (_, at) => at % 256)
  await inside.writeFile("/tmp/it's here/a file", content)
  assert.deepEqual(new Uint8Array(await inside.readFile("/tmp/it's here/a file")), content)
  assert.equal(await inside.readTail('/none', 10), '')
  await assert.rejects(inside.readFile('/none'), { code: 'no-such-file' })
  await inside.remove("/tmp/it's here")
  await assert.rejects(inside.readFile("/tmp/it's here/a file"), { code: 'no-such-file' })
  await inside.close()
})
