import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import guestIds from './data/guest-ids.json' with { type: 'json' }
import written from './data/hardware-versions.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'
import { guestIdData, guestIdOf } from './guest-ids.ts'
import {
  firstNestedHardwareVersion,
  hardwareVersion,
  hardwareVersions,
  newestHardwareVersion,
} from './hardware-versions.ts'
import { productFacts, productVersions } from './products.ts'
import { compareVersions } from './versions.ts'

const count = z.int().positive()

const hardwareRow = z.strictObject({
  version: count,
  title: z.string(),
  firstEsxi: z.string().optional(),
  maxCpus: count,
  maxCoresPerSocket: count,
  maxMemoryGiB: count.optional(),
  maxNics: count,
  maxScsiControllers: count,
  maxNvmeControllers: z.int().nonnegative(),
  nestedVirtualization: z.enum(['supported', 'untested', 'none']),
  vbs: z.enum(['intel', 'intel-and-amd']).optional(),
  source: sourceName,
})

const guestRow = z.strictObject({
  product: z.string(),
  before: z.string().optional(),
  guestId: z.string().regex(/Guest$/),
  title: z.string(),
  firstHardware: count,
  source: sourceName,
})

test('the files of hardware versions and guest types are well formed', () => {
  assert.deepEqual(problemsOf(written, { row: hardwareRow, keyOf: (row) => String(row.version) }), [])
  assert.deepEqual(problemsOf(guestIds, { row: guestRow, keyOf: (row) => row.guestId }), [])
})

test('hardware versions come in order, and a newer one has no less than an older one of ESXi', () => {
  const versions = hardwareVersions().map(({ version }) => version)
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  )
  const ofEsxi = hardwareVersions().filter(({ firstEsxi }) => firstEsxi !== undefined)
  for (const [at, newer] of ofEsxi.entries()) {
    const older = ofEsxi[at - 1]
    if (older === undefined) continue
    assert.ok(compareVersions(older.firstEsxi ?? '', newer.firstEsxi ?? '') < 0, newer.title)
    assert.ok(
      newer.maxCpus >= older.maxCpus && newer.maxCoresPerSocket >= older.maxCoresPerSocket,
      newer.title,
    )
  }
})

test('nested virtualization is supported from hardware version 9 on', () => {
  const supported = hardwareVersions().filter((row) => row.nestedVirtualization === 'supported')
  assert.equal(supported[0]?.version, firstNestedHardwareVersion)
  assert.equal(hardwareVersion(8)?.nestedVirtualization, 'untested')
})

test('each ESXi runs the hardware versions up to its own', () => {
  const newest = {
    '5.0': 8,
    '5.1': 9,
    '5.5': 10,
    '6.0': 11,
    '6.5': 13,
    '6.7': 14,
    '6.7U2': 15,
    '6.7U3': 15,
    '7.0': 17,
    '7.0U1c': 18,
    '7.0U3': 19,
    '8.0': 20,
    '8.0U1': 20,
    '8.0U3': 21,
    '9.0': 22,
  }
  for (const [esxi, expected] of Object.entries(newest))
    assert.equal(newestHardwareVersion(esxi), expected, esxi)
  assert.equal(newestHardwareVersion('3.0'), undefined)
})

test('no ESXi runs the hardware versions 12 and 16, which are of Workstation', () => {
  assert.equal(hardwareVersion(12)?.firstEsxi, undefined)
  assert.equal(hardwareVersion(16)?.firstEsxi, undefined)
  assert.equal(hardwareVersion(23), undefined)
})

test('each ESXi has the guest type of its own release', () => {
  const types = {
    '5.0': 'vmkernel5Guest',
    '5.5': 'vmkernel5Guest',
    '6.0': 'vmkernel6Guest',
    '6.5': 'vmkernel65Guest',
    '6.7': 'vmkernel65Guest',
    '7.0': 'vmkernel7Guest',
    '8.0U2': 'vmkernel8Guest',
    '9.0': 'vmkernel9Guest',
  }
  for (const [version, guestId] of Object.entries(types))
    assert.equal(guestIdOf('esxi', version)?.guestId, guestId)
})

test('every product that can be a guest has a guest type, on a hardware version that exists', () => {
  for (const product of ['esxi', 'hyperv', 'kvm', 'proxmox', 'xcp-ng']) {
    assert.ok(guestIdOf(product), product)
    for (const version of productVersions(product)) {
      assert.ok(productFacts(product, version))
      assert.ok(guestIdOf(product, version), `${product} ${version}`)
    }
  }
  for (const row of guestIdData().rows) assert.ok(hardwareVersion(row.firstHardware)?.firstEsxi, row.guestId)
  assert.equal(guestIdOf('bhyve'), undefined)
})
