import assert from 'node:assert/strict'
import { test } from 'node:test'
import { productFacts } from '#facts'
import { wellKnownImages } from '#lab'

test('what a lab file leaves open is at least what the dated facts ask for', () => {
  const brought = wellKnownImages.filter(({ product, supplied }) => product && supplied === 'by-user')
  assert.ok(brought.length > 5)
  for (const { product = '', version, cpus, memoryMiB } of brought) {
    const facts = productFacts(product, version)
    assert.ok(facts, `${product} ${version}`)
    assert.ok(cpus >= facts.cores && memoryMiB >= facts.memoryMiB, `${product} ${version}`)
  }
})
