import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hoursPerMonth, type Prices, readPrices } from '#facts'
import { labOf } from '../labs.fixture.ts'
import { type SizeOptions, sizeLab } from '../size-lab.ts'

const nodes = (count: number, memory: string) =>
  `machines: { node: { image: kvm-node, count: ${count}, memory: ${memory}, cpus: 1, bootDisk: 20GiB, hypervisor: { product: kvm } } }\n`

const source = 'bill'
const instance = (size: string, usdPerHour: number) => ({
  kind: 'instance',
  provider: 'ec2',
  size,
  region: 'here',
  usdPerHour,
  source,
})
const server = {
  kind: 'server',
  key: 'box',
  title: 'Box',
  cores: 8,
  memoryGiB: 32,
  idleWatts: 100,
  loadedWatts: 200,
  usd: 960,
  source,
}

const electricity = { kind: 'electricity', region: 'home', usdPerKwh: 0.5, source }

/** Only these prices: nothing of ours. */
function pricesOf(...rows: readonly object[]): Prices {
  const read = readPrices({ asOf: '2026-10-01', sources: { bill: { title: 'Our bill', grade: 'V' } }, rows })
  assert.ok(read.ok, 'problems' in read ? read.problems.join('\n') : '')
  const ours = <Row extends { readonly source: { readonly title: string } }>(all: readonly Row[]) =>
    all.filter((row) => row.source.title === 'Our bill')
  const { prices } = read
  return {
    asOf: prices.asOf,
    instances: ours(prices.instances),
    storage: ours(prices.storage),
    electricity: ours(prices.electricity),
    servers: ours(prices.servers),
    depreciation: prices.depreciation?.source.title === 'Our bill' ? prices.depreciation : undefined,
  }
}

const costOf = (text: string, options: SizeOptions) => sizeLab(labOf(text), options).cost
const offerOf = (kind: string, text: string, options: SizeOptions) =>
  costOf(text, options).offers.find((offer) => offer.kind === kind)

test('owned hardware costs its watts from idle to loaded, and is written off by the month', () => {
  const prices = pricesOf(
    server,
    { kind: 'electricity', region: 'home', usdPerKwh: 0.5, source },
    {
      kind: 'depreciation',
      years: 4,
      source,
    },
  )
  const offer = offerOf('owned', nodes(2, '8GiB'), { prices, hours: 10 })
  assert.deepEqual([offer?.count, offer?.upFrontUsd, offer?.writeOffUsdPerMonth], [1, 960, 20])
  assert.deepEqual(offer?.perHourUsd, { low: 0.05, high: 0.1 })
  assert.deepEqual(offer?.hoursUsd, { low: 0.5, high: 1 })
  assert.deepEqual(offer?.monthUsd, { low: 0.05 * hoursPerMonth + 20, high: 0.1 * hoursPerMonth + 20 })
})

test('as many servers are bought as the machines really need, and each draws its watts', () => {
  // Two machines of 12 GiB fit on a server of 32 GiB, a third one does not.
  const offer = (machines: number) =>
    offerOf('owned', nodes(machines, '12GiB'), { prices: pricesOf(server, electricity) })
  assert.deepEqual(
    [2, 3, 5].map((machines) => offer(machines)?.count),
    [1, 2, 3],
  )
  assert.ok(Math.abs((offer(5)?.perHourUsd.high ?? 0) - 0.3) < 1e-9)
})

test('without a price of electricity nothing of one’s own is offered', () => {
  const { none } = costOf(nodes(2, '12GiB'), { prices: pricesOf(server) })
  assert.equal(none.find(({ kind }) => kind === 'owned')?.why, 'No price of electricity is known.')
})

test('the cheapest instance that holds the lab is taken, with its disks', () => {
  const prices = pricesOf(
    instance('m8i.large', 0.1),
    instance('m8i.xlarge', 0.2),
    instance('m8i.2xlarge', 0.4),
    {
      kind: 'storage',
      provider: 'ec2',
      region: 'here',
      usdPerGibMonth: 0.73,
      source,
    },
  )
  const offer = offerOf('ec2-nested', nodes(2, '6GiB'), { prices })
  assert.equal(offer?.title, 'm8i.xlarge')
  // Two disks of 20 GiB at 0.001 an hour.
  assert.ok(Math.abs((offer?.perHourUsd.low ?? 0) - (0.2 + 0.04)) < 1e-9)
  assert.equal(offerOf('ec2-nested', nodes(1, '6GiB'), { prices })?.title, 'm8i.large')
})

test('each seat has an instance of its own, and metal carries as many as fit in', () => {
  const prices = pricesOf(instance('m8i.xlarge', 0.2), instance('m5.metal', 4.6))
  const counts = (seats: number) =>
    costOf(nodes(2, '6GiB'), { prices, seats }).offers.map(({ kind, count }) => [kind, count])
  assert.deepEqual(counts(20), [
    ['ec2-nested', 20],
    ['ec2-metal', 1],
  ])
  assert.deepEqual(counts(60)[1], ['ec2-metal', 2])
})

test('what nesting saves against metal is computed for the lab, not asserted', () => {
  const prices = pricesOf(instance('m8i.large', 1), instance('m8i.xlarge', 3), instance('m5.metal', 4))
  const saving = (memory: string) => costOf(nodes(1, memory), { prices }).saving
  assert.deepEqual([saving('6GiB')?.share, saving('12GiB')?.share], [0.75, 0.25])
  assert.deepEqual(saving('6GiB')?.claimed, { low: 0.6, high: 0.7 })
  assert.equal(costOf(nodes(1, '6GiB'), { prices, seats: 20 }).saving?.share, 1 - 20 / 4)
  assert.equal(costOf(nodes(1, '6GiB'), { prices: pricesOf(instance('m8i.large', 1)) }).saving, undefined)
})

test('owned hardware has paid for itself when the rent would have been more', () => {
  const prices = pricesOf(server, instance('m8i.xlarge', 1), {
    kind: 'electricity',
    region: 'home',
    usdPerKwh: 1,
    source,
  })
  const { breakEven } = costOf(nodes(1, '6GiB'), { prices })
  assert.deepEqual(breakEven, [{ against: 'ec2-nested', hours: { low: 960 / 0.9, high: 960 / 0.8 } }])
})

test('what is not offered is told with its reason', () => {
  const { offers, none } = costOf(nodes(1, '600GiB'), {
    prices: pricesOf(instance('m8i.large', 0.1), server, electricity),
  })
  assert.deepEqual(offers, [])
  assert.match(none.find(({ kind }) => kind === 'ec2-nested')?.why ?? '', /fits in no size/)
  assert.match(none.find(({ kind }) => kind === 'azure')?.why ?? '', /No price of a size is known/)
  assert.match(none.find(({ kind }) => kind === 'owned')?.why ?? '', /fits on no number of servers/)
})

test('in Azure, where only Hyper-V nests, the price is the one with Windows', () => {
  const prices = pricesOf({ ...instance('Standard_D4s_v5', 0.2), provider: 'azure', windowsUsdPerHour: 0.4 })
  assert.equal(offerOf('azure', nodes(1, '4GiB'), { prices })?.perHourUsd.low, 0.4)
  const linuxOnly = pricesOf({ ...instance('Standard_D4s_v5', 0.2), provider: 'azure' })
  assert.equal(offerOf('azure', nodes(1, '4GiB'), { prices: linuxOnly }), undefined)
})

test('the size that the file names has a price of its own', () => {
  const cloud = 'site: { kind: facts, cloud: { provider: ec2, size: m8i.2xlarge, nested: true } }\n'
  const prices = pricesOf(instance('m8i.xlarge', 0.2), instance('m8i.2xlarge', 0.4))
  assert.equal(offerOf('declared', cloud + nodes(1, '4GiB'), { prices })?.perHourUsd.low, 0.4)
})

test('the age of a price is told when it is known what day it is', () => {
  const prices = pricesOf(instance('m8i.xlarge', 0.2))
  assert.equal(offerOf('ec2-nested', nodes(1, '4GiB'), { prices, today: '2026-10-31' })?.ageDays, 30)
  assert.equal(offerOf('ec2-nested', nodes(1, '4GiB'), { prices })?.ageDays, undefined)
})
