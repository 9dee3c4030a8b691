import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openSimInside, openSimProvider } from './index.ts'
import { enter, orderFor, SteppedClock, switchWith } from './sim-bench.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal
const nics = [{ switchName: 'board', portgroup: 'main', ip: '10.0.10.1' }]

let count = 0
async function park() {
  count += 1
  const clock = new SteppedClock()
  const options = { lab: 'two', file: join(folder, `${count}`, 'simulation.json'), clock }
  const provider = await openSimProvider(options)
  await provider.putSwitch(switchWith('board'), 'board-1', signal)
  return { clock, options, provider }
}

async function started(name: string) {
  const made = await park()
  await made.provider.create(orderFor({ name, nics }), signal)
  await made.provider.start(name, signal)
  return made
}

test('a simulated guest answers over real SSH once its boot time has passed', async () => {
  const { clock, provider } = await started('web')
  await assert.rejects(enter(provider, 'web'), { code: 'host-lost' })
  clock.pass(1_000)
  const inside = await enter(provider, 'web')
  assert.equal((await inside.run(['hostname'])).stdout, 'web\n')
  await inside.close()
})

test('what runs inside a simulated hypervisor is gone when the hypervisor is switched off', async () => {
  const { clock, options, provider } = await park()
  const inKvm = { ...options, hypervisor: { path: 'kvm' } }
  await provider.create(orderFor({ name: 'kvm', hypervisor: true }), signal)
  await provider.start('kvm', signal)
  await assert.rejects(openSimInside(inKvm), { code: 'hypervisor-lost' })
  clock.pass(3_000)
  const inside = await openSimInside(inKvm)
  await inside.putSwitch(switchWith('board'), 'board-1', signal)
  await inside.create(orderFor({ name: 'web', inside: 'kvm', nics }), signal)
  await inside.start('web', signal)
  clock.pass(1_000)
  const web = await enter(inside, 'web')
  assert.equal((await web.run(['cat', '/etc/hostname'])).stdout, 'web\n')
  await provider.stop('kvm', 'power', signal)
  await assert.rejects(web.run(['hostname']), { code: 'host-lost' })
  await provider.start('kvm', signal)
  clock.pass(3_000)
  await assert.rejects(inside.inspect(signal), { code: 'hypervisor-lost' })
  const again = await openSimInside(inKvm)
  assert.deepEqual(await again.inspect(signal), { machines: [], switches: [] })
})
