import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspectDisk } from './qcow2.ts'

function header(change: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(512)
  bytes.write('QFI\xfb', 'latin1')
  bytes.writeUInt32BE(3, 4)
  change(bytes)
  return bytes
}

const refusedFor = (bytes: Buffer) => {
  const verdict = inspectDisk(bytes)
  return 'refused' in verdict ? verdict.refused : undefined
}

test('a qcow2 that stands alone and a raw disk are accepted', () => {
  assert.deepEqual(inspectDisk(header()), { format: 'qcow2' })
  assert.deepEqual(inspectDisk(Buffer.alloc(512)), { format: 'raw' })
})

test('a qcow2 that would read other files of the host is refused', () => {
  assert.match(refusedFor(header((bytes) => bytes.writeBigUInt64BE(512n, 8))) ?? '', /backing file/)
  assert.match(refusedFor(header((bytes) => bytes.writeBigUInt64BE(4n, 72))) ?? '', /data-file/)
})

test('encrypted, corrupt, unknown and foreign disks are refused', () => {
  assert.match(refusedFor(header((bytes) => bytes.writeUInt32BE(2, 32))) ?? '', /encrypted/)
  assert.match(refusedFor(header((bytes) => bytes.writeBigUInt64BE(2n, 72))) ?? '', /corrupt/)
  assert.match(refusedFor(header((bytes) => bytes.writeUInt32BE(9, 4))) ?? '', /version 9/)
  assert.match(refusedFor(Buffer.concat([Buffer.from('KDMV'), Buffer.alloc(508)])) ?? '', /VMDK/)
  assert.match(refusedFor(header().subarray(0, 50)) ?? '', /cut off/)
  assert.match(refusedFor(Buffer.from('hello')) ?? '', /too small/)
})
