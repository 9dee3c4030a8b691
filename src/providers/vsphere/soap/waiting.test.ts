import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { laterThan, pause, untilAborted } from './waiting.ts'

const enough = new Error('enough')

describe('Waiting', () => {
  it('gives what was waited for, and what went wrong', async () => {
    const { signal } = new AbortController()
    assert.equal(await untilAborted(Promise.resolve(7), signal), 7)
    await assert.rejects(untilAborted(Promise.reject(enough), signal), enough)
    assert.equal(await untilAborted(undefined, signal), undefined)
  })

  it('ends with the reason of whoever gives up', async () => {
    const stop = new AbortController()
    const waited = untilAborted(new Promise(() => undefined), stop.signal)
    stop.abort(enough)
    await assert.rejects(waited, enough)
    await assert.rejects(untilAborted(Promise.resolve(7), stop.signal), enough)
    await assert.rejects(pause(1e6, stop.signal), enough)
  })

  it('for a time ends in its midst with the reason', async () => {
    const stop = new AbortController()
    const paused = pause(1e6, stop.signal)
    stop.abort(enough)
    await assert.rejects(paused, enough)
  })

  it('leaves nothing behind with a signal that lives on', async () => {
    const { signal } = new AbortController()
    for (let count = 0; count < 3; count += 1) {
      using later = laterThan(signal, 1)
      await untilAborted(Promise.resolve(later), signal)
    }
    assert.deepEqual(getEventListeners(signal, 'abort'), [])
  })

  it('may go on for a while after somebody has given up', async () => {
    const stop = new AbortController()
    using later = laterThan(stop.signal, 1)
    stop.abort(enough)
    assert.equal(later.aborted, false)
    const keptRunning = setInterval(() => undefined, 1000)
    await assert.rejects(untilAborted(new Promise(() => undefined), later), enough)
    clearInterval(keptRunning)
  })
})
