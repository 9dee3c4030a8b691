/** Numbers with units as people type them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bitsPerSecond,
  durationText,
  rateText,
  readCount,
  readDuration,
  readPercent,
  readRate,
} from './quantities.ts'

test('a time needs its unit', () => {
  const rows: readonly [string, number | undefined][] = [
    ['40ms', 40],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['100us', 0.1],
    ['40 MS', 40],
    ['0ms', 0],
    ['40', undefined],
    ['', undefined],
    ['ms', undefined],
    ['-1ms', undefined],
    ['1e3ms', undefined],
    ['40msx', undefined],
    ['1constructor', undefined],
  ]
  for (const [text, ms] of rows) assert.equal(readDuration(text), ms, text)
})

test('a rate is in bits and thousands', () => {
  const rows: readonly [string, number | undefined][] = [
    ['10mbit', 10_000_000],
    ['512Kbit', 512_000],
    ['1.5gbit', 1_500_000_000],
    ['100bit', 100],
    ['10', undefined],
    ['10mbps', undefined],
    ['10MB', undefined],
  ]
  for (const [text, rate] of rows) assert.equal(readRate(text), rate, text)
})

test('a percentage is at most a hundred, with its sign or without', () => {
  const rows: readonly [string, number | undefined][] = [
    ['1%', 1],
    ['0.01%', 0.01],
    ['100', 100],
    ['100.1%', undefined],
    ['-1%', undefined],
    ['%', undefined],
    ['one', undefined],
  ]
  for (const [text, percent] of rows) assert.equal(readPercent(text), percent, text)
})

test('a count is whole and within its bounds', () => {
  assert.equal(readCount('5', { least: 1 }), 5)
  assert.equal(readCount('0', { least: 1 }), undefined)
  assert.equal(readCount('1.5'), undefined)
  assert.equal(readCount('99999999999999999999'), undefined)
})

test('what is shown can be typed again', () => {
  for (const ms of [0.1, 5, 40, 1500, 60_000]) assert.equal(readDuration(durationText(ms)), ms)
  for (const rate of [100, 512_000, 10_000_000, 1_500_000_000]) assert.equal(readRate(rateText(rate)), rate)
  assert.equal(bitsPerSecond(999), '999 bit/s')
  assert.equal(bitsPerSecond(9400), '9.4 kbit/s')
  assert.equal(bitsPerSecond(31_800_000_000), '31.80 Gbit/s')
})
