/** Policies change while frames flow, and no frame is lost that both versions would pass. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { SwitchSpec } from '../spec.ts'
import { frameOf } from '../truth-table.fixture.ts'
import { framed, until } from './peers.fixture.ts'
import { learningSwitch, PlaneBench } from './plane-bench.fixture.ts'

const homes = { A: 'web', B: 'web', N: 'learn' }

/** In every version A reaches B and N; everything else about the switch changes. */
function version(round: number): SwitchSpec {
  const spec = learningSwitch(10 + round)
  const verdict = round % 2 === 0 ? 'accept' : 'reject'
  const security = { promiscuous: verdict, forgedTransmits: verdict, macChanges: verdict } as const
  const portgroups = spec.portgroups.map((group) => ({ ...group, security }))
  return {
    ...spec,
    mtu: 1500 + round,
    portgroups: round % 3 === 0 ? portgroups.toReversed() : portgroups,
    floodingGate: round % 2 === 0 ? 'both' : 'receiver',
    uplinks: round % 5 === 0 ? [{ kind: 'nat' }] : [],
  }
}

/** Every third one for N, the others for B. */
function numberedFrame(number: number): Buffer {
  const to = number % 3 === 0 ? 'N' : 'B'
  const bytes = Buffer.from(frameOf('A', { to, bytes: 60 + ((number * 97) % 1440) }))
  bytes.writeUInt32BE(number, 20)
  return framed(bytes)
}

function endsOf(frames: readonly Buffer[]): readonly number[] {
  let end = 0
  return frames.map(({ length }) => {
    end += length
    return end
  })
}

test('over 100 reloads in the middle of frames, none of them is lost and their order stays', async () => {
  const first = { spec: version(1), homes }
  await PlaneBench.with(first, async (bench) => {
    const frames = Array.from({ length: 20_000 }, (_, number) => numberedFrame(number))
    const stream = Buffer.concat(frames)
    const ends = endsOf(frames)
    // Promiscuous versions show some frames to others as well.
    const got = (letter: string) =>
      bench.peer(letter).received.filter((bytes) => bytes[5] === letter.charCodeAt(0))
    const piece = Math.ceil(stream.length / 100)
    for (let round = 0; round < 100; round++) {
      bench.peer('A').raw(stream.subarray(round * piece, (round + 1) * piece))
      await turn()
      bench.reload({ spec: version(round), homes: round % 4 === 0 ? homes : { ...homes, C: 'web' } })
      // More under way would fill the queues, where frames may be lost.
      const whole = ends.filter((end) => end <= (round + 1) * piece).length
      await until('its whole frames have arrived', () => got('B').length + got('N').length === whole)
    }
    for (const [letter, count] of [
      ['B', 13_333],
      ['N', 6667],
    ] as const) {
      const numbers = got(letter).map((bytes) => bytes.readUInt32BE(20))
      assert.equal(numbers.length, count)
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    }
    assert.equal(bench.stats('A').lost + bench.stats('B').lost + bench.stats('N').lost, 0)
  })
})
