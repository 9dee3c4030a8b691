/** The flow cache may forget, but never mistakes one kind of frame for another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Flow, FlowCache } from './flows.ts'

/** One of a few values for each of the four words of the key, so that most frames differ in one word only. */
function frameNumber(n: number): DataView {
  const view = new DataView(new ArrayBuffer(18))
  view.setInt32(0, Math.imul(n % 11, 0x01234567))
  view.setInt32(4, Math.imul((n >> 4) % 11, 0x31415927))
  view.setInt32(8, Math.imul((n >> 8) % 11, 0x27182819))
  const vid = (n >> 12) % 11
  view.setUint16(12, vid === 0 ? 0x0800 : 0x8100)
  view.setUint16(14, 0xa000 + vid)
  return view
}

function keyOf(view: DataView): string {
  const tag = view.getUint16(12) === 0x8100 ? view.getUint16(14) & 0xfff : -1
  return [view.getInt32(0), view.getInt32(4), view.getInt32(8), tag].join()
}

test('a flow is found only for the frames it was decided for, however many there are', () => {
  const cache = new FlowCache()
  const flows = new Map<string, Flow>()
  let random = 1
  let hits = 0
  for (let i = 0; i < 50_000; i++) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0
    const view = frameNumber(random >>> 12)
    const found = cache.find(view, 0)
    const key = keyOf(view)
    const flow = flows.get(key) ?? {
      vlan: 0,
      pass: [],
      changed: [],
      drops: [],
      lesson: undefined,
      toldAtS: 0,
    }
    flows.set(key, flow)
    if (found) {
      hits += 1
      assert.equal(found, flow)
    } else cache.remember(flow)
    assert.equal(cache.find(view, 0), flow)
  }
  assert.ok(hits > 100, `${hits} hits`)
})

test('a cleared cache knows nothing', () => {
  const cache = new FlowCache()
  const view = frameNumber(5)
  assert.equal(cache.find(view, 0), undefined)
  cache.remember({ vlan: 0, pass: [], changed: [], drops: [], lesson: undefined, toldAtS: 0 })
  cache.clear()
  assert.equal(cache.find(view, 0), undefined)
  assert.equal(cache.find(frameNumber(0), 0), undefined)
})
