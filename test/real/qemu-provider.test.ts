/** The QEMU provider with real QEMU processes and a real switch process. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Boot, LabSwitch } from '#lab'
import type { Provider } from '#providers'
import { addImage, openBench, orderOf, signal, until } from './qemu-bench.ts'
import './alone.ts'

const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' } as const
const vSwitch0: LabSwitch = {
  name: 'vSwitch0',
  kind: 'standard',
  mtu: 1500,
  uplinks: [],
  portgroups: [{ name: 'lan', vlan: { mode: 'none' }, security }],
}
/** Without anything to boot, a PC stays in its firmware. */
const noBoot: Boot = { disks: [], settings: '' }

const order = (name: string, boot = noBoot) =>
  orderOf(name, boot, { switchName: 'vSwitch0', portgroup: 'lan' })

async function bench(t: TestContext) {
  const opened = await openBench()
  t.after(opened.close)
  return opened
}

const stateOf = async (provider: Provider, name: string) =>
  (await provider.inspect(signal)).machines.find((machine) => machine.name === name)?.state

async function pidOf(provider: Provider, name: string): Promise<number> {
  const { machines } = await provider.inspect(signal)
  const pid = machines.find((machine) => machine.name === name)?.pid
  assert.ok(pid)
  return pid
}

const argvOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')

test('a machine is created, starts, stops and goes without a trace', async (t) => {
  const { provider, level, roots } = await bench(t)
  assert.deepEqual(await provider.inspect(signal), { machines: [], switches: [] })
  await provider.putSwitch(vSwitch0, 's1', signal)
  await provider.create(order('a'), signal)
  await provider.create(order('a'), signal)
  assert.equal(await stateOf(provider, 'a'), 'created')
  await provider.start('a', signal)
  const seen = await provider.inspect(signal)
  assert.deepEqual(seen.switches, [{ name: 'vSwitch0', digest: 's1', alive: true }])
  assert.deepEqual(
    seen.machines.map(({ name, state, digest, accelerator }) => ({ name, state, digest, accelerator })),
    [{ name: 'a', state: 'running', digest: 'd1', accelerator: 'tcg' }],
  )
  await until('the switch has dialled', async () => (await provider.stats(signal))[0]?.connected === true)
  await provider.stop('a', 'power', signal)
  assert.equal(await stateOf(provider, 'a'), 'stopped')
  await provider.start('a', signal)
  await provider.remove('a', signal)
  await provider.remove('a', signal)
  await provider.dropSwitch('vSwitch0', signal)
  const removed = await provider.clear(signal)
  assert.ok(removed.includes('switch process of demo'))
  assert.deepEqual(await provider.inspect(signal), { machines: [], switches: [] })
  assert.deepEqual([await readdir(join(roots.state, 'labs')), await readdir(roots.run)], [[], []])
  await assert.rejects(stat(level.state))
})

test('a second start of a running machine changes nothing', async (t) => {
  const { provider, again } = await bench(t)
  await provider.create(order('a'), signal)
  await provider.start('a', signal)
  const pid = await pidOf(provider, 'a')
  await again().start('a', signal)
  assert.equal(await pidOf(again(), 'a'), pid)
})

test('a killed machine is seen as crashed, starts again, and can be removed', async (t) => {
  const { provider, again } = await bench(t)
  await provider.create(order('a'), signal)
  await provider.start('a', signal)
  process.kill(await pidOf(provider, 'a'), 'SIGKILL')
  await until('it is seen', async () => (await stateOf(again(), 'a')) === 'crashed')
  await again().start('a', signal)
  process.kill(await pidOf(provider, 'a'), 'SIGKILL')
  await provider.remove('a', signal)
  assert.equal(await stateOf(provider, 'a'), undefined)
})

test('the process number of a dead machine, given to another program, is not taken for the machine', async (t) => {
  const { provider, paths } = await bench(t)
  await provider.create(order('a'), signal)
  await writeFile(paths('a').pid, `${process.pid}\n`)
  assert.equal(await stateOf(provider, 'a'), 'crashed')
  await provider.stop('a', 'power', signal)
  assert.notEqual(await stateOf(provider, 'a'), 'running')
})

test('a killed switch process is seen, and the next put of the switch reconnects running machines', async (t) => {
  const { provider, again, level } = await bench(t)
  await provider.putSwitch(vSwitch0, 's1', signal)
  await provider.create(order('a'), signal)
  await provider.start('a', signal)
  const { pid } = JSON.parse(readFileSync(level.switchPid, 'utf8'))
  process.kill(pid, 'SIGKILL')
  await until('it is seen', async () => (await again().inspect(signal)).switches[0]?.alive === false)
  await again().putSwitch(vSwitch0, 's1', signal)
  await until('it is connected', async () => (await provider.stats(signal))[0]?.connected === true)
})

test('a port that is taken is given up for another one', async (t) => {
  const { provider, again } = await bench(t)
  const server = createServer().listen({ host: '127.0.0.1', port: 20_000 })
  t.after(() => server.close())
  await provider.create(order('a'), signal)
  const numbers = [0, 0, 0.5]
  await again(() => numbers.shift() ?? 0.25).start('a', signal)
  const argv = argvOf(await pidOf(provider, 'a'))
  assert.ok(argv.some((word) => word.includes('hostfwd=tcp:127.0.0.1:25000-:22')))
})

test('what QEMU says when it refuses to start is the reason of the failure', async (t) => {
  const { provider, images } = await bench(t)
  const image = await addImage(images, 'kernel', 'not a kernel')
  await provider.create(order('a', { ...noBoot, kernel: { image, file: 'kernel' } }), signal)
  await assert.rejects(provider.start('a', signal), {
    code: 'qemu-refused',
    message: /invalid kernel header|kernel/,
  })
  assert.notEqual(await stateOf(provider, 'a'), 'running')
})

test('a creation that fails leaves nothing', async (t) => {
  const { provider, level, images } = await bench(t)
  const image = 'b'.repeat(64)
  const overlay = {
    kind: 'image',
    source: { image, file: 'disk.img' },
    format: 'qcow2',
    overlay: true,
  } as const
  const wanted = order('a', { ...noBoot, disks: [overlay] })
  await assert.rejects(provider.create(wanted, signal), { code: 'image-missing' })
  await mkdir(join(images, image), { recursive: true })
  await writeFile(join(images, image, 'disk.img'), 'not a qcow2 file')
  await assert.rejects(provider.create(wanted, signal), { code: 'step-failed', message: /create machine a/ })
  assert.deepEqual(await readdir(level.machines).catch(() => []), [])
})

test('a machine that was made from another description is not replaced', async (t) => {
  const { provider } = await bench(t)
  await provider.create(order('a'), signal)
  await assert.rejects(provider.create({ ...order('a'), digest: 'd2' }, signal), { code: 'machine-exists' })
})

test('a damaged record is listed, refused by name, and removable', async (t) => {
  const { provider, paths } = await bench(t)
  await provider.create(order('a'), signal)
  await provider.create(order('b'), signal)
  await writeFile(paths('a').record, '{"version":1,"dig')
  const digests = (await provider.inspect(signal)).machines.map(({ name, digest }) => [name, digest])
  assert.deepEqual(digests, [
    ['a', 'damaged'],
    ['b', 'd1'],
  ])
  const expected = { code: 'machine-damaged', message: /The record of machine a is damaged/ }
  await assert.rejects(provider.start('a', signal), expected)
  await assert.rejects(provider.create(order('a'), signal), expected)
  await provider.remove('a', signal)
  assert.equal(await stateOf(provider, 'a'), undefined)
})

test('disks, settings and half-made folders of a killed creation', async (t) => {
  const { provider, images, paths, level } = await bench(t)
  const image = await addImage(images, 'disk.img', Buffer.alloc(1 << 20))
  await mkdir(join(level.machines, '.new-a', 'rubbish'), { recursive: true })
  const source = { image, file: 'disk.img' }
  const boot: Boot = {
    settings: `hostname=a\nhost_key='$(touch ${images}/pwned)'\n`,
    disks: [
      { kind: 'image', source, format: 'raw', overlay: true },
      { kind: 'made', content: Buffer.alloc(4096, 0xfe), serial: 'seed' },
      { kind: 'library', source },
    ],
  }
  await provider.create(order('a', boot), signal)
  assert.deepEqual((await readdir(level.machines)).sort(), ['a'])
  assert.deepEqual((await readdir(paths('a').state)).sort(), ['disk0', 'disk1', 'machine.json', 'settings'])
  assert.equal(readFileSync(paths('a').settings, 'utf8'), boot.settings)
  assert.equal((await stat(paths('a').settings)).mode & 0o777, 0o600)
  assert.deepEqual(readFileSync(paths('a').disk(1)), Buffer.alloc(4096, 0xfe))
  assert.deepEqual(await readdir(images), [image])
  assert.ok(!readFileSync(paths('a').record, 'utf8').includes('pwned'))
  await provider.start('a', signal)
  assert.equal(await stateOf(provider, 'a'), 'running')
})

test('console, monitor and control port of a running machine answer', async (t) => {
  const { provider } = await bench(t)
  await provider.create(order('a'), signal)
  await assert.rejects(provider.access('a'), { code: 'machine-not-running' })
  await provider.start('a', signal)
  const access = await provider.access('a')
  for (const stream of [await access.control(signal), await access.console(signal)]) stream.destroy()
  assert.equal(await provider.consoleTail('a', 100), '')
  await provider.stop('a', 'button', signal)
  assert.equal(await stateOf(provider, 'a'), 'running')
})

test('many machines are created and started at once', async (t) => {
  const { provider } = await bench(t)
  await provider.putSwitch(vSwitch0, 's1', signal)
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(
    names.map(async (name) => {
      await provider.create(order(name), signal)
      await provider.start(name, signal)
    }),
  )
  const connected = async () => (await provider.stats(signal)).filter((port) => port.connected).length
  await until('all are connected', async () => (await connected()) === names.length)
})

test('sockets are not put into a folder that belongs to somebody else', async (t) => {
  const { provider, roots, paths } = await bench(t)
  await provider.create(order('a'), signal)
  await mkdir(`${roots.run}-theirs`)
  await symlink(`${roots.run}-theirs`, roots.run)
  await assert.rejects(provider.start('a', signal), { code: 'folder-not-ours' })
  assert.equal(await stateOf(provider, 'a'), 'created')
  await assert.rejects(stat(paths('a').pid))
})

test('what a killed command left half made is taken away by clear', async (t) => {
  const { provider, level } = await bench(t)
  await mkdir(join(level.machines, '.new-a'), { recursive: true })
  await mkdir(join(level.machines, '.old-b'), { recursive: true })
  await mkdir(level.switches, { recursive: true })
  await writeFile(join(level.switches, 'lan.json.new'), '{')
  assert.deepEqual(await provider.inspect(signal), { machines: [], switches: [] })
  assert.equal((await provider.clear(signal)).length, 5)
  await assert.rejects(stat(level.state))
})
