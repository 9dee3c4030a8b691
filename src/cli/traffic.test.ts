/** Counters become what happened in between. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PortStats } from '#providers'
import { changes, type Sample } from './traffic.ts'

const port = (counted: Partial<PortStats> = {}): PortStats => ({
  switchName: 'vSwitch0',
  portgroup: 'lan',
  port: 'a:nic0',
  connected: true,
  received: 0,
  sent: 0,
  dropped: {},
  ...counted,
})
const sample = (atMs: number, ...ports: PortStats[]): Sample => ({ atMs, ports, unreachable: [] })

test('frames and bits are told per second, drops as they are', () => {
  const before = sample(1000, port({ received: 10, sent: 5, receivedBytes: 1000, sentBytes: 0 }))
  const counted = { received: 30, sent: 5, receivedBytes: 3000, sentBytes: 0, dropped: { MTU_EXCEEDED: 4 } }
  const [change] = changes(before, sample(3000, port(counted)))
  assert.deepEqual(change?.in, { framesPerS: 10, bitsPerS: 8000 })
  assert.deepEqual(change?.out, { framesPerS: 0, bitsPerS: 0 })
  assert.deepEqual(change?.dropped, { MTU_EXCEEDED: 4 })
  assert.equal(change?.isBusy, true)
})

test('a port where nothing happened is not busy', () => {
  const dropped = { FORGED_TRANSMIT: 7 }
  const [change] = changes(
    sample(0, port({ received: 3, dropped })),
    sample(1000, port({ received: 3, dropped })),
  )
  assert.equal(change?.isBusy, false)
  assert.deepEqual(change?.dropped, {})
})

test('counters that began anew, and new ports, do not make up frames', () => {
  const [again] = changes(sample(0, port({ received: 100 })), sample(1000, port({ received: 3 })))
  assert.equal(again?.in.framesPerS, 0)
  const [added] = changes(sample(0), sample(1000, port({ received: 100, dropped: { RUNT: 1 } })))
  assert.equal(added?.in.framesPerS, 0)
  assert.deepEqual(added?.dropped, {})
})

test('a port that lost its machine is worth a line', () => {
  const [change] = changes(sample(0, port()), sample(1000, port({ connected: false })))
  assert.equal(change?.isBusy, true)
})
