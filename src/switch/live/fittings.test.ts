/** Bad links and captures on a real switch process: frames delayed, lost, seen, and all of it while others pass. */
import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { frameOf, groups, macOf, spec } from '../truth-table.fixture.ts'
import { openCapture } from './capture/open.ts'
import { readPcapng } from './capture/read.ts'
import type { CaptureRequest } from './capture/request.ts'
import { type Impairment, perfectLink } from './impair/spec.ts'
import { Bench, until } from './peers.fixture.ts'
import { startSwitch, stopSwitch } from './start.ts'

const everything: CaptureRequest = { dropsOnly: false, snapBytes: 0, frames: 0 }
const plug = (id: string, portgroup: string) => ({
  id,
  switchName: spec.name,
  portgroup,
  initialMac: macOf(id),
})
let bench: Bench

before(async () => {
  bench = await Bench.start(
    [{ ...spec, portgroups: Object.values(groups) }],
    [plug('A', 'web'), plug('B', 'web'), plug('D', 'twenty'), plug('V', 'trunk')],
  )
})
after(() => bench.end())

async function impair(id: string, changes: Partial<Impairment> | undefined): Promise<void> {
  const impairment = changes && { ...perfectLink, ...changes }
  const ports = bench.config.ports.map((port) =>
    port.id === id && impairment ? { ...port, impairment } : port,
  )
  await bench.control.reload({ ...bench.config, ports })
}

async function capture(request: Partial<CaptureRequest> = {}) {
  const socket = await openCapture(bench.config.controlSocket, { ...everything, ...request })
  const read = buffer(socket).then(readPcapng)
  return {
    /** What was captured up to now. */
    end: () => {
      socket.end()
      return read
    },
    read,
  }
}

const dropped = async (id: string, reason: string) => (await bench.stats(id)).dropped[reason] ?? 0
const numbered = (from: string, to: string, number: number) => {
  const frame = Buffer.from(frameOf(from, { to, bytes: 80 }))
  frame.writeUInt32BE(number, 20)
  return frame
}
const numbersAt = (id: string) => bench.peer(id).received.map((frame) => frame.readUInt32BE(20))
const clear = () => {
  for (const peer of bench.peers.values()) peer.clear()
}

for (const direction of ['in', 'out'] as const) {
  const badPort = direction === 'in' ? 'A' : 'B'

  test(`${direction}: a delayed frame arrives, and not before its time`, async () => {
    clear()
    await impair(badPort, { direction, delayMs: 120 })
    const sentMs = performance.now()
    bench.peer('A').send(...[1, 2, 3].map((number) => numbered('A', macOf('B'), number)))
    await until('the frames have arrived', () => numbersAt('B').length === 3)
    assert.ok(performance.now() - sentMs >= 120)
    assert.deepEqual(numbersAt('B'), [1, 2, 3])
    await impair(badPort, undefined)
  })

  test(`${direction}: the other direction is as good as ever`, async () => {
    clear()
    await impair(badPort, { direction, lossPercent: 100 })
    bench.peer('B').send(numbered('B', macOf('A'), 7))
    await until('the frame has arrived', () => numbersAt('A').length === 1)
    await impair(badPort, undefined)
  })

  test(`${direction}: lost frames are counted by reason, and none is lost once it is cleared`, async () => {
    clear()
    await impair(badPort, { direction, lossPercent: 100 })
    const before = await dropped(badPort, 'IMPAIRED_LOSS')
    bench.peer('A').send(...[1, 2, 3, 4].map((number) => numbered('A', macOf('B'), number)))
    await until('four are counted', async () => (await dropped(badPort, 'IMPAIRED_LOSS')) === before + 4)
    await impair(badPort, undefined)
    bench.peer('A').send(numbered('A', macOf('B'), 5))
    await until('the frame has arrived', () => numbersAt('B').length > 0)
    assert.deepEqual(numbersAt('B'), [5])
  })

  test(`${direction}: the same seed takes the same frames`, async () => {
    const survivors = async (seed: number) => {
      clear()
      await impair(badPort, { direction, lossPercent: 30, seed })
      const frames = Array.from({ length: 200 }, (_, number) => numbered('A', macOf('B'), number))
      const before = await dropped(badPort, 'IMPAIRED_LOSS')
      bench.peer('A').send(...frames)
      await until('all are accounted for', async () => {
        const lost = (await dropped(badPort, 'IMPAIRED_LOSS')) - before
        return lost > 0 && lost + numbersAt('B').length === 200
      })
      const numbers = numbersAt('B')
      await impair(badPort, undefined)
      return numbers
    }
    const [first, again, other] = [await survivors(5), await survivors(5), await survivors(6)]
    assert.deepEqual(again, first)
    assert.notDeepEqual(other, first)
    assert.ok(first.length > 100 && first.length < 180)
  })

  test(`${direction}: clearing brings what is under way, in order and before what comes later`, async () => {
    clear()
    await impair(badPort, { direction, delayMs: 60_000 })
    bench.peer('A').send(numbered('A', macOf('B'), 1), numbered('A', macOf('B'), 2))
    await until('they are in the switch', async () => (await bench.stats('A')).received >= 2)
    await impair(badPort, { direction, delayMs: 60_000 })
    assert.deepEqual(numbersAt('B'), [])
    await impair(badPort, undefined)
    bench.peer('A').send(numbered('A', macOf('B'), 3))
    await until('all have arrived', () => numbersAt('B').length === 3)
    assert.deepEqual(numbersAt('B'), [1, 2, 3])
  })
}

test('a link that is down stops both directions', async () => {
  clear()
  await impair('B', { down: true })
  const before = await dropped('B', 'IMPAIRED_DOWN')
  bench.peer('A').send(numbered('A', macOf('B'), 1))
  bench.peer('B').send(numbered('B', macOf('A'), 2))
  await until('both are counted', async () => (await dropped('B', 'IMPAIRED_DOWN')) === before + 2)
  assert.deepEqual([...numbersAt('A'), ...numbersAt('B')], [])
  await impair('B', undefined)
})

test('tags still change on the way out of a bad link', async () => {
  clear()
  await impair('V', { direction: 'out', delayMs: 1 })
  bench.peer('A').send(numbered('A', macOf('V'), 1))
  await until('it has arrived', () => bench.peer('V').received.length === 1)
  assert.equal(bench.peer('V').received[0]?.readUInt16BE(12), 0x8100)
  assert.equal(bench.peer('V').received[0]?.length, 84)
  await impair('V', undefined)
})

test('frames keep passing while bad links come and go', async () => {
  clear()
  for (let round = 0; round < 20; round++) {
    bench.peer('A').send(numbered('A', macOf('B'), round))
    await impair(round % 2 ? 'A' : 'B', round % 4 < 2 ? { delayMs: 1 } : undefined)
  }
  await impair('A', undefined)
  await until('all have arrived', () => numbersAt('B').length === 20)
  assert.deepEqual(numbersAt('B'), [...Array(20).keys()])
})

test('a switch that is started again has its bad links again', async () => {
  clear()
  const ports = bench.config.ports.map((port) => {
    return port.id === 'B' ? { ...port, impairment: { ...perfectLink, down: true } } : port
  })
  await stopSwitch(bench.config)
  const control = await startSwitch({ ...bench.launch, config: { ...bench.config, ports } })
  control.close()
  await bench.restartControl()
  await bench.allConnected()
  bench.peer('A').send(numbered('A', macOf('B'), 1))
  await until('it is counted', async () => (await dropped('B', 'IMPAIRED_DOWN')) === 1)
  await impair('B', undefined)
})

test('a capture shows each frame where it came in and where it went out', async () => {
  clear()
  const { end } = await capture()
  bench.peer('A').send(numbered('A', macOf('B'), 1))
  await until('it has arrived', () => numbersAt('B').length === 1)
  const { interfaces, packets } = await end()
  assert.deepEqual(interfaces, [
    'A (vSwitch0/web)',
    'B (vSwitch0/web)',
    'D (vSwitch0/twenty)',
    'V (vSwitch0/trunk)',
  ])
  assert.deepEqual(
    packets.map(({ on, direction, comment }) => ({ on, direction, comment })),
    [
      { on: 'A (vSwitch0/web)', direction: 'in', comment: undefined },
      { on: 'B (vSwitch0/web)', direction: 'out', comment: undefined },
    ],
  )
  assert.deepEqual(packets[0]?.frame, numbered('A', macOf('B'), 1))
})

test('a captured trunk port shows the tag that leaves by it', async () => {
  clear()
  const { end } = await capture({ ports: ['V'] })
  bench.peer('A').send(numbered('A', macOf('V'), 1))
  await until('it has arrived', () => bench.peer('V').received.length === 1)
  const { packets, interfaces } = await end()
  assert.deepEqual(interfaces, ['V (vSwitch0/trunk)'])
  assert.deepEqual(packets[0]?.frame, bench.peer('V').received[0])
})

test('dropped frames carry their reason and the setting as a comment', async () => {
  clear()
  const { end } = await capture({ dropsOnly: true })
  bench
    .peer('A')
    .send(numbered('X', macOf('B'), 1), numbered('A', macOf('B'), 2), numbered('A', macOf('D'), 3))
  await until('the good one has arrived', () => numbersAt('B').length === 1)
  await until('the others are counted', async () => (await dropped('A', 'OTHER_VLAN')) > 0)
  const { packets } = await end()
  assert.deepEqual(
    packets.map(({ comment }) => comment),
    ['FORGED_TRANSMIT: vSwitch0/web security.forgedTransmits: reject', 'OTHER_VLAN: vSwitch0/web vlan: 10'],
  )
})

test('frames that the link conditions take are in the capture as well', async () => {
  clear()
  await impair('B', { lossPercent: 100 })
  const { end } = await capture({ ports: ['B'], dropsOnly: true })
  const before = await dropped('B', 'IMPAIRED_LOSS')
  bench.peer('A').send(numbered('A', macOf('B'), 1))
  bench.peer('B').send(numbered('B', macOf('A'), 2))
  await until('both are counted', async () => (await dropped('B', 'IMPAIRED_LOSS')) === before + 2)
  const { packets } = await end()
  assert.deepEqual(packets.map(({ direction, comment }) => `${direction} ${comment}`).sort(), [
    'in IMPAIRED_LOSS: link conditions: loss',
    'out IMPAIRED_LOSS: link conditions: loss',
  ])
  await impair('B', undefined)
})

test('a capture ends by itself after the wanted number of frames, and keeps the wanted part of each', async () => {
  clear()
  const { read } = await capture({ ports: ['A'], frames: 2, snapBytes: 32 })
  bench.peer('A').send(...[1, 2, 3].map((number) => numbered('A', macOf('B'), number)))
  const { packets } = await read
  assert.deepEqual(
    packets.map(({ frame, frameBytes }) => [frame.length, frameBytes]),
    [
      [32, 80],
      [32, 80],
    ],
  )
})

test('a reader that does not read costs records and no frames', async () => {
  clear()
  const socket = await openCapture(bench.config.controlSocket, { ...everything, ports: ['A'] })
  socket.pause()
  const frame = Buffer.from(frameOf('A', { to: macOf('B'), bytes: 1514 }))
  const count = 20_000
  for (let sent = 0; sent < count; sent += 500) {
    bench.peer('A').send(...new Array<Buffer>(500).fill(frame))
    await until('they have arrived', () => bench.peer('B').received.length === sent + 500)
  }
  const read = buffer(socket).then(readPcapng)
  socket.end()
  const { packets, statistics } = await read
  const [own] = statistics
  assert.equal(own?.received, count)
  assert.ok(own.lost > 0)
  assert.equal(packets.length + own.lost, count)
})

test('a reader that vanishes ends its capture', async () => {
  const socket = await openCapture(bench.config.controlSocket, everything)
  socket.destroy()
  clear()
  bench.peer('A').send(numbered('A', macOf('B'), 9))
  await until('frames pass', () => numbersAt('B').length === 1)
  assert.equal((await bench.control.ping()).lab, 'bench')
})

test('a capture of nonsense is refused by name', async () => {
  const wrong = openCapture(bench.config.controlSocket, { ...everything, snapBytes: -1 })
  await assert.rejects(wrong, { code: 'switch-refused', message: /capture\.snapBytes is not a whole number/ })
})
