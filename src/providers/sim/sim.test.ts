import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import ssh2 from 'ssh2'
import { openSimInside, openSimProvider } from './index.ts'
import { boardSwitch, labKeys, orderFor, SteppedClock } from './sim-bench.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal

let count = 0
async function park() {
  count += 1
  const clock = new SteppedClock()
  const options = { lab: 'two', file: join(folder, `${count}`, 'simulation.json'), clock }
  const provider = await openSimProvider(options)
  await provider.putSwitch(boardSwitch, 'switch-1', signal)
  return { clock, options, provider }
}

interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function exec(stream: Duplex, command: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('error', reject)
    client.on('ready', () =>
      client.exec(command, (problem, channel) => {
        if (problem) return reject(problem)
        let stdout = ''
        let stderr = ''
        channel.on('data', (chunk: Buffer) => {
          stdout += chunk
        })
        channel.stderr.on('data', (chunk: Buffer) => {
          stderr += chunk
        })
        channel.on('close', (code: number) => {
          client.end()
          resolve({ code, stdout, stderr })
        })
      }),
    )
    client.connect({ sock: stream, username: 'root', privateKey: labKeys.clientPrivate })
  })
}

test('a simulated guest answers over real SSH once its boot time has passed', async () => {
  const { clock, provider } = await park()
  await provider.create(orderFor({ name: 'web' }), signal)
  await provider.start('web', signal)
  const access = await provider.access('web')
  assert.equal((await access.control()).destroyed, true)
  clock.pass(1_000)
  assert.deepEqual(await exec(await access.control(), 'hostname && uname -r'), {
    code: 0,
    stdout: 'web\n6.1.0-simulated\n',
    stderr: '',
  })
  const unknown = await exec(await access.control(), 'frobnicate')
  assert.equal(unknown.code, 127)
})

test('what runs inside a simulated hypervisor is gone when the hypervisor is switched off', async () => {
  const { clock, options, provider } = await park()
  await provider.create(orderFor({ name: 'kvm', hypervisor: true }), signal)
  await provider.start('kvm', signal)
  await assert.rejects(openSimInside({ ...options, hypervisor: { path: 'kvm' } }), {
    code: 'hypervisor-lost',
  })
  clock.pass(3_000)
  const inside = await openSimInside({ ...options, hypervisor: { path: 'kvm' } })
  await inside.putSwitch(boardSwitch, 'switch-1', signal)
  await inside.create(orderFor({ name: 'web', inside: 'kvm' }), signal)
  await inside.start('web', signal)
  clock.pass(1_000)
  assert.equal(
    (await exec(await (await inside.access('web')).control(), 'cat /etc/hostname')).stdout,
    'web\n',
  )
  await provider.stop('kvm', 'power', signal)
  await provider.start('kvm', signal)
  clock.pass(3_000)
  await assert.rejects(inside.inspect(signal), { code: 'hypervisor-lost' })
  const again = await openSimInside({ ...options, hypervisor: { path: 'kvm' } })
  assert.deepEqual(await again.inspect(signal), { machines: [], switches: [] })
})
