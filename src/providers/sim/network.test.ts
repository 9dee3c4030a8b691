import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Host } from '#host'
import type { MacLearning, SecurityPolicy, Uplink, VlanPolicy } from '#lab'
import { openSimInside, openSimProvider } from './index.ts'
import { enter, orderFor, SteppedClock, switchWith } from './sim-bench.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal
const trunk: VlanPolicy = { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] }

interface Wish {
  readonly security?: Partial<SecurityPolicy>
  readonly vlans?: readonly [number, number]
  readonly macLearning?: MacLearning
  /** Of the switch in each hypervisor. */
  readonly uplinksOf?: (at: number) => readonly (string | Uplink)[]
}

let count = 0

/** Two hypervisors on one trunk, with a machine in each: kvm-1/web and kvm-2/web. */
async function twoHypervisors(wish: Wish = {}) {
  const { security = {}, vlans = [10, 10], macLearning, uplinksOf = () => ['nic0'] } = wish
  count += 1
  const clock = new SteppedClock()
  const options = { lab: 'two', file: join(folder, `${count}`, 'simulation.json'), clock }
  const outer = await openSimProvider(options)
  const outerSwitch = (changed: Partial<SecurityPolicy>) =>
    outer.putSwitch(
      switchWith('trunk', { vlan: trunk, security: changed, ...(macLearning && { macLearning }) }),
      JSON.stringify(changed),
      signal,
    )
  await outerSwitch(security)
  const sides: { kvm: string; inside: Awaited<ReturnType<typeof openSimInside>>; web: Host }[] = []
  for (const [at, kvm] of (['kvm-1', 'kvm-2'] as const).entries()) {
    const nics = [{ switchName: 'trunk', portgroup: 'main' }]
    await outer.create(orderFor({ name: kvm, hypervisor: true, nics }), signal)
    await outer.start(kvm, signal)
    clock.pass(3_000)
    const inside = await openSimInside({ ...options, hypervisor: { path: kvm } })
    const vlan = { mode: 'access', id: vlans[at] ?? 1 } as const
    await inside.putSwitch(switchWith('br0', { uplinks: uplinksOf(at), vlan }), 'br0-1', signal)
    const plug = { switchName: 'br0', portgroup: 'main', ip: `10.0.10.${at + 1}` }
    await inside.create(orderFor({ name: 'web', inside: kvm, nics: [plug] }), signal)
    await inside.start('web', signal)
    clock.pass(1_000)
    sides.push({ kvm, inside, web: await enter(inside, 'web') })
  }
  const [first, second] = sides
  assert.ok(first && second)
  const ping = () => first.web.run(['ping', '-c', '3', '10.0.10.2'])
  const close = () => Promise.all(sides.map(({ web }) => web.close()))
  return { outer, outerSwitch, first, second, ping, close }
}

async function dropsAt(
  provider: { stats(signal: AbortSignal): Promise<readonly { port: string; dropped: object }[]> },
  port: string,
) {
  return (await provider.stats(signal)).find((row) => row.port === port)?.dropped
}

test('machines inside two hypervisors reach each other through three switches', async () => {
  const { ping, close, outer } = await twoHypervisors({ security: { promiscuous: 'accept' } })
  const answer = await ping()
  assert.match(answer.stdout, /3 packets transmitted, 3 packets received, 0% packet loss/)
  assert.match(answer.stdout, /64 bytes from 10\.0\.10\.2: seq=0 ttl=64 time=1\.860 ms/)
  const row = (await outer.stats(signal)).find(({ port }) => port === 'kvm-1:nic0')
  assert.deepEqual([row?.received, row?.sent, row?.dropped], [6, 6, {}])
  await close()
})

test('promiscuous mode rejected on the trunk loses the answer, counts why, and is repaired while it runs', async () => {
  const { ping, close, outer, outerSwitch } = await twoHypervisors({ security: { promiscuous: 'reject' } })
  const answer = await ping()
  assert.equal(answer.code, 1)
  assert.match(answer.stdout, /3 packets transmitted, 0 packets received, 100% packet loss/)
  assert.deepEqual(await dropsAt(outer, 'kvm-2:nic0'), { UNKNOWN_UNICAST: 3 })
  await outerSwitch({ promiscuous: 'accept' })
  assert.equal((await ping()).code, 0)
  await close()
})

test('forged transmits rejected on the trunk drop what inner machines send', async () => {
  const { ping, close, outer } = await twoHypervisors({
    security: { promiscuous: 'accept', forgedTransmits: 'reject' },
  })
  assert.equal((await ping()).code, 1)
  assert.deepEqual(await dropsAt(outer, 'kvm-1:nic0'), { FORGED_TRANSMIT: 3 })
  await close()
})

test('different VLANs inside two hypervisors keep their machines apart', async () => {
  const { ping, close } = await twoHypervisors({ security: { promiscuous: 'accept' }, vlans: [10, 20] })
  assert.equal((await ping()).code, 1)
  await close()
})

const learning: MacLearning = {
  by: 'switch',
  limit: 4096,
  limitPolicy: 'allow',
  flooding: true,
  ageingS: 300,
}

test('a switch that learns needs no promiscuous mode', async () => {
  const { ping, close, outer } = await twoHypervisors({
    security: { promiscuous: 'reject' },
    macLearning: learning,
  })
  assert.equal((await ping()).code, 0)
  assert.deepEqual(await dropsAt(outer, 'kvm-2:nic0'), {})
  await close()
})

test('a switch that learns without flooding learns from the question where the answer goes', async () => {
  const { ping, close } = await twoHypervisors({ macLearning: { ...learning, flooding: false } })
  assert.equal((await ping()).code, 0)
  await close()
})

test('an overlay joins machines over a network that knows nothing of their MACs', async () => {
  const ends = ['kvm-1', 'kvm-2'].map((machine) => ({ machine, nic: 'nic0', ip: '192.0.2.1' }))
  const overlay = (at: number): Uplink => {
    const [local = { machine: '', nic: '', ip: '' }] = ends.slice(at)
    const vlan = { mode: 'access', id: 10 } as const
    return {
      kind: 'overlay',
      name: 'red',
      vni: 5001,
      vlan,
      local,
      peers: ends.toSpliced(at, 1),
      udpPort: 4789,
      learning: false,
    }
  }
  const { ping, close, first, outer } = await twoHypervisors({ uplinksOf: (at) => [overlay(at)] })
  assert.equal((await ping()).code, 0)
  // Fifty bytes more than the network below carries.
  const large = await first.web.run(['ping', '-c', '1', '-s', '1472', '10.0.10.2'])
  assert.equal(large.code, 1)
  assert.deepEqual(await dropsAt(outer, 'kvm-1:nic0'), { MTU_EXCEEDED: 1 })
  await close()
})

test('a machine that is off does not answer', async () => {
  const { ping, close, second } = await twoHypervisors({ security: { promiscuous: 'accept' } })
  await second.inside.stop('web', 'power', signal)
  assert.equal((await ping()).code, 1)
  await close()
})

test('ping says what a kernel says about addresses it has no way to', async () => {
  const { first, close } = await twoHypervisors()
  const away = await first.web.run(['ping', '-c', '1', '192.0.2.1'])
  assert.equal(away.stderr, 'ping: sendto: Network is unreachable\n')
  const large = await first.web.run(['ping', '-c', '1', '-s', '1473', '10.0.10.2'])
  assert.equal(large.stderr, 'ping: sendto: Message too large\n')
  assert.equal((await first.web.run(['ping', '-c', '1', '10.0.10.1'])).code, 0)
  assert.equal((await first.web.run(['ping', '-c', 'x', '10.0.10.1'])).code, 1)
  await close()
})
