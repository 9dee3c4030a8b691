/** Frames of taps and of the log, in whatever order they come. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CapturedFrame } from '#switch'
import { JoinedDrops } from './joined-drops.ts'

const frameAt = (timeNs: number, fill: number, change: Partial<CapturedFrame> = {}): CapturedFrame => ({
  interfaceId: 0,
  direction: 'in',
  timeNs: BigInt(timeNs),
  frame: Buffer.alloc(60, fill),
  frameBytes: 60,
  ...change,
})
const comment = 'FORGED_TRANSMIT: why'

function joined(work: (drops: JoinedDrops) => void): string[] {
  const shown: string[] = []
  const drops = new JoinedDrops((one) =>
    shown.push(`${one.timeNs} ${one.frame[0]} ${one.direction} ${one.comment ? 'dropped' : 'passed'}`),
  )
  work(drops)
  drops.flush()
  drops.close()
  return shown
}

test('a dropped frame is shown once, with its reason and the time when the tap saw it, whichever comes first', () => {
  const expected = ['1 1 in dropped', '2 2 in passed', '3 3 in dropped']
  const first = joined((drops) => {
    for (const time of [1, 2, 3]) drops.see(frameAt(time, time))
    drops.drop(frameAt(9, 3, { comment }))
    drops.drop(frameAt(8, 1, { comment }))
  })
  const last = joined((drops) => {
    drops.drop(frameAt(9, 3, { comment }))
    drops.drop(frameAt(8, 1, { comment }))
    for (const time of [1, 2, 3]) drops.see(frameAt(time, time))
  })
  assert.deepEqual(first, expected)
  assert.deepEqual(last, expected)
})

test('frames that look the same are counted, and those of other ports, lengths and directions are others', () => {
  const shown = joined((drops) => {
    drops.see(frameAt(1, 7))
    drops.see(frameAt(2, 7))
    drops.see(frameAt(3, 7, { interfaceId: 1 }))
    drops.see(frameAt(4, 7, { frameBytes: 61 }))
    drops.see(frameAt(5, 7, { direction: 'out' }))
    drops.drop(frameAt(6, 7, { comment }))
    drops.drop(frameAt(7, 7, { comment, direction: 'out' }))
  })
  assert.deepEqual(shown, [
    ...['1 7 in dropped', '2 7 in passed', '3 7 in passed', '4 7 in passed'],
    ...['5 7 out passed', '7 7 out dropped'],
  ])
})

test('what has waited is shown without being asked for, and what comes later is a frame of its own', async () => {
  const shown: CapturedFrame[] = []
  await new Promise<void>((resolve) => {
    const drops = new JoinedDrops((one) => {
      shown.push(one)
      if (shown.length === 1) drops.drop(frameAt(2, 1, { comment }))
      else resolve()
    })
    drops.see(frameAt(1, 1))
  })
  assert.deepEqual(
    shown.map((one) => one.comment),
    [undefined, comment],
  )
})
