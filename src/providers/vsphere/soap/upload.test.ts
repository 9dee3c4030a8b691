/** Sending one large file to a server that waits for as much as was announced. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { upload } from './upload.ts'

const never = new AbortController().signal

/** Answers once everything has come. */
async function patientServer(t: TestContext) {
  const server = http.createServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(201).end())
    request.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: new URL(`http://127.0.0.1:${port}/folder/disk.vmdk`) }
}

const sending = (sizeBytes: number, chunks: readonly string[]) => ({
  name: 'disk.vmdk',
  method: 'PUT' as const,
  headers: {},
  sizeBytes,
  read: () => Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
})

// Without an end of its own, so that only a failure that comes by itself ends the wait for it.
const options = { signal: never, silenceMs: 2 ** 31 - 1 }

test('a file that is shorter than it was announced is given up at once', async (t) => {
  const { url } = await patientServer(t)
  await assert.rejects(upload({ url }, sending(20, ['only ', 'ten bytes']), options), {
    code: 'vsphere-upload-failed',
    message: /become shorter/,
  })
})

test('a file that is longer than it was announced is given up, too', async (t) => {
  const { url } = await patientServer(t)
  await assert.rejects(upload({ url }, sending(5, ['five!', 'and more']), options), {
    code: 'vsphere-upload-failed',
    message: /become longer/,
  })
})

test('a file of the size that was announced is taken', async (t) => {
  const { url } = await patientServer(t)
  const told: number[] = []
  await upload({ url }, sending(9, ['four', 'and 5']), { ...options, onBytes: (bytes) => told.push(bytes) })
  assert.deepEqual(told, [4, 9])
})
