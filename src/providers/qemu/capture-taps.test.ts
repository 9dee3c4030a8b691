/** Captures of devices by the real tcpdump, in a network namespace of their own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { type Host, openLocalHost } from '#host'
import { compileRules, dropLogGroup, readPcapng, type SwitchSpec } from '#switch'
import { captureTaps } from './capture-taps.ts'
import { PcapReader } from './pcap.ts'

const signal = new AbortController().signal
const arp = 0x0806
const everything = {
  dropsOnly: false,
  snapBytes: 0,
  frames: 0,
  comment: (reason: string) => `${reason}: why`,
}
const tapOf = (tap: string) => ({ port: `${tap}:nic0`, tap, switchName: 'br0', portgroup: 'web', mac: '' })
/** tcpdump changes its user, which nobody but root may do. */
const skip = process.getuid?.() === 0 ? false : 'needs root'
let keeper: ChildProcess | undefined
let host: Host

/** This machine with another network: everything runs in the namespace of `keeper`. */
before(async () => {
  if (skip) return
  const set =
    'ip link add left type veth peer name right; ip link set left up; ip link set right up; ip link add bridge type bridge; ip link set bridge up'
  const address = 'ip addr add 10.9.0.1/24 dev left'
  keeper = spawn('unshare', ['-n', 'sh', '-ec', `${set}; ${address}; echo ready; exec sleep 600`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (keeper.stdout) await once(keeper.stdout, 'data')
  const enter = ['nsenter', '-t', String(keeper?.pid), '-n', '--']
  const local = openLocalHost()
  host = {
    ...local,
    name: 'the namespace',
    run: (argv, options) => local.run([...enter, ...argv], options),
    open: (argv, options) => local.open([...enter, ...argv], options),
  }
})
after(() => {
  keeper?.kill()
})

/** Asks for an address that nobody has, so that frames leave by `left` and enter by `right`, until told to stop. */
function makeTraffic(): { stop(): void } {
  const line = 'while :; do ip neigh flush dev left; echo x > /dev/udp/10.9.0.2/9; sleep 0.05; done'
  const child = spawn('nsenter', ['-t', String(keeper?.pid), '-n', '--', 'bash', '-c', line], {
    stdio: 'ignore',
  })
  return { stop: () => child.kill() }
}

test('frames of two devices come with their names and directions, until the reader has enough', {
  skip,
}, async () => {
  const stream = await captureTaps(host, { ...everything, taps: ['left', 'right'].map(tapOf) }, signal)
  const traffic = makeTraffic()
  const pieces: Buffer[] = []
  const read = () => {
    const { packets, ...rest } = readPcapng(Buffer.concat(pieces))
    // The kernel sends IPv6 of its own accord, by both devices.
    const asking = packets.filter(({ frame }) => frame.readUInt16BE(12) === arp)
    return { ...rest, packets, seen: new Set(asking.map(({ on, direction }) => `${on} ${direction}`)) }
  }
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece)
    if (read().seen.size === 2) stream.end()
  })
  await once(stream, 'end')
  traffic.stop()
  const { interfaces, packets, statistics, seen } = read()
  assert.deepEqual(interfaces, ['left:nic0 (br0/web)', 'right:nic0 (br0/web)'])
  assert.deepEqual([...seen].sort(), ['left:nic0 (br0/web) out', 'right:nic0 (br0/web) in'])
  assert.ok(packets.every(({ frame }) => frame.length >= 42))
  assert.deepEqual(
    statistics.map(({ on }) => on),
    interfaces,
  )
})

test('a capture ends after the wanted number of frames and keeps the wanted part of each', {
  skip,
}, async () => {
  const traffic = makeTraffic()
  const request = { ...everything, frames: 3, snapBytes: 20, taps: [tapOf('right')] }
  const { packets } = readPcapng(await buffer(await captureTaps(host, request, signal)))
  traffic.stop()
  assert.equal(packets.length, 3)
  for (const { frame, frameBytes } of packets) {
    assert.equal(frame.length, 20)
    assert.ok(frameBytes >= 42)
  }
})

const lan = {
  name: 'lan',
  vlan: { mode: 'none' },
  security: { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'accept' },
} as const
const br0: SwitchSpec = {
  name: 'br0',
  kind: 'standard',
  portgroups: [lan],
  uplinks: [],
  mtu: 1500,
}

/** `right` is a port whose NIC should have another MAC than `left` has. */
async function forging(logGroup: number | undefined): Promise<void> {
  const ports = [{ portgroup: 'lan', tapDevice: 'right', mac: '02:00:00:00:00:0a' }]
  const plan = { spec: br0, uplinks: [], ports, ...(logGroup !== undefined && { logGroup }) }
  const { code, stderr } = await host.run(compileRules(plan))
  assert.equal(code, 0, stderr)
  await host.run(['ip', 'link', 'set', 'right', 'master', 'bridge'])
}

test('what the rules of a bridge drop is shown once, with the reason; only that when so asked', {
  skip,
}, async (t) => {
  await forging(dropLogGroup)
  const traffic = makeTraffic()
  t.after(() => traffic.stop())
  const forged = async (request: Partial<typeof everything>) => {
    const taps = [tapOf('left'), tapOf('right')]
    const capture = await captureTaps(host, { ...everything, ...request, taps }, signal)
    const { packets } = readPcapng(await buffer(capture))
    return packets.filter(({ frame }) => frame.readUInt16BE(12) === arp)
  }
  const only = await forged({ dropsOnly: true, frames: 2 })
  assert.ok(only.length > 0)
  for (const { on, direction, comment, frame, timeNs } of only) {
    assert.deepEqual([on, direction], ['right:nic0 (br0/web)', 'in'])
    assert.equal(comment, 'FORGED_TRANSMIT: why')
    assert.equal(frame.length, 42)
    assert.ok(timeNs > 1_700_000_000n * 1_000_000_000n)
  }
  const all = await forged({ frames: 8 })
  const dropped = all.filter(({ on, direction }) => on.startsWith('right') && direction === 'in')
  assert.ok(dropped.length > 0)
  for (const { comment } of dropped) assert.equal(comment, 'FORGED_TRANSMIT: why')
  for (const one of all.filter(({ on }) => on.startsWith('left'))) assert.equal(one.comment, undefined)
})

test('a second capture of drops is refused, and one of all frames goes on without reasons', {
  skip,
}, async (t) => {
  await forging(dropLogGroup)
  const taps = [tapOf('right')]
  const first = await captureTaps(host, { ...everything, dropsOnly: true, taps }, signal)
  t.after(() => first.destroy())
  const second = captureTaps(host, { ...everything, dropsOnly: true, taps }, signal)
  await assert.rejects(second, { code: 'drops-captured-already' })
  const traffic = makeTraffic()
  t.after(() => traffic.stop())
  const capture = await captureTaps(host, { ...everything, frames: 2, taps }, signal)
  const { packets } = readPcapng(await buffer(capture))
  assert.deepEqual(
    packets.map(({ comment }) => comment),
    [undefined, undefined],
  )
})

test('a capture of drops is refused where the rules do not log them', { skip }, async () => {
  await forging(undefined)
  const capture = captureTaps(host, { ...everything, dropsOnly: true, taps: [tapOf('right')] }, signal)
  await assert.rejects(capture, { code: 'no-drop-capture' })
})

test('no process is left when the reader goes away', { skip }, async () => {
  const stream = await captureTaps(host, { ...everything, taps: [tapOf('right')] }, signal)
  const running = async () => (await host.run(['pgrep', '-fc', 'tcpdump -i right'])).stdout.trim()
  assert.notEqual(await running(), '0')
  stream.destroy()
  for (const end = performance.now() + 20_000; (await running()) !== '0'; ) {
    assert.ok(performance.now() < end, 'tcpdump still runs')
  }
})

test('a device that is not there is named', { skip }, async () => {
  const capture = captureTaps(host, { ...everything, taps: [tapOf('nowhere')] }, signal)
  await assert.rejects(capture, /nowhere: No such device/)
})

test('a stream that is no pcap is refused', () => {
  assert.throws(() => new PcapReader().push(Buffer.alloc(24)), /no pcap/)
  const header = Buffer.alloc(40)
  header.writeUInt32LE(0xa1b23c4d, 0)
  header.writeUInt32LE(0xffffffff, 32)
  assert.throws(() => new PcapReader().push(header), /impossible length/)
})

test('packets are read out of pieces of any size', () => {
  const stream = Buffer.alloc(24 + 2 * (16 + 60))
  stream.writeUInt32LE(0xa1b23c4d, 0)
  for (const [i, at] of [24, 100].entries()) {
    stream.writeUInt32LE(1_700_000_000, at)
    stream.writeUInt32LE(i, at + 4)
    stream.writeUInt32LE(60, at + 8)
    stream.writeUInt32LE(60 + i, at + 12)
  }
  for (const size of [1, 7, 40, 200]) {
    const reader = new PcapReader()
    const packets = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
      reader.push(stream.subarray(i * size, (i + 1) * size)),
    ).flat()
    assert.deepEqual(
      packets.map(({ timeNs, frame, frameBytes }) => [timeNs, frame.length, frameBytes]),
      [
        [1_700_000_000_000_000_000n, 60, 60],
        [1_700_000_000_000_000_001n, 60, 61],
      ],
    )
  }
})
