/** What the running switch learns, remembers over reloads, forgets, and does not let an attacker fill. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { macText } from '../mac.ts'
import { macOf } from '../truth-table.fixture.ts'
import { framed, until } from './peers.fixture.ts'
import { learningSwitch, PlaneBench } from './plane-bench.fixture.ts'

const homes = { A: 'web', N: 'learn', O: 'learn' }
const wanted = { spec: learningSwitch(), homes }

test('a frame behind the one that teaches, in the same read, already sees what it taught', async () => {
  await PlaneBench.with(wanted, async (bench) => {
    assert.deepEqual(await bench.send('N', 'N>x', 'N>x', 'N:x>*', 'N>x', 'N:x>O'), ['O', 'O', 'AO', '', 'O'])
    assert.deepEqual(bench.stats('N').dropped, { OWN_ADDRESS: 1 })
  })
})

test('what one port remembers is void when another one teaches something, and when a MAC moves', async () => {
  await PlaneBench.with(wanted, async (bench) => {
    assert.deepEqual(await bench.send('A', 'A>x', 'A>x'), ['NO', 'NO'])
    await bench.send('N', 'N:x>A')
    assert.deepEqual(await bench.send('A', 'A>x', 'A>x'), ['N', 'N'])
    await bench.send('O', 'O:x>A')
    assert.deepEqual(await bench.send('A', 'A>x', 'A>x'), ['O', 'O'])
  })
})

test('a MAC that is seen again and again keeps its place, and one that is not is forgotten', async () => {
  await PlaneBench.with(wanted, async (bench) => {
    await bench.send('N', 'N:x>A', 'N:y>A')
    for (let i = 0; i < 4; i++) {
      bench.pass(100)
      await bench.send('N', 'N:x>A')
    }
    assert.deepEqual(await bench.send('A', 'A>x', 'A>y'), ['N', 'NO'])
    bench.pass(301)
    assert.deepEqual(await bench.send('A', 'A>x'), ['NO'])
  })
})

test('the list of MACs names port, VLAN and age of each', async () => {
  await PlaneBench.with(wanted, async (bench) => {
    await bench.send('O', 'O:y>A')
    bench.pass(7)
    await bench.send('N', 'N:x>A')
    const fixed = ['A', 'N', 'O'].map((port) => ({ mac: macOf(port), port, kind: 'static' }))
    const learned = { kind: 'learned', vlan: 10 }
    assert.deepEqual(bench.plane.macs(), [
      {
        switchName: 'dvs',
        macs: [
          ...fixed,
          { ...learned, mac: macOf('x'), port: 'N', ageS: 0 },
          { ...learned, mac: macOf('y'), port: 'O', ageS: 7 },
        ],
      },
    ])
  })
})

test('a reload keeps what was learned, but not behind a port that may no longer learn', async () => {
  await PlaneBench.with(wanted, async (bench) => {
    await bench.send('N', 'N:x>A')
    await bench.send('O', 'O:y>A')
    await bench.apply({ spec: { ...wanted.spec, mtu: 9000 }, homes: { B: 'web', ...homes } })
    assert.deepEqual(await bench.send('A', 'A>x', 'A>y'), ['N', 'O'])
    await bench.apply({ spec: wanted.spec, homes: { ...homes, N: 'web' } })
    assert.deepEqual(await bench.send('A', 'A>x', 'A>y'), ['O', 'O'])
    await bench.apply(wanted)
    assert.deepEqual(await bench.send('A', 'A>x'), ['NO'])
  })
})

/** A write of many frames, each with another source, that leave no port. */
function strangers(first: number, count: number): Buffer {
  const frame = Buffer.alloc(60)
  Buffer.from(macOf('N').replaceAll(':', ''), 'hex').copy(frame, 0)
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => {
      Buffer.from(macText(0x0600_0000_0000 + first + i).replaceAll(':', ''), 'hex').copy(frame, 6)
      return framed(frame)
    }),
  )
}

test('a guest that invents MACs fills its own limit and no more, and others are served meanwhile', async () => {
  await PlaneBench.with({ spec: learningSwitch(1000), homes: { ...homes, B: 'web' } }, async (bench) => {
    await bench.send('O', 'O:y>A')
    const batch = 2000
    for (let round = 0; round < 20; round++) {
      const seen = bench.stats('N').received
      bench.peer('N').raw(strangers(round * batch, batch))
      assert.deepEqual(await bench.send('A', 'A>B', 'A>y'), ['B', 'O'])
      await until('all have been read', () => bench.stats('N').received === seen + batch)
    }
    const [known] = bench.plane.macs()
    const behind = (port: string) => known?.macs.filter((mac) => mac.kind === 'learned' && mac.port === port)
    assert.equal(behind('N')?.length, 1000)
    assert.equal(behind('O')?.length, 1)
    assert.equal(bench.stats('N').dropped.LEARN_LIMIT, 20 * batch - 1000)
  })
})
