import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import nesting from './data/nesting.json' with { type: 'json' }
import products from './data/products.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'
import { nestingSupport } from './nesting.ts'
import { processorGeneration } from './processors.ts'
import { productData, productFacts, productVersions } from './products.ts'

const count = z.int().positive()

const productRow = z.strictObject({
  product: z.string(),
  version: z.string().optional(),
  title: z.string(),
  hosted: z.literal(true).optional(),
  isDefault: z.literal(true).optional(),
  cores: count,
  memoryMiB: count,
  recommendedMemoryMiB: count.optional(),
  ownMemoryMiB: count,
  ownMemorySource: sourceName,
  bootDiskMiB: count.optional(),
  datastoreBootDiskMiB: count.optional(),
  datastoreSureBootDiskMiB: count.optional(),
  datastoreSource: sourceName.optional(),
  needsXsave: z.literal(true).optional(),
  xsaveSource: sourceName.optional(),
  refusedGenerations: z.array(z.string()).optional(),
  refusedSource: sourceName.optional(),
  legacyCpuOption: z.string().optional(),
  toolsBuiltIn: z.boolean().optional(),
  virtualizationKey: z.string().optional(),
  lastUpdateYear: z.int().min(2010).optional(),
  lastUpdateSource: sourceName.optional(),
  usbBoot: z.enum(['yes', 'restricted', 'no']).optional(),
  usbBootSource: sourceName.optional(),
  source: sourceName,
})

const nestingRow = z.strictObject({
  host: z.string(),
  guest: z.string(),
  hostBefore: z.string().optional(),
  verdict: z.enum(['supported', 'works', 'unsupported', 'experimental', 'fails']),
  text: z.string().regex(/^[A-Z].*\.$/),
  needs: z.array(z.string()),
  source: sourceName,
})

test('the files of products and of nesting are well formed', () => {
  assert.deepEqual(
    problemsOf(products, { row: productRow, keyOf: (row) => `${row.product} ${row.version}` }),
    [],
  )
  assert.deepEqual(
    problemsOf(nesting, {
      row: nestingRow,
      keyOf: (row) => `${row.guest} in ${row.host} < ${row.hostBefore}`,
    }),
    [],
  )
})

test('every product has one version that a lab gets by default, or no versions at all', () => {
  for (const [product, rows] of Map.groupBy(productData().rows, (row) => row.product)) {
    const chosen = rows.filter((row) => row.isDefault || row.version === undefined)
    assert.equal(chosen.length, 1, product)
  }
})

test('each product asks for no more than it recommends, and leaves room beside what it uses itself', () => {
  for (const row of productData().rows) {
    assert.ok((row.recommendedMemoryMiB ?? row.memoryMiB) >= row.memoryMiB, row.title)
    assert.ok(row.ownMemoryMiB <= row.memoryMiB, row.title)
    assert.ok((row.datastoreSureBootDiskMiB ?? 0) >= (row.datastoreBootDiskMiB ?? 0), row.title)
    for (const key of row.refusedGenerations ?? [])
      assert.equal(processorGeneration(key)?.key, key, row.title)
  }
})

test('ESXi needs 4 GiB up to 6.7 and 8 GiB from 7.0 on, and about 2 GiB of it for itself in 5.5', () => {
  for (const version of ['5.5', '6.0', '6.5', '6.7'])
    assert.equal(productFacts('esxi', version)?.memoryMiB, 4096)
  for (const version of ['7.0', '8.0', '9.0']) assert.equal(productFacts('esxi', version)?.memoryMiB, 8192)
  assert.equal(productFacts('esxi', '5.5')?.ownMemoryMiB, 2048)
})

test('XSAVE is needed from ESXi 8.0 Update 2 on', () => {
  assert.equal(productFacts('esxi', '8.0')?.needsXsave, undefined)
  for (const version of ['8.0U2', '8.0 U3', '8.0.3', '8.0 Update 2', '9.0'])
    assert.equal(productFacts('esxi', version)?.needsXsave, true, version)
  assert.equal(productFacts('esxi', '8.0U1c')?.version, '8.0')
})

test('a version nobody has facts about has none', () => {
  assert.equal(productFacts('esxi', '4.1'), undefined)
  assert.equal(productFacts('esxi', '7.5'), undefined)
  assert.equal(productFacts('bhyve'), undefined)
  assert.deepEqual(productVersions('bhyve'), [])
})

test('without a version the facts are of the one that a lab gets by default', () => {
  assert.equal(productFacts('esxi')?.version, '8.0')
  assert.equal(productFacts('kvm')?.version, undefined)
  assert.equal(productFacts('proxmox', '8.4')?.version, '8')
})

test('the versions of a product come oldest first', () => {
  assert.deepEqual(productVersions('esxi'), [
    '5.0',
    '5.1',
    '5.5',
    '6.0',
    '6.5',
    '6.7',
    '7.0',
    '8.0',
    '8.0U2',
    '9.0',
  ])
  assert.deepEqual(productVersions('hyperv'), ['2016', '2019', '2022', '2025'])
})

test('the key that hands on hardware virtualization changed after ESXi 5.0', () => {
  assert.equal(productFacts('esxi', '5.0')?.virtualizationKey, 'vhv.allow')
  assert.equal(productFacts('esxi', '5.1')?.virtualizationKey, 'vhv.enable')
})

test('what may run in what is known, with what it needs', () => {
  const verdict = (host: string, guest: string, version?: string) =>
    nestingSupport({ product: host, version }, { product: guest })?.verdict
  const known: [string, string, string | undefined, string][] = [
    ['esxi', 'esxi', '8.0', 'works'],
    ['esxi', 'kvm', '6.7', 'works'],
    ['esxi', 'esxi', '4.1', 'fails'],
    ['hyperv', 'hyperv', '2022', 'supported'],
    ['hyperv', 'hyperv', '2012', 'fails'],
    ['hyperv', 'esxi', '2022', 'unsupported'],
    ['kvm', 'esxi', undefined, 'works'],
    ['proxmox', 'kvm', '9', 'works'],
    ['workstation', 'esxi', '7', 'fails'],
    ['workstation', 'esxi', '17', 'works'],
    ['virtualbox', 'kvm', '5', 'fails'],
    ['xcp-ng', 'hyperv', '8.3', 'fails'],
    ['xcp-ng', 'esxi', '8.3', 'experimental'],
    ['ec2', 'kvm', undefined, 'supported'],
    ['ec2', 'esxi', undefined, 'unsupported'],
    ['gcp', 'hyperv', undefined, 'unsupported'],
    ['azure', 'hyperv', undefined, 'supported'],
    ['azure-lab-services', 'kvm', undefined, 'unsupported'],
  ]
  for (const [host, guest, version, expected] of known)
    assert.equal(verdict(host, guest, version), expected, `${guest} in ${host} ${version ?? ''}`)
  assert.equal(verdict('bhyve', 'kvm'), undefined)
})

test('ESXi 5.0 asks for the old key, later versions for exposed virtualization', () => {
  const needs = (version: string) =>
    nestingSupport({ product: 'esxi', version }, { product: 'kvm' })?.needs.join(' ')
  assert.match(needs('5.0') ?? '', /vhv\.allow/)
  assert.match(needs('5.1') ?? '', /exposed to the VM/)
})
