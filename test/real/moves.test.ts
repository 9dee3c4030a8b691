/** Machines that go on inside another hypervisor: moved while they run, and started there when theirs fails. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labFile, leftovers, succeed } from './command.ts'
import './alone.ts'

const name = 'test-moves'
const node = (machine: string) => `
    image: kvm-node
    memory: 512MiB
    nics: [{ portgroup: management, address: 192.168.10.0/24 }, { portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic1], portgroups: { web: { vlan: 10 } } } }
      machines: { ${machine}: { image: tiny, memory: 96MiB, nics: [{ portgroup: web, address: 10.0.10.0/24 }] } }`
const text = `nestlab: 1
name: ${name}
switches:
  vSwitch0:
    portgroups:
      management: {}
      trunk: { vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }
clusters: { pair: { members: [kvm-1, kvm-2], ha: true, drs: true } }
machines:
  kvm-1:${node('web')}
  kvm-2:${node('db')}
`

const counting = 'i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.2; done'
const inside = (path: string, ...command: readonly string[]) =>
  succeed(['exec', '--lab', name, path, '--', ...command])

interface Status {
  readonly machines: readonly {
    readonly path: string
    readonly state: string
    readonly addresses: readonly string[]
  }[]
}
const machines = async () =>
  (JSON.parse(await succeed(['status', '--lab', name, '--json'])) as Status).machines

test('a machine moves between hypervisors while it runs, and is started elsewhere when its own fails', async (t) => {
  await using lab = await labFile(name, text)
  await succeed(['up', '-f', lab.file])
  const address =
    (await machines()).find(({ path }) => path === 'kvm-1/web')?.addresses[0]?.split('/')[0] ?? ''
  const reached = async () =>
    assert.match(await inside('kvm-2/db', 'ping', '-c', '3', address), / 0% packet loss/)

  await t.test('what runs in it goes on, and others reach it where it was', async () => {
    await inside('kvm-1/web', 'sh', '-c', `(${counting}) >/dev/null 2>&1 & sleep 1`)
    const before = Number(await inside('kvm-1/web', 'cat', '/tmp/count'))
    const { path, memoryBytes } = JSON.parse(
      await succeed(['migrate', '--lab', name, 'kvm-1/web', 'kvm-2', '--json']),
    ) as { readonly path: string; readonly memoryBytes: number }
    assert.equal(path, 'kvm-2/web')
    assert.ok(memoryBytes > 1_000_000, `${memoryBytes} bytes are no guest's memory`)
    const after = Number(await inside('kvm-2/web', 'cat', '/tmp/count'))
    assert.ok(after > before, `${after} is not beyond ${before}`)
    await reached()
    const paths = (await machines()).map(({ path: one }) => one)
    assert.deepEqual(paths.toSorted(), ['kvm-1', 'kvm-2', 'kvm-2/db', 'kvm-2/web'])
  })

  await t.test('a cluster that is lopsided is said to be, and how it would not', async () => {
    const { moves } = JSON.parse(await succeed(['balance', '--lab', name, '--json'])) as {
      readonly moves: readonly { readonly to: string }[]
    }
    assert.deepEqual(
      moves.map(({ to }) => to),
      ['kvm-1'],
    )
  })

  await t.test('its hypervisor fails, and it is started on the other one', async () => {
    await succeed(['migrate', '--lab', name, 'kvm-2/web', 'kvm-1'])
    const planned = await succeed(['fail', '--lab', name, 'kvm-1', '--plan'])
    assert.match(planned, /kvm-1\/web would be kvm-2\/web/)
    await succeed(['fail', '--lab', name, 'kvm-1'])
    const states = new Map((await machines()).map(({ path, state }) => [path, state]))
    assert.deepEqual([states.get('kvm-1'), states.get('kvm-2/web')], ['stopped', 'ready'])
    await reached()
  })

  await t.test('down leaves nothing', async () => {
    await succeed(['down', '--lab', name])
    assert.deepEqual(await leftovers(name), [])
  })
})
