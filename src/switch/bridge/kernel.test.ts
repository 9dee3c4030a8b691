/**
 * The commands on a real bridge in a network namespace of its own, with QEMU carrying frames between its taps and
 * the test. Kernels without VLAN filtering are spared the VLANs: everything here is in one.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { framed, until } from '../live/peers.fixture.ts'
import type { PortGroupSpec, SwitchSpec } from '../spec.ts'
import { frameOf, macOf } from '../truth-table.fixture.ts'
import { type Argv, compileBridge, compilePort, removeBridge, removePort } from './compile.ts'

const group = (name: string, accepted: 'accept' | 'reject'): PortGroupSpec => ({
  name,
  vlan: { mode: 'none' },
  security: { promiscuous: accepted, forgedTransmits: accepted, macChanges: 'reject' },
})
const spec: SwitchSpec = {
  name: 'br0',
  kind: 'standard',
  mtu: 1500,
  uplinks: [],
  portgroups: [group('strict', 'reject'), group('open', 'accept')],
}
const ids = ['A', 'B', 'C', 'U']
const folder = mkdtempSync(join(tmpdir(), 'nestlab-bridge-'))
const sockets = new Map<string, Socket>()
const received = new Map<string, Buffer>()
let keeper: ChildProcess
let carrier: ChildProcess
let filtersVlans = true

function inside(...argv: string[]): string {
  const enter = ['-t', String(keeper.pid), '-U', '-n', '-m', '--preserve-credentials', '--']
  return execFileSync('nsenter', [...enter, ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function apply(argvs: readonly Argv[]): void {
  for (const argv of argvs) inside(...argv.map((word) => (filtersVlans ? word : withoutVlans(word))))
}

function withoutVlans(script: string): string {
  return script.replaceAll('vlan_filtering 1 vlan_default_pvid 0 ', '').replaceAll(/^vlan .*\n/gm, '')
}

const portOf = (id: string, portgroup = 'strict') => ({ portgroup, tapDevice: `tap${id}`, mac: macOf(id) })

/** All that the commands have a say in. */
function state(): string {
  return inside(
    'sh',
    '-c',
    'nft list ruleset; bridge -d link show; bridge vlan show; ip -o link show | grep -o " alias.*"; true',
  )
}

function buildAll(): void {
  apply(compileBridge(spec, { uplinkDevices: ['tapU'], own: [] }))
  for (const id of ['A', 'B']) apply(compilePort(spec, portOf(id)))
  apply(compilePort(spec, portOf('C', 'open')))
}

before(async () => {
  keeper = spawn(
    'unshare',
    ['-r', '-n', '-m', 'sh', '-c', 'mount -t sysfs sysfs /sys && echo ready && exec sleep 600'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let ready = false
  keeper.stdout?.once('data', () => {
    ready = true
  })
  await until('the namespace is there', () => ready)
  for (const id of ids) inside('ip', 'tuntap', 'add', `tap${id}`, 'mode', 'tap')
  try {
    inside('ip', 'link', 'add', 'probe', 'type', 'bridge', 'vlan_filtering', '1')
    inside('ip', 'link', 'del', 'probe')
  } catch {
    filtersVlans = false
  }
  const hubs = ids.flatMap((id, hub) => [
    ...['-netdev', `tap,id=t${id},ifname=tap${id},script=no,downscript=no`],
    ...['-netdev', `stream,id=s${id},server=on,addr.type=unix,addr.path=${join(folder, id)}`],
    ...['-netdev', `hubport,id=h${id},hubid=${hub},netdev=t${id}`],
    ...['-netdev', `hubport,id=k${id},hubid=${hub},netdev=s${id}`],
  ])
  const enter = ['-t', String(keeper.pid), '-U', '-n', '-m', '--preserve-credentials', '--']
  const qemu = [
    'qemu-system-x86_64',
    '-M',
    'none',
    '-nodefaults',
    '-display',
    'none',
    '-accel',
    'tcg',
    ...hubs,
  ]
  carrier = spawn('nsenter', [...enter, ...qemu], { stdio: 'ignore' })
  for (const id of ids) await plugIn(id)
})

async function plugIn(id: string): Promise<void> {
  await until(`QEMU listens for ${id}`, async () => {
    const socket = connect(join(folder, id))
    const answered = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (!answered) return false
    sockets.set(id, socket)
    received.set(id, Buffer.alloc(0))
    socket.on('data', (chunk) =>
      received.set(id, Buffer.concat([received.get(id) ?? Buffer.alloc(0), chunk])),
    )
    return true
  })
}

after(() => {
  for (const socket of sockets.values()) socket.destroy()
  carrier?.kill('SIGKILL')
  keeper?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Who gets the frame. A broadcast after it shows that all before it has arrived. */
async function reached(from: string, sent: Parameters<typeof frameOf>[1]): Promise<string> {
  const frame = framed(frameOf(from, sent))
  // From U, which is trusted with any source, so that no policy keeps the marker.
  const marker = framed(frameOf('U', { to: 'ff:ff:ff:ff:ff:ff', bytes: 99 }))
  for (const id of ids) received.set(id, Buffer.alloc(0))
  const before = tapCount(from)
  sockets.get(from)?.write(frame)
  await until('the bridge has it', () => tapCount(from) > before)
  sockets.get('U')?.write(marker)
  const others = ids.filter((id) => id !== 'U')
  await until('the marker has arrived', () => others.every((id) => received.get(id)?.includes(marker)))
  return ids.filter((id) => received.get(id)?.includes(frame)).join('')
}

function tapCount(id: string): number {
  return Number(inside('cat', `/sys/class/net/tap${id}/statistics/rx_packets`))
}

test('run twice, the commands leave what they left the first time', () => {
  buildAll()
  const first = state()
  buildAll()
  assert.equal(state(), first)
  apply(compilePort(spec, portOf('A', 'open')))
  assert.notEqual(state(), first)
  apply(compilePort(spec, portOf('A')))
  assert.equal(state(), first)
})

const rows: readonly [title: string, from: string, sent: Parameters<typeof frameOf>[1], reached: string][] = [
  ['known unicast reaches its port and promiscuous ones', 'A', { to: 'B' }, 'BC'],
  ['known unicast to a promiscuous port reaches it once', 'A', { to: 'C' }, 'C'],
  ['unknown unicast leaves by the uplink', 'A', { to: 'Z' }, 'CU'],
  ['the own address is shown to nobody', 'A', { to: 'A' }, ''],
  ['a broadcast reaches all', 'A', { to: 'ff:ff:ff:ff:ff:ff' }, 'BCU'],
  ['a multicast reaches all', 'A', { to: '01:00:5e:00:00:fb' }, 'BCU'],
  ['a forged source is dropped', 'A', { to: 'B', as: 'Z' }, ''],
  ['a forged source passes where accepted', 'C', { to: 'B', as: 'Z' }, 'B'],
  ['a reply to a forged source reaches promiscuous ports', 'B', { to: 'Y' }, 'CU'],
  ['from the uplink to a known address', 'U', { to: 'B', as: 'Z' }, 'BC'],
  ['from the uplink to an unknown address', 'U', { to: 'X', as: 'Z' }, 'C'],
  ['a tag on an access port is dropped', 'A', { to: 'B', tag: 10 }, ''],
]

for (const [title, from, sent, expected] of rows) {
  test(`bridge: ${title}`, async () => {
    buildAll()
    assert.equal(await reached(from, sent), expected)
  })
}

test('dropped frames are counted by reason', async () => {
  buildAll()
  await reached('B', { to: 'A', as: 'Z' })
  await reached('B', { to: 'A', tag: 10 })
  const counters = inside('nft', 'list', 'counters')
  assert.match(counters, /counter drop_tapB_FORGED_TRANSMIT \{\s+packets 1 /)
  assert.match(counters, /counter drop_tapB_VLAN_TAGGED_ON_ACCESS \{\s+packets 1 /)
})

test('an uplink no longer wanted is unplugged, and so is a port; the rest goes with the bridge', () => {
  buildAll()
  apply(compileBridge(spec, { uplinkDevices: [], own: [] }))
  for (let i = 0; i < 2; i++) apply(removePort(spec, portOf('A')))
  const links = inside('bridge', 'link', 'show')
  assert.doesNotMatch(links, /tapU|tapA/)
  assert.match(links, /tapB/)
  assert.doesNotMatch(inside('nft', 'list', 'ruleset'), /tapU|tapA/)
  for (let i = 0; i < 2; i++) apply(removeBridge(spec.name))
  assert.equal(inside('nft', 'list', 'ruleset'), '')
  assert.equal(inside('bridge', 'link', 'show'), '')
})
