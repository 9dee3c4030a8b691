import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareVersions, versionCovering } from './versions.ts'

test('versions are in the order of their numbers, however an update is written', () => {
  const inOrder = ['5.5', '6.0', '6.7', '6.7U2', '7.0', '7.0U1', '8.0', '8.0U2', '8.0U10', '10.0']
  assert.deepEqual(inOrder.toReversed().sort(compareVersions), inOrder)
  for (const same of ['8.0.2', '8.0 U2', '8.0 Update 2', '8.0U2c'])
    assert.equal(compareVersions('8.0U2', same), 0, same)
  assert.equal(compareVersions('9', '9.0'), 0)
})

test('an update is covered by the one before it, and never by another release', () => {
  const versions = ['7.0', '8.0', '8.0U2', '9.0']
  assert.equal(versionCovering('8.0U3', versions), '8.0U2')
  assert.equal(versionCovering('8.0U1', versions), '8.0')
  assert.equal(versionCovering('8', versions), '8.0')
  assert.equal(versionCovering('8.5', versions), undefined)
  assert.equal(versionCovering('6.7', versions), undefined)
  assert.equal(versionCovering('8.4', ['7', '8', '9']), '8')
})

test('versions stay right when more of them are compared than are remembered', () => {
  for (let build = 0; build < 2500; build++) {
    assert.ok(compareVersions(`1.${build}`, `1.${build + 1}`) < 0, String(build))
  }
})
