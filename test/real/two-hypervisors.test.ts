/** The main job on real machines: two hypervisors, a machine inside each, frames across three switches. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LabStatus, LevelStats } from '#engine'
import { readPcapng } from '#switch'
import { isThorough } from '../sample.ts'
import { labFile, leftovers, nestlab, start, succeed } from './command.ts'
import { begin, goneOn } from './going-on.ts'
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

/** What a capture to a pipe writes, and when it listens. */
function capturing(...args: string[]) {
  const { child, ended } = start(['net', 'capture', '--lab', name, ...args])
  const pieces: Buffer[] = []
  child.stdout?.setEncoding('binary').on('data', (text: string) => pieces.push(Buffer.from(text, 'binary')))
  const begun = new Promise<void>((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (text: string) => {
      said += text
      if (said.includes('Capturing.')) resolve()
    })
    void ended.then(({ stderr }) => reject(new Error(stderr)))
  })
  return { begun, running: ended.then(() => Buffer.concat(pieces)) }
}

test('two hypervisors with a machine inside each come up from one file and talk through three switches', async (t) => {
  const text = (await readFile(example, 'utf8'))
    .replace('name: two-hypervisors', `name: ${name}`)
    .replace('web: { vlan: 10 }', 'web: { vlan: 10, security: { forgedTransmits: reject } }')
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

  await t.test('a capture inside a hypervisor shows a forged frame with the reason', async () => {
    const { running, begun } = capturing(
      'kvm-1/web',
      '--drops',
      '--count',
      '1',
      '--duration',
      '60s',
      '-w',
      '-',
    )
    await begun
    const other = '02:00:00:00:00:66'
    const script = `own=$(cat /sys/class/net/nic0/address); ip link set nic0 address ${other}
ping -c 2 -W 1 ${target}; ip link set nic0 address $own`
    await succeed(['exec', '--lab', name, 'kvm-1/web', '--', 'sh', '-c', script])
    const { packets } = readPcapng(await running)
    const [packet] = packets
    assert.equal(packet?.on, 'web:nic0 (br0/web)')
    assert.equal(packet.direction, 'in')
    assert.equal(packet.comment, 'FORGED_TRANSMIT: br0/web security.forgedTransmits: reject')
    const macs = await succeed(['net', 'macs', 'kvm-1/web', '--lab', name])
    assert.match(macs, /static/)
    assert.equal(packet.frame.subarray(6, 12).toString('hex'), other.replaceAll(':', ''))
  })

  await t.test('a counter, a ping and a TCP session go on from a kept instant, again and again', async () => {
    const pair = { lab: name, from: 'kvm-1/web', to: 'kvm-2/web', address: target }
    await begin(pair)
    const before = await goneOn(pair, { counter: 0, pings: 0, received: [] })
    await succeed(['snapshot', 'create', 'ready', '--lab', name])
    await goneOn(pair, before)
    const mark = (...command: string[]) => nestlab(['exec', '--lab', name, 'kvm-1/web', '--', ...command])
    for (let round = 0; round < (isThorough ? 10 : 2); round += 1) {
      assert.equal((await mark('touch', '/run/mark')).code, 0)
      await succeed(['revert', 'ready', '--lab', name])
      assert.equal((await mark('test', '-e', '/run/mark')).code, 1, 'it is before the mark was made')
      await goneOn(pair, before)
    }
    await succeed(['snapshot', 'rm', 'ready', '--lab', name])
  })

  await t.test(
    'rejecting promiscuous mode on the trunk ends it, and the statistics name the drop',
    async () => {
      await lab.rewrite((file) => {
        assert.equal(file.split('promiscuous: accept').length, 2, 'the example accepts it in one place')
        return file.replace('promiscuous: accept', 'promiscuous: reject')
      })
      await succeed(['up', '-f', lab.file, '--accept', 'network/promiscuous'])
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
