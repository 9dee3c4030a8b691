import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { FrozenMachine } from '../copies.ts'
import type { Provider } from '../provider.ts'
import { openSimInside, openSimProvider } from './index.ts'
import { enter, orderFor, SteppedClock, switchWith } from './sim-bench.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal
const clock = new SteppedClock()

let count = 0
async function newPark() {
  count += 1
  const options = { lab: `lab-${count}`, file: join(folder, `${count}`, 'simulation.json'), clock }
  const provider = await openSimProvider(options)
  return { options, provider, kept: join(folder, `${count}`, 'kept') }
}

async function running(name: string) {
  const park = await newPark()
  await park.provider.create(orderFor({ name }), signal)
  await park.provider.start(name, signal)
  clock.pass(1_000)
  return park
}

async function frozen({ provider, kept }: { provider: Provider; kept: string }, name: string) {
  const [machine] = (await provider.copies?.freeze({ folder: kept, machines: [name] }, signal)) ?? []
  assert.ok(machine)
  return { folder: join(kept, name), machine }
}

async function goneOn(
  provider: Provider,
  order: ReturnType<typeof orderFor>,
  from: {
    folder: string
    machine: FrozenMachine
  },
): Promise<void> {
  await provider.create({ ...order, frozen: from }, signal)
  await provider.start(order.machine.name, signal)
  await provider.copies?.resume([order.machine.name], signal)
}

async function said(provider: Provider, name: string, ...argv: string[]): Promise<string> {
  const inside = await enter(provider, name)
  const { stdout } = await inside.run(argv)
  await inside.close()
  return stdout.trim()
}

test('what is inside a hypervisor is kept with it: machines, switches, files and counters', async () => {
  const { options, provider, kept } = await newPark()
  const kvm = orderFor({ name: 'kvm', hypervisor: true })
  await provider.create(kvm, signal)
  await provider.start('kvm', signal)
  clock.pass(3_000)
  const inside = await openSimInside({ ...options, hypervisor: kvm.machine })
  await inside.putSwitch(switchWith('br0'), 'br0-1', signal)
  for (const [at, name] of ['one', 'two'].entries()) {
    const nics = [{ switchName: 'br0', portgroup: 'main', ip: `10.0.0.${at + 1}` }]
    await inside.create(orderFor({ name, inside: 'kvm', nics }), signal)
    await inside.start(name, signal)
  }
  clock.pass(1_000)
  await said(inside, 'one', 'sh', '-c', 'echo before > /tmp/memo')
  await said(inside, 'one', 'ping', '-c', '1', '10.0.0.2')
  const counted = await inside.stats(signal)
  assert.ok(counted.some(({ received }) => received > 0))
  const source = await frozen({ provider, kept }, 'kvm')
  await said(inside, 'one', 'sh', '-c', 'echo after > /tmp/memo')
  await inside.stop('two', 'power', signal)
  const other = await newPark()
  clock.pass(60_000)
  await goneOn(other.provider, kvm, source)
  const copied = await openSimInside({ ...other.options, hypervisor: kvm.machine })
  assert.equal(await said(copied, 'one', 'cat', '/tmp/memo'), 'before')
  assert.equal(await said(inside, 'one', 'cat', '/tmp/memo'), 'after')
  const states = async (level: Provider) => (await level.inspect(signal)).machines.map(({ state }) => state)
  assert.deepEqual(await states(copied), ['running', 'running'])
  assert.deepEqual(await states(inside), ['running', 'stopped'])
  assert.deepEqual(await copied.stats(signal), counted)
  assert.match(await said(copied, 'one', 'ping', '-c', '1', '10.0.0.2'), /1 packets received|1 received/)
  assert.notDeepEqual(await copied.stats(signal), counted)
})

test('a machine that stands still, and all inside it, has no time pass and cannot be reached', async () => {
  const { options, provider } = await newPark()
  const kvm = orderFor({ name: 'kvm', hypervisor: true })
  await provider.create(kvm, signal)
  await provider.start('kvm', signal)
  clock.pass(3_000)
  const inside = await openSimInside({ ...options, hypervisor: kvm.machine })
  await inside.create(orderFor({ name: 'crashes-later', inside: 'kvm' }), signal)
  await inside.start('crashes-later', signal)
  clock.pass(1_000)
  const uptime = () => said(provider, 'kvm', 'cat', '/proc/uptime')
  const before = await uptime()
  await provider.copies?.pause(['kvm'], signal)
  clock.pass(3_600_000)
  await assert.rejects(enter(provider, 'kvm'), { code: 'host-lost' })
  await assert.rejects(inside.inspect(signal), { code: 'hypervisor-lost' })
  await assert.rejects(openSimInside({ ...options, hypervisor: kvm.machine }), { code: 'hypervisor-lost' })
  await provider.copies?.resume(['kvm'], signal)
  assert.equal(await uptime(), before)
  // The level that was open before the pause is still the same run.
  assert.deepEqual((await inside.inspect(signal)).machines[0]?.state, 'running')
  clock.pass(30_000)
  assert.deepEqual((await inside.inspect(signal)).machines[0]?.state, 'crashed')
})

test('an open connection outlives a pause, and what is asked meanwhile is answered afterwards', async () => {
  const { provider } = await running('web')
  const inside = await enter(provider, 'web')
  await provider.copies?.pause(['web'], signal)
  const asked = inside.run(['hostname'])
  const first = await Promise.race([
    asked.then(() => 'answer'),
    new Promise((resolve) => setTimeout(resolve, 100, 'silence')),
  ])
  assert.equal(first, 'silence')
  await provider.copies?.resume(['web'], signal)
  assert.equal((await asked).stdout.trim(), 'web')
  await inside.close()
})

test('a connection to a machine does not outlive its being taken back', async () => {
  const { provider, kept } = await running('web')
  const source = await frozen({ provider, kept }, 'web')
  const inside = await enter(provider, 'web')
  await provider.remove('web', signal)
  await goneOn(provider, orderFor({ name: 'web' }), source)
  await assert.rejects(inside.run(['hostname']), { code: 'host-lost' })
  assert.equal(await said(provider, 'web', 'hostname'), 'web')
})

test('what is kept may be read by its owner only, and its record has no key of the lab', async () => {
  const { provider, kept } = await running('web')
  const { folder: own, machine } = await frozen({ provider, kept }, 'web')
  assert.equal((await stat(join(own, 'memory'))).mode & 0o777, 0o600)
  assert.doesNotMatch(JSON.stringify(machine), /host_key|PRIVATE KEY/)
})

test('memory that was changed since is refused, and the machine is not started', async () => {
  const { provider, kept } = await running('web')
  const source = await frozen({ provider, kept }, 'web')
  const file = join(source.folder, 'memory')
  await writeFile(file, (await readFile(file, 'utf8')).replace('"web"', '"wax"'))
  await provider.remove('web', signal)
  await assert.rejects(goneOn(provider, orderFor({ name: 'web' }), source), {
    code: 'frozen-missing',
    message: /not what was kept/,
  })
  assert.deepEqual((await provider.inspect(signal)).machines[0]?.state, 'created')
})

test('machines that run on QEMU do not go on here', async () => {
  const { provider, kept } = await running('web')
  const { folder: own, machine } = await frozen({ provider, kept }, 'web')
  const { memory } = machine
  assert.ok(memory)
  const foreign = { folder: own, machine: { ...machine, memory: { ...memory, accelerator: 'tcg' as const } } }
  assert.match((await provider.copies?.misfits([foreign], signal))?.join() ?? '', /ran on tcg/)
})

for (const name of ['disk-full', 'never-safe'] as const) {
  test(`${name} cannot be kept, and it and its neighbours run as before`, async () => {
    const { provider, kept } = await running(name)
    await provider.create(orderFor({ name: 'web' }), signal)
    await provider.start('web', signal)
    clock.pass(1_000)
    const both = { folder: kept, machines: ['web', name] }
    assert.ok(provider.copies)
    await assert.rejects(provider.copies.freeze(both, signal), {
      code: 'cannot-keep',
      message: new RegExp(name),
    })
    const { machines } = await provider.inspect(signal)
    assert.deepEqual(
      machines.map(({ state }) => state),
      ['running', 'running'],
    )
    assert.deepEqual(await readdir(kept), [])
    assert.equal(await said(provider, 'web', 'hostname'), 'web')
  })
}

test('unkeepable says beforehand that it cannot be kept', async () => {
  const { provider } = await running('unkeepable')
  const machines = ['web', 'unkeepable-2'].map((name) => orderFor({ name }).machine)
  const reasons = await provider.copies?.hindrances(machines, signal)
  assert.match(reasons?.join() ?? '', /^unkeepable-2 cannot be kept .*stop it first\.$/)
})

test('forgets loses what was kept of it', async () => {
  const { provider, kept } = await running('forgets')
  const source = await frozen({ provider, kept }, 'forgets')
  await provider.remove('forgets', signal)
  const again = goneOn(provider, orderFor({ name: 'forgets' }), source)
  await assert.rejects(again, { code: 'frozen-missing', message: /forgets/ })
})

test('never-wakes runs after it was taken back, and answers nobody until it boots', async () => {
  const { provider, kept } = await running('never-wakes')
  assert.equal(await said(provider, 'never-wakes', 'hostname'), 'never-wakes')
  const source = await frozen({ provider, kept }, 'never-wakes')
  await provider.remove('never-wakes', signal)
  await goneOn(provider, orderFor({ name: 'never-wakes' }), source)
  assert.deepEqual((await provider.inspect(signal)).machines[0]?.state, 'running')
  await assert.rejects(enter(provider, 'never-wakes'), { code: 'host-lost' })
  await provider.stop('never-wakes', 'power', signal)
  await provider.start('never-wakes', signal)
  clock.pass(1_000)
  assert.equal(await said(provider, 'never-wakes', 'hostname'), 'never-wakes')
})
