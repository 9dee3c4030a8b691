import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskReport } from './disks.ts'
import { labOf } from './labs.fixture.ts'

const gib = 1024

test('thick disks are taken at once, thin ones grow', () => {
  const of = (thin: boolean) =>
    diskReport(
      labOf(
        `machines: { vm: { image: tiny, bootMedia: network, disks: [{ size: 40GiB, thin: ${thin} }] } }\n`,
      ),
      1,
    )
  assert.deepEqual(of(false).takenMiB, { low: 40 * gib, high: 40 * gib })
  const { takenMiB, allocatedMiB } = of(true)
  assert.ok(takenMiB.high < allocatedMiB && takenMiB.low < takenMiB.high)
})

test('copies of one image as linked clones take one image and their differences', () => {
  const [group] = diskReport(
    labOf('machines: { vm: { image: tiny, count: 10, bootDisk: 20GiB } }\n'),
    1,
  ).copies
  assert.deepEqual([group?.copies, group?.bootDiskMiB], [10, 20 * gib])
  assert.ok((group?.linkedMiB.high ?? 0) < (group?.fullMiB.high ?? 0) / 2)
})

test('seats are copies too, and a single machine is none', () => {
  const lab = labOf('machines: { vm: { image: tiny, bootDisk: 20GiB } }\n')
  assert.deepEqual(diskReport(lab, 1).copies, [])
  assert.equal(diskReport(lab, 30).copies[0]?.copies, 30)
  assert.equal(diskReport(lab, 30).allocatedMiB, 30 * diskReport(lab, 1).allocatedMiB)
})

test('a boot disk that nobody knows is named, and in no sum', () => {
  const { unknown, allocatedMiB } = diskReport(
    labOf('machines: { vm: { image: tiny, disks: [{ size: 1GiB }] } }\n'),
    1,
  )
  assert.deepEqual([unknown, allocatedMiB], [['vm'], gib])
})

test('machines of a role and hypervisors have the boot disk of their product', () => {
  const { allocatedMiB, unknown } = diskReport(
    labOf('machines: { esxi: { hypervisor: { product: esxi, version: "8.0" } } }\n'),
    1,
  )
  assert.deepEqual([allocatedMiB, unknown], [32 * gib, []])
  const vcenter = diskReport(labOf('machines: { vc: { image: tiny, role: vcenter } }\n'), 1)
  assert.equal(vcenter.allocatedMiB, 579 * gib)
})
