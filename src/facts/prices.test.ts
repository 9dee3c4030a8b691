import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloudSize } from './clouds.ts'
import written from './data/prices.json' with { type: 'json' }
import { priceFileProblems } from './price-file.ts'
import { defaultPrices, hoursPerMonth, instancePrice, readPrices } from './prices.ts'

const own = {
  asOf: '2026-12-01',
  sources: { bill: { title: 'Our bill', grade: 'V' } },
  rows: [
    {
      kind: 'instance',
      provider: 'ec2',
      size: 'm8i.large',
      region: 'us-east-1',
      usdPerHour: 0.09,
      source: 'bill',
    },
    { kind: 'electricity', region: 'home', usdPerKwh: 0.4, source: 'bill' },
  ],
}

const usdPerHour = (size: string, provider = 'ec2') =>
  instancePrice(defaultPrices(), { provider, size })?.usdPerHour ?? Number.NaN

test('the file of prices is well formed, and cites each of its sources', () => {
  assert.deepEqual(priceFileProblems(written), [])
  const cited = new Set(written.rows.map(({ source }) => source))
  assert.deepEqual(Object.keys(written.sources).sort(), [...cited].sort())
})

test('every size with a price is a size of its cloud that nests', () => {
  for (const { provider, size } of defaultPrices().instances) {
    const known = cloudSize(provider, size)
    assert.ok(known?.nested === 'yes' || known?.nested === 'metal', `${provider} ${size}`)
  }
})

test('Windows costs more than Linux, and a loaded server draws more than an idle one', () => {
  for (const { size, usdPerHour: linux, windowsUsdPerHour } of defaultPrices().instances) {
    if (windowsUsdPerHour !== undefined) assert.ok(windowsUsdPerHour > linux, size)
  }
  for (const { key, idleWatts, loadedWatts } of defaultPrices().servers)
    assert.ok(loadedWatts > idleWatts, key)
})

test('a metal instance of m5 costs 3,364 dollars a month, a small slice of m8i a fraction of that', () => {
  assert.equal(Math.round(usdPerHour('m5.metal') * hoursPerMonth), 3364)
  assert.ok(usdPerHour('m5.metal') / usdPerHour('m8i.large') > 40)
})

test('a size is found however it is written, and only in a region that has a price', () => {
  assert.equal(usdPerHour('D4s_v5', 'azure'), usdPerHour('Standard_D4s_v5', 'azure'))
  const wanted = { provider: 'ec2', size: 'm8i.large' }
  assert.ok(instancePrice(defaultPrices(), { ...wanted, region: 'us-east-1' }))
  assert.equal(instancePrice(defaultPrices(), { ...wanted, region: 'eu-north-1' }), undefined)
  assert.equal(instancePrice(defaultPrices(), { provider: 'ec2', size: 'm8i.tiny' }), undefined)
})

test("the rows of a user's file replace ours about the same, and leave the others", () => {
  const read = readPrices(own)
  assert.ok(read.ok)
  assert.equal(read.prices.asOf, '2026-12-01')
  assert.equal(instancePrice(read.prices, { provider: 'ec2', size: 'm8i.large' })?.usdPerHour, 0.09)
  assert.equal(read.prices.instances.length, defaultPrices().instances.length)
  assert.equal(instancePrice(read.prices, { provider: 'ec2', size: 'm8i.large' })?.source.title, 'Our bill')
  assert.equal(read.prices.electricity[0]?.region, 'home')
  assert.equal(read.prices.electricity.length, defaultPrices().electricity.length + 1)
  assert.equal(read.prices.depreciation?.years, defaultPrices().depreciation?.years)
})

test('each mistake in a price file is told with its key and with what would be right', () => {
  const [instance, electricity] = own.rows
  const mistakes: readonly [unknown, RegExp][] = [
    ['prices', /^The file is no table of prices\.$/],
    [null, /^The file is no table of prices\.$/],
    [{ ...own, asOf: 'yesterday' }, /^asOf: a day is wanted, such as 2026-11-28\.$/],
    [{ ...own, rows: {} }, /^rows: a list of rows is wanted\.$/],
    [
      { ...own, rows: [{ ...instance, usdPerHour: '0.09' }, electricity] },
      /^rows\[0\]\.usdPerHour: a number of US dollars/,
    ],
    [{ ...own, rows: [{ ...instance, usdPerHour: -1 }] }, /^rows\[0\]\.usdPerHour: the price is below 0\.$/],
    [{ ...own, rows: [{ ...instance, provider: 'aws' }] }, /^rows\[0\]\.provider: one of `ec2`, `azure`/],
    [
      { ...own, rows: [{ ...electricity, eur: 1 }] },
      /^rows\[0\]: `eur` is not known here; the keys are `kind`, `region`, `usdPerKwh`/,
    ],
    [
      { ...own, rows: [{ ...electricity, kind: 'gas' }] },
      /^rows\[0\]\.kind: one of `instance`, `storage`, `electricity`/,
    ],
    [
      { ...own, rows: [{ ...electricity, source: 'gone' }] },
      /^rows\[0\]\.source: no source is named `gone`\.$/,
    ],
    [
      { ...own, rows: [electricity, electricity] },
      /^rows\[1\]: rows\[0\] has the price of electricity in home already\.$/,
    ],
    [
      { ...own, sources: { bill: { title: 'Our bill', grade: 'A' } } },
      /^sources\.bill\.grade: `V` \(vendor\)/,
    ],
    [
      { ...own, currency: 'EUR' },
      /^The file: `currency` is not known here; the keys are `asOf`, `sources`, `rows`\.$/,
    ],
  ]
  for (const [value, problem] of mistakes) {
    const read = readPrices(value)
    assert.ok(!read.ok, JSON.stringify(value))
    assert.equal(read.problems.length, 1, read.problems.join('\n'))
    assert.match(String(read.problems[0]), problem)
  }
})

test('all mistakes are told at once', () => {
  const read = readPrices({ ...own, asOf: 1, rows: [{ ...own.rows[0], usdPerHour: 'much', region: '' }] })
  assert.ok(!read.ok)
  assert.equal(read.problems.length, 3)
})
