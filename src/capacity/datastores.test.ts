import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datastoreUses } from './datastores.ts'
import { labOf } from './labs.fixture.ts'

const nas = (more = '') =>
  `datastores: { nas: { kind: nfs, size: 3TiB, disks: { count: 2, kind: sata, layout: mirror }${more} } }\n`
const vms = (count: number) => `machines: { vm: { image: tiny, count: ${count}, bootDisk: 20GiB } }\n`

const onNas = (count: number, more?: string) =>
  datastoreUses(labOf(nas(more) + vms(count)), 1)[0] ?? assert.fail('no datastore')

test('a mirrored pair of SATA disks gives the IOPS of one, and gets slow at 20 to 30 machines', () => {
  const { iops } = onNas(10)
  assert.deepEqual(
    [iops?.disks, iops?.slowFrom],
    [
      { low: 75, high: 100 },
      { low: 20, high: 30 },
    ],
  )
  const verdicts = [19, 20, 30, 31].map((count) => onNas(count).iops?.verdict)
  assert.deepEqual(verdicts, ['fine', 'gets-slow', 'gets-slow', 'slow'])
})

test('at 20 machines each has 4 to 5 IOPS of it, at 30 no more than 3', () => {
  assert.deepEqual(onNas(20).iops?.perMachine, { low: 3.75, high: 5 })
  assert.ok((onNas(30).iops?.perMachine?.high ?? 9) < 3.4)
})

test('a flash cache may help by a factor and may not', () => {
  const { iops } = onNas(31, ', cache: 128GiB')
  assert.equal(iops?.cacheFactor.low, 1)
  assert.ok((iops?.cacheFactor.high ?? 0) > 2)
  assert.equal(iops?.verdict, 'gets-slow')
})

test('SSDs carry many more machines than turning disks, and a stripe more than a mirror', () => {
  const slowFrom = (disks: string) => {
    const text = `datastores: { one: { kind: nfs, disks: { ${disks} } } }\n${vms(1)}`
    return datastoreUses(labOf(text), 1)[0]?.iops?.slowFrom.low ?? Number.NaN
  }
  const [mirror, stripe] = [
    slowFrom('count: 2, kind: sata, layout: mirror'),
    slowFrom('count: 2, kind: sata, layout: stripe'),
  ]
  assert.equal(stripe, 2 * mirror)
  assert.ok(slowFrom('count: 1, kind: ssd, layout: single') > 50 * mirror)
  assert.ok(slowFrom('count: 4, kind: sata, layout: parity') >= mirror)
})

test('machines inside a hypervisor read and write where its disks are', () => {
  const nested = `machines:
  esxi:
    disks: [{ size: 100GiB, datastore: nas }]
    memory: 16GiB
    hypervisor: { product: esxi, machines: { vm: { image: tiny, count: 21 } } }
`
  const [use] = datastoreUses(labOf(nas() + nested), 1)
  assert.deepEqual([use?.machines, use?.iops?.verdict], [22, 'gets-slow'])
})

test('a datastore is full when thick disks are, and overcommitted when thin ones may become so', () => {
  const of = (size: string, thin: boolean) =>
    datastoreUses(
      labOf(`datastores: { one: { kind: nfs, size: ${size} } }
machines: { vm: { image: tiny, bootMedia: network, disks: [{ size: 100GiB, datastore: one, thin: ${thin} }] } }
`),
      1,
    )[0]
  assert.deepEqual([of('99GiB', false)?.fit, of('200GiB', false)?.fit], ['does-not-fit', 'fits'])
  const thin = of('99GiB', true)
  assert.deepEqual([thin?.fit, thin?.isOvercommitted, thin?.iops], ['fits', true, undefined])
  assert.equal(of('5GiB', true)?.fit, 'does-not-fit')
})
