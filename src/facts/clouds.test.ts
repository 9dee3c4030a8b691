import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { cloudData, cloudFacts, cloudFamilyData, cloudSize } from './clouds.ts'
import families from './data/cloud-families.json' with { type: 'json' }
import clouds from './data/clouds.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'
import { processorGeneration } from './processors.ts'

const provider = z.enum(['ec2', 'azure', 'gcp', 'azure-lab-services'])

const cloudRow = z.strictObject({
  provider,
  title: z.string(),
  sizeForm: z.string(),
  suggestedSize: z.string(),
  guestHypervisors: z.array(z.string()).min(1),
  nestedSince: z.iso.date().optional(),
  nestedSinceSource: sourceName.optional(),
  options: z.array(z.string()).min(1),
  forbids: z.array(z.strictObject({ feature: z.string(), text: z.string().regex(/^[A-Z].*\.$/) })),
  mostWindowsCpus: z.int().positive().optional(),
  layer2: z.boolean(),
  vnetDnsReachable: z.boolean(),
  cpuMayChange: z.literal(true).optional(),
  hostProcessors: z.array(z.string()).optional(),
  retires: z.iso.date().optional(),
  closedToNewSince: z.iso.date().optional(),
  retiresSource: sourceName.optional(),
  source: sourceName,
})

const familyRow = z.strictObject({
  provider,
  pattern: z.string(),
  nested: z.enum(['yes', 'metal', 'no', 'unknown']),
  vcpus: z.int().positive().optional(),
  gibPerVcpu: z.number().positive().optional(),
  memoryGiB: z.int().positive().optional(),
  guestHypervisors: z.array(z.string()),
  note: z.string().optional(),
  examples: z.array(z.string()).min(1),
  source: sourceName,
})

test('the files of clouds and of their families are well formed', () => {
  assert.deepEqual(problemsOf(clouds, { row: cloudRow, keyOf: (row) => row.provider }), [])
  const keyOf = (row: z.infer<typeof familyRow>) => `${row.provider} ${row.pattern}`
  assert.deepEqual(problemsOf(families, { row: familyRow, keyOf }), [])
})

test('the size that is suggested for a cloud nests there', () => {
  for (const { provider: cloud, suggestedSize } of cloudData().rows) {
    assert.equal(cloudSize(cloud, suggestedSize)?.nested, 'yes', suggestedSize)
  }
})

test('every size that is an example is found in its own family, and in no other', () => {
  for (const row of cloudFamilyData().rows) {
    for (const example of row.examples) {
      assert.equal(cloudSize(row.provider, example)?.nested, row.nested, example)
      const matching = cloudFamilyData().rows.filter(
        (other) => other.provider === row.provider && new RegExp(other.pattern).test(example.toLowerCase()),
      )
      assert.equal(matching.length, 1, example)
    }
  }
})

test('a family that nests tells its hypervisors and its figures', () => {
  for (const row of cloudFamilyData().rows) {
    const nests = row.nested === 'yes' || row.nested === 'metal'
    assert.equal(row.guestHypervisors.length > 0, nests, row.pattern)
    const size = cloudSize(row.provider, row.examples[0] ?? '')
    if (nests) assert.ok((size?.vcpus ?? 0) > 0, row.pattern)
  }
})

test('EC2 nests on the 8th generation of Intel, and on metal', () => {
  const seen = (size: string) => {
    const { nested, vcpus, memoryMiB } = cloudSize('ec2', size) ?? assert.fail(size)
    return [nested, vcpus, (memoryMiB ?? 0) / 1024]
  }
  assert.deepEqual(seen('m8i.large'), ['yes', 2, 8])
  assert.deepEqual(seen('m8i.xlarge'), ['yes', 4, 16])
  assert.deepEqual(seen('c8i.24xlarge'), ['yes', 96, 192])
  assert.deepEqual(seen('r8i-flex.4xlarge'), ['yes', 16, 128])
  assert.deepEqual(seen('m8i.metal-48xl'), ['metal', 192, 768])
  assert.deepEqual(seen('m5.metal'), ['metal', 96, 384])
  assert.deepEqual(seen('m5.xlarge'), ['no', 4, 16])
  assert.deepEqual(seen('c7g.large')[0], 'no')
  assert.deepEqual(seen('m7i.xlarge')[0], 'unknown')
})

test('Azure nests on D and E of version 3 and later, not on A and B', () => {
  const seen = (size: string) => {
    const { nested, vcpus, memoryMiB } = cloudSize('azure', size) ?? assert.fail(size)
    return [nested, vcpus, (memoryMiB ?? 0) / 1024]
  }
  assert.deepEqual(seen('Standard_D4s_v4'), ['yes', 4, 16])
  assert.deepEqual(seen('Standard_E16_v3'), ['yes', 16, 128])
  assert.deepEqual(seen('standard_e64s_v3'), ['yes', 64, 432])
  assert.equal(seen('Standard_B2ms')[0], 'no')
  assert.equal(seen('Standard_D4as_v4')[0], 'no')
  assert.equal(seen('Standard_NC6')[0], 'unknown')
})

test('Google nests on Intel only, and not on E2', () => {
  assert.deepEqual(cloudSize('gcp', 'n1-standard-4')?.memoryMiB, 15360)
  assert.deepEqual(cloudSize('gcp', 'n2-custom-8-32768')?.memoryMiB, 32768)
  assert.equal(cloudSize('gcp', 'e2-standard-4')?.nested, 'no')
  assert.equal(cloudSize('gcp', 'n2d-standard-8')?.nested, 'no')
  assert.equal(cloudFacts('gcp')?.guestHypervisors.includes('hyperv'), false)
})

test('Azure Lab Services has two sizes that nest, and retires', () => {
  assert.equal(cloudSize('azure-lab-services', 'Standard_D8s_v4')?.nested, 'yes')
  assert.equal(cloudSize('azure-lab-services', 'Standard_D4s_v5')?.nested, 'no')
  const facts = cloudFacts('azure-lab-services')
  assert.equal(facts?.retires, '2027-06-28')
  assert.equal(facts?.closedToNewSince, '2024-07-15')
  assert.equal(facts?.vnetDnsReachable, false)
  for (const key of facts?.hostProcessors ?? []) assert.ok(processorGeneration(key), key)
})

test('a name that cannot be a size of the cloud is none', () => {
  assert.equal(cloudSize('ec2', 'Standard_D4s_v5'), undefined)
  assert.equal(cloudSize('gcp', 'm8i.large'), undefined)
  assert.equal(cloudSize('azure', ''), undefined)
})

test('each cloud says what cannot be combined with nesting', () => {
  for (const { provider: name, forbids } of cloudData().rows) assert.ok(forbids.length > 0, name)
  assert.ok(cloudFacts('ec2')?.forbids.some(({ feature }) => feature === 'spot'))
  assert.ok(cloudFacts('azure')?.forbids.some(({ feature }) => feature === 'trusted-launch'))
  assert.equal(cloudFacts('elsewhere'), undefined)
})
