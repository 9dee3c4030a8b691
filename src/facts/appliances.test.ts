import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { applianceRoles, applianceSize, applianceSizes } from './appliances.ts'
import written from './data/appliances.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'

const count = z.int().positive()
const name = z.string().regex(/^[a-z0-9-]+$/)

const applianceRow = z.strictObject({
  role: name,
  version: z.string().optional(),
  size: name,
  title: z.string(),
  isDefault: z.literal(true).optional(),
  cpus: count,
  memoryMiB: count,
  diskGiB: count.optional(),
  diskSource: sourceName.optional(),
  hosts: count.optional(),
  vms: count.optional(),
  components: count.optional(),
  holdsNoMachines: z.literal(true).optional(),
  source: sourceName,
})

test('the file of appliances is well formed', () => {
  const keyOf = (row: z.infer<typeof applianceRow>) => `${row.role} ${row.version} ${row.size}`
  assert.deepEqual(problemsOf(written, { row: applianceRow, keyOf }), [])
})

test('every role has one size that a lab takes when it names none, in each version', () => {
  for (const role of applianceRoles()) {
    const versions = new Set(written.rows.filter((row) => row.role === role).map((row) => row.version))
    for (const version of versions) {
      const chosen = applianceSizes(role, version).filter((row) => row.isDefault)
      assert.equal(chosen.length, 1, `${role} ${version}`)
    }
  }
})

test('a bigger size of vCenter never has less of anything', () => {
  for (const version of ['6.5', '6.7', '7.0', '8.0', '9.0']) {
    const sizes = applianceSizes('vcenter', version)
    assert.deepEqual(
      sizes.map(({ size }) => size),
      ['tiny', 'small', 'medium', 'large', 'x-large'],
    )
    for (const key of ['cpus', 'memoryMiB', 'diskGiB', 'hosts', 'vms'] as const) {
      const values = sizes.map((row) => row[key] ?? 0)
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
        `${version} ${key}`,
      )
    }
  }
})

test('vCenter 8.0 needs 14 GiB when tiny and 58 GiB when extra large', () => {
  const tiny = applianceSize('vcenter', '8.0U2')
  assert.deepEqual([tiny?.size, tiny?.cpus, tiny?.memoryMiB, tiny?.hosts], ['tiny', 2, 14336, 10])
  assert.equal(applianceSize('vcenter', '8.0', 'x-large')?.memoryMiB, 59392)
  assert.equal(applianceSize('vcenter', '5.5')?.memoryMiB, 12288)
})

test('without a version the newest counts; an unknown version, size or role has none', () => {
  assert.equal(applianceSize('vcenter')?.version, '9.0')
  assert.equal(applianceSize('vcenter', '4.1'), undefined)
  assert.equal(applianceSize('vcenter', '8.0', 'enormous'), undefined)
  assert.equal(applianceSize('toaster'), undefined)
})

test('a role without versions is the same in every version', () => {
  assert.equal(applianceSize('nsx-manager', '4.1', 'medium')?.memoryMiB, 24576)
  assert.equal(applianceSize('vsan-witness', '8.0')?.memoryMiB, 8192)
})
