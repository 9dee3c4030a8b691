/** The switch process on real sockets: right frames, right order, nothing lost, whatever a port does. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { macNumber } from '../mac.ts'
import type { PortGroupSpec, SwitchSpec } from '../spec.ts'
import { frameOf, macOf, spec } from '../truth-table.fixture.ts'
import { Bench, type BenchPort, framed, Peer, until } from './peers.fixture.ts'

const open: PortGroupSpec = {
  name: 'lan',
  vlan: { mode: 'none' },
  security: { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' },
}
const lan: SwitchSpec = { ...spec, mtu: 9000, portgroups: [open] }

function onLan(...ids: string[]): BenchPort[] {
  return ids.map((id) => ({ id, switchName: lan.name, portgroup: 'lan', initialMac: macOf(id) }))
}

/** The frame's size and content follow from `seed`, so that the receiver can check every byte. */
function patterned(from: string, to: string, seed: number): Buffer {
  const bytes = 60 + ((Math.imul(seed, 2654435761) >>> 0) % 1455)
  const frame = Buffer.from(frameOf(from, { to, bytes }))
  frame.writeUInt32BE(seed >>> 0, 14)
  frame.fill(seed & 0xff, 18)
  return frame
}

function seedOf(frame: Buffer): number {
  return frame.readUInt32BE(14)
}

async function onBench(ports: BenchPort[], use: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start([lan], ports)
  try {
    await use(bench)
  } finally {
    await bench.end()
  }
}

test('a frame that comes in single bytes is forwarded whole', async () => {
  await onBench(onLan('A', 'B'), async (bench) => {
    const frame = patterned('A', 'B', 7)
    for (const byte of framed(frame)) {
      bench.peer('A').raw(Uint8Array.of(byte))
      await until('it has left', () => bench.peer('A').waiting === 0)
    }
    await until('it has arrived', () => bench.peer('B').received.length === 1)
    assert.deepEqual(bench.peer('B').received[0], frame)
  })
})

test('a slow port loses its own frames only, and what it then reads is whole', async () => {
  await onBench(onLan('A', 'B', 'C'), async (bench) => {
    bench.peer('C').pause()
    const count = 6000
    for (let i = 0; i < count; i += 100) {
      const batch = Array.from({ length: 100 }, (_, k) => i + k)
      bench.peer('A').send(...batch.flatMap((seed) => [patterned('A', 'C', seed), patterned('A', 'B', seed)]))
      await until('the quick port has its part', () => bench.peer('B').received.length === i + 100)
    }
    const slow = await bench.stats('C')
    assert.ok((slow.dropped.TX_QUEUE_FULL ?? 0) > 0)
    bench.peer('C').resume()
    const kept = count - (slow.dropped.TX_QUEUE_FULL ?? 0)
    await until('the slow port has what was kept', () => bench.peer('C').received.length === kept)
    const seeds = bench.peer('C').received.map(seedOf)
    assert.deepEqual(
      seeds,
      seeds.toSorted((a, b) => a - b),
    )
    for (const frame of bench.peer('C').received) assert.deepEqual(frame, patterned('A', 'C', seedOf(frame)))
  })
})

test('a few kilobytes that the system did not take at once arrive once the guest reads again', async () => {
  await onBench(onLan('A', 'B'), async (bench) => {
    bench.peer('B').pause()
    // Bit by bit, so that the write that does not fit is smaller than a stream's high-water mark.
    let sent = 0
    for (; sent < 400; sent++) {
      bench.peer('A').send(patterned('A', 'B', sent))
      const seen = sent + 1
      await until('the switch has read it', async () => (await bench.stats('A')).received === seen)
    }
    bench.peer('B').resume()
    await until('all have arrived', () => bench.peer('B').received.length === sent)
    assert.deepEqual(bench.peer('B').received.map(seedOf), [...Array(sent).keys()])
  })
})

test('bytes that a paused guest has yet to read are not overwritten by later frames', async () => {
  await onBench(onLan('A', 'B', 'C'), async (bench) => {
    bench.peer('B').pause()
    const seeds = [...Array(700).keys()]
    bench.peer('A').send(...seeds.map((seed) => patterned('A', 'B', seed)))
    await until('the switch has read them', async () => (await bench.stats('A')).received === seeds.length)
    bench.peer('A').send(...seeds.map((seed) => patterned('A', 'C', seed + 100_000)))
    await until('later frames have arrived', () => bench.peer('C').received.length === seeds.length)
    bench.peer('B').resume()
    await until('the first have arrived', () => bench.peer('B').received.length === seeds.length)
    for (const [i, frame] of bench.peer('B').received.entries())
      assert.deepEqual(frame, patterned('A', 'B', i))
  })
})

test('a length that makes no sense ends that connection alone, and the port is dialled again', async () => {
  await onBench(onLan('A', 'B', 'C'), async (bench) => {
    bench.peer('A').raw(Buffer.concat([framed(patterned('A', 'B', 1)), Buffer.from([0, 4, 0, 1, 9, 9])]))
    await until('the frame before has arrived', () => bench.peer('B').received.length === 1)
    await until('the port was given up', async () => (await bench.stats('A')).malformed === 1)
    await bench.allConnected()
    bench.peer('A').send(patterned('A', 'B', 2))
    await until('it works again', () => bench.peer('B').received.length === 2)
    const [b, c] = [await bench.stats('B'), await bench.stats('C')]
    assert.equal(b.lost + c.lost, 0)
  })
})

test('frames that differ in a single field are told apart', async () => {
  await onBench(onLan('A', 'B', 'C'), async (bench) => {
    const good = { to: 'B' }
    const others = [
      { to: '06:00:00:00:00:42' },
      { to: '02:00:00:00:06:42' },
      { to: 'B', as: '06:00:00:00:00:41' },
      { to: 'B', as: '02:00:06:00:00:41' },
      { to: 'B', as: '02:00:00:00:00:40' },
      { to: 'B', tag: 7 },
      { to: 'B', bytes: 9015 },
      { to: 'C' },
    ]
    const twice = [...others, ...others]
    bench.peer('A').send(...twice.flatMap((other) => [frameOf('A', good), frameOf('A', other)]))
    await until('all have been read', async () => (await bench.stats('A')).received === 4 * others.length)
    assert.deepEqual((await bench.stats('A')).dropped, {
      VLAN_TAGGED_ON_ACCESS: 2,
      FORGED_TRANSMIT: 6,
      MTU_EXCEEDED: 2,
      UNKNOWN_UNICAST: 4,
    })
    assert.equal((await bench.stats('B')).sent, 2 * others.length)
    assert.equal((await bench.stats('C')).sent, 2)
  })
})

test('runts and giants are counted and not forwarded', async () => {
  await onBench(onLan('A', 'B'), async (bench) => {
    const giants = [9015, 69_633, 262_144].map((bytes) => frameOf('A', { to: 'B', bytes }))
    const runts = [0, 1, 13].map((bytes) => frameOf('A', { to: 'B' }).subarray(0, bytes))
    bench.peer('A').send(...giants, ...runts, patterned('A', 'B', 3))
    await until('the good frame has arrived', () => bench.peer('B').received.length === 1)
    const { dropped, malformed, ...counted } = await bench.stats('A')
    assert.deepEqual(dropped, { RUNT: 3, MTU_EXCEEDED: 3 })
    assert.deepEqual([counted.runts, counted.giants, malformed], [3, 2, 0])
    const log = () => readFileSync(bench.launch.logFile, 'utf8')
    await until('it is logged', () => log().includes('A runt\n') && log().includes('A giant\n'))
  })
})

test('a port that vanishes within a frame leaves no trace in the next connection', async () => {
  await onBench(onLan('A', 'B'), async (bench) => {
    const half = framed(patterned('A', 'B', 1)).subarray(0, 40)
    bench.peer('A').raw(half)
    await until('it has left', () => bench.peer('A').waiting === 0)
    bench.peer('A').hangUp()
    await until('the switch has noticed', async () => (await bench.stats('A')).lost === 1)
    await bench.allConnected()
    bench.peer('A').send(patterned('A', 'B', 2))
    await until('the whole frame has arrived', () => bench.peer('B').received.length === 1)
    assert.deepEqual(bench.peer('B').received[0], patterned('A', 'B', 2))
  })
})

test('frames for a machine that is not there are counted, and it is found when it comes', async () => {
  await onBench(onLan('A', 'B'), async (bench) => {
    const { path } = bench.peer('B')
    bench.peer('B').close()
    await until('the switch has noticed', async () => !(await bench.stats('B')).connected)
    bench.peer('A').send(patterned('A', 'B', 1))
    await until('it is counted', async () => (await bench.stats('B')).dropped.PORT_DOWN === 1)
    bench.peers.set('B', await Peer.listen(path))
    await bench.allConnected()
    bench.peer('A').send(patterned('A', 'B', 2))
    await until('it has arrived', () => bench.peer('B').received.length === 1)
    assert.equal(macNumber((await bench.stats('B')).effectiveMac ?? ''), macNumber(macOf('B')))
  })
})
