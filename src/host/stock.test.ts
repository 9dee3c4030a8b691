/** Lending and waiting. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeStock } from './stock.ts'

const patient = new AbortController().signal

describe('A stock', () => {
  it('serves those who wait in the order they came', async () => {
    const stock = makeStock<string>()
    const first = stock.take(patient)
    const second = stock.take(patient)
    stock.put('a')
    stock.put('b')
    assert.deepEqual(await Promise.all([first, second]), ['a', 'b'])
  })

  it('does not lose an item to one who has given up waiting', async () => {
    const stock = makeStock<string>()
    const giving = new AbortController()
    const given = stock.take(giving.signal)
    const next = stock.take(patient)
    giving.abort(new Error('given up'))
    stock.put('a')
    await assert.rejects(given, /given up/)
    assert.equal(await next, 'a')
  })

  it('sends everyone away once it is shut', async () => {
    const stock = makeStock<string>()
    const waiting = stock.take(patient)
    stock.shut(new Error('lost'))
    await assert.rejects(waiting, /lost/)
    await assert.rejects(stock.take(patient), /lost/)
  })

  it('lends without waiting only what fits', () => {
    const stock = makeStock<string>()
    stock.put('a')
    assert.equal(
      stock.takeNow((item) => item !== 'a'),
      undefined,
    )
    assert.equal(
      stock.takeNow((item) => item === 'a'),
      'a',
    )
    assert.equal(stock.isEmpty, true)
  })
})
