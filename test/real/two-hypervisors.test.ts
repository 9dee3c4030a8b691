/** The main job on real machines: two hypervisors, a machine inside each, frames across three switches. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LabStatus, LevelStats } from '#engine'
import { labFile, leftovers, nestlab, succeed } from './command.ts'
import './alone.ts'

const example = fileURLToPath(new URL('../../examples/two-hypervisors.lab.yaml', import.meta.url))
const name = 'test-two'

async function status(): Promise<LabStatus> {
  return JSON.parse(await succeed(['status', '--lab', name, '--json'])) as LabStatus
}

/** The address of `path` on the lab's own network, as the guest itself reports it. */
async function addressOf(path: string): Promise<string> {
  const machine = (await status()).machines.find((one) => one.path === path)
  const address = machine?.addresses.find((one) => one.startsWith('10.0.10.'))
  assert.ok(address, `${path} reports no address in 10.0.10.0/24`)
  return address.split('/')[0] ?? ''
}

async function ping(from: string, to: string): Promise<number | null> {
  return (await nestlab(['exec', '--lab', name, from, '--', 'ping', '-c', '3', '-W', '2', to])).code
}

test('two hypervisors with a machine inside each come up from one file and talk through three switches', async (t) => {
  const text = (await readFile(example, 'utf8')).replace('name: two-hypervisors', `name: ${name}`)
  await using lab = await labFile(name, text)
  await succeed(['up', '-f', lab.file])
  const target = await addressOf('kvm-2/web')

  await t.test('every machine at every level is ready and names its accelerator', async () => {
    const { machines } = await status()
    assert.deepEqual(
      machines.map((one) => [one.path, one.level, one.state]),
      [
        ['kvm-1', 1, 'ready'],
        ['kvm-1/web', 2, 'ready'],
        ['kvm-2', 1, 'ready'],
        ['kvm-2/web', 2, 'ready'],
      ],
    )
    assert.equal(machines[1]?.accelerator, 'kvm', 'the inner machine runs on the hypervisor’s own KVM')
    assert.equal(machines[1]?.hostname, 'web')
  })

  await t.test('an inner machine reaches the one inside the other hypervisor', async () => {
    assert.equal(await ping('kvm-1/web', target), 0)
  })

  await t.test(
    'rejecting promiscuous mode on the trunk ends it, and the statistics name the drop',
    async () => {
      await lab.rewrite((file) => {
        assert.equal(file.split('promiscuous: accept').length, 2, 'the example accepts it in one place')
        return file.replace('promiscuous: accept', 'promiscuous: reject')
      })
      await succeed(['up', '-f', lab.file])
      assert.notEqual(await ping('kvm-1/web', target), 0)
      const text = await succeed(['net', 'stats', '--lab', name, '--json'])
      const { levels } = JSON.parse(text) as { levels: readonly LevelStats[] }
      const trunk = levels.flatMap(({ ports }) => ports).filter((port) => port.portgroup === 'trunk')
      assert.ok(
        trunk.some((port) => (port.dropped.UNKNOWN_UNICAST ?? 0) > 0),
        `no drop for want of promiscuous mode in ${JSON.stringify(trunk)}`,
      )
    },
  )

  await t.test('accepting it again on the running lab heals it without a restart', async () => {
    const before = (await status()).machines.map((one) => one.path)
    await lab.rewrite((file) => file.replace('promiscuous: reject', 'promiscuous: accept'))
    const plan = await succeed(['plan', '-f', lab.file, '--json'])
    assert.doesNotMatch(plan, /start-machine|create-machine|remove-machine/)
    await succeed(['up', '-f', lab.file])
    assert.equal(await ping('kvm-1/web', target), 0)
    assert.deepEqual(
      (await status()).machines.map((one) => one.path),
      before,
    )
  })

  await t.test('a hypervisor that is stopped shuts itself down, without its power button', async () => {
    const { code, stdout, stderr } = await nestlab(['stop', '--lab', name, 'kvm-1'])
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /power button|did not take the request/)
    const states = (await status()).machines.map((one) => [one.path, one.state])
    assert.deepEqual(states.slice(0, 1), [['kvm-1', 'stopped']])
  })

  await t.test('down leaves no process, socket or file', async () => {
    await succeed(['down', '--lab', name])
    assert.deepEqual(await leftovers(name), [])
  })
})
