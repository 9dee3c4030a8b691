import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloudFacts, cloudSize } from '#facts'
import { nestingSize } from './instance.ts'

test('the size that a rule suggests for a cloud nests there', () => {
  for (const provider of ['ec2', 'azure', 'gcp', 'azure-lab-services'] as const) {
    assert.ok(cloudFacts(provider))
    const size = nestingSize(provider)
    assert.ok(size, provider)
    assert.equal(cloudSize(provider, size)?.nested, 'yes', size)
  }
})
