import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#failure'
import { download } from './download.ts'

const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void

async function serve(t: TestContext, answer: Answer) {
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    ranges.push(request.headers.range)
    answer(request, response, ranges.length)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-download-'))
  t.after(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  const url = `http://127.0.0.1:${address.port}/disk.qcow2`
  const get = () => download({ url, sha256, folder, onBytes: () => {}, signal: AbortSignal.timeout(20_000) })
  return { get, ranges, part: join(folder, `${sha256}.part`) }
}

const startOf = (request: IncomingMessage) =>
  Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)

function sendPart(response: ServerResponse, start: number, end = content.length): void {
  const range = `bytes ${start}-${content.length - 1}/${content.length}`
  response.writeHead(206, { 'content-range': range, 'content-length': content.length - start })
  response.write(content.subarray(start, end), () =>
    end < content.length ? response.destroy() : response.end(),
  )
}

/** Sends up to `end`, and breaks off when that has arrived: what is still under way would be lost with the connection. */
async function cutOffOnce(part: string, response: ServerResponse, end: number): Promise<void> {
  const start = startOf(response.req)
  const range = `bytes ${start}-${content.length - 1}/${content.length}`
  response.writeHead(206, { 'content-range': range, 'content-length': content.length - start })
  response.write(content.subarray(start, end))
  const arrived = async () => (await stat(part).catch(() => undefined))?.size ?? 0
  while ((await arrived()) < end) await delay(5)
  response.destroy()
}

async function rejectsWith(code: string, doing: Promise<unknown>): Promise<Failure> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Failure)
  assert.equal(error.code, code)
  return error
}

test('a download that breaks goes on where it was cut off', async (t) => {
  const { get, ranges, part } = await serve(t, (request, response, count) => {
    const start = startOf(request)
    if (count < 3) void cutOffOnce(part, response, start + 100_000)
    else sendPart(response, start)
  })
  assert.deepEqual(await readFile(await get()), content)
  assert.equal(ranges.length, 3)
  assert.equal(ranges[1], 'bytes=100000-')
})

test('a server that ignores the range makes the download start anew', async (t) => {
  const { get, part } = await serve(t, (_request, response) => response.end(content))
  await writeFile(part, content.subarray(0, 1000))
  assert.deepEqual(await readFile(await get()), content)
})

test('a first half of another file is thrown away and everything fetched once more', async (t) => {
  const { get, ranges, part } = await serve(t, (request, response) => sendPart(response, startOf(request)))
  await writeFile(part, randomBytes(1000))
  assert.deepEqual(await readFile(await get()), content)
  assert.deepEqual(ranges, ['bytes=1000-', undefined])
})

test('a server that lies about the range is not believed', async (t) => {
  const { get, part } = await serve(t, (_request, response) => sendPart(response, 5000))
  await writeFile(part, content.subarray(0, 1000))
  await rejectsWith('download-failed', get())
})

test('wrong bytes are refused and not kept', async (t) => {
  const { get, part } = await serve(t, (_request, response) => response.end(randomBytes(content.length)))
  await rejectsWith('checksum-wrong', get())
  await assert.rejects(readFile(part), { code: 'ENOENT' })
})

test('a missing file is said with the status of the server', async (t) => {
  const { get } = await serve(t, (_request, response) => response.writeHead(404).end())
  assert.match((await rejectsWith('download-failed', get())).message, /404/)
})

test('addresses of other kinds, and passwords in them, are refused and not repeated', async () => {
  const of = { sha256, folder: tmpdir(), onBytes: () => {}, signal: AbortSignal.timeout(5000) }
  await rejectsWith('url-refused', download({ ...of, url: 'file:///etc/passwd' }))
  const failure = await rejectsWith(
    'url-refused',
    download({ ...of, url: 'https://me:hunter2@example.org/x' }),
  )
  assert.doesNotMatch(failure.message, /hunter2/)
})
