import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReference } from './index.ts'

const hash = `sha256:${'a'.repeat(64)}`

test('names of registries and folders are read', () => {
  const registry = (host: string, repository: string, tag = 'latest') => ({
    kind: 'registry',
    host,
    repository,
    tag,
  })
  assert.deepEqual(readReference('ghcr.io/me/lab'), registry('ghcr.io', 'me/lab'))
  assert.deepEqual(readReference('ghcr.io/me/lab:v1.2'), registry('ghcr.io', 'me/lab', 'v1.2'))
  assert.deepEqual(readReference('127.0.0.1:5000/lab:x'), registry('127.0.0.1:5000', 'lab', 'x'))
  assert.deepEqual(readReference('[::1]:5000/a/b__c/d-e'), registry('[::1]:5000', 'a/b__c/d-e'))
  assert.deepEqual(readReference(`localhost/lab@${hash}`), { ...registry('localhost', 'lab'), digest: hash })
  assert.deepEqual(readReference('oci:/tmp/labs'), { kind: 'folder', folder: '/tmp/labs' })
  assert.deepEqual(readReference('oci:./labs:v1'), { kind: 'folder', folder: './labs', tag: 'v1' })
  assert.deepEqual(readReference('oci:/tmp/a:b/labs'), { kind: 'folder', folder: '/tmp/a:b/labs' })
})

test('what names no place is refused', () => {
  const wrong = [
    '',
    'lab',
    'me/lab',
    'https://ghcr.io/me/lab',
    'ghcr.io',
    'ghcr.io/',
    'ghcr.io/Me/lab',
    'ghcr.io/me/../x',
    'ghcr.io/me//x',
    'ghcr.io/me/lab:',
    'ghcr.io/me/lab:a b',
    'ghcr.io/me/lab:-x',
    'ghcr.io/lab@sha256:abc',
    `ghcr.io/lab@${hash}@${hash}`,
    'user:pass@ghcr.io/lab',
    'ghcr.io:99999x/lab',
    'ghcr.io/lab?x',
    'ghcr.io/lab#x',
    'gh\u0000cr.io/lab',
    `ghcr.io/${'a'.repeat(300)}`,
    'oci:',
    'oci::v1',
    'oci:labs:-',
    'oci:labs:a b',
  ]
  for (const text of wrong)
    assert.throws(() => readReference(text), { code: 'reference-wrong', exitCode: 2 }, text)
})
