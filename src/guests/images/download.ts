/** Downloads a file over a connection that may break, from a server that may be wrong. */
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#failure'
import { errorCode, fail } from '../errors.ts'
import { hashFile } from './hash-file.ts'

export interface Downloading {
  readonly url: string
  readonly sha256: string
  /** Half-finished downloads stay here and are gone on with. */
  readonly folder: string
  readonly onBytes: (doneBytes: number, totalBytes?: number) => void
  readonly signal: AbortSignal
}

/** Attempts in a row that bring not one byte. */
const emptyAttempts = 3
const silenceLimitMs = 60_000

/** Resolves with the path of the whole file, whose SHA-256 is the wanted one. */
export async function download(of: Downloading): Promise<string> {
  checkUrl(of.url)
  const file = join(of.folder, `${of.sha256}.part`)
  const resumed = (await sizeOf(file)) > 0
  await fetchWhole(of, file)
  const { sha256: found } = await hashFile(file, { signal: of.signal })
  if (found === of.sha256) return file
  await rm(file, { force: true })
  // The first half may have come from an older version of the file.
  if (resumed) return download(of)
  throw fail('checksum-wrong', { file: of.url, wanted: of.sha256, found })
}

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const fine = parsed && ['http:', 'https:'].includes(parsed.protocol) && !parsed.username && !parsed.password
  if (!fine)
    throw fail('url-refused', { url: parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : url })
}

async function fetchWhole(of: Downloading, file: string): Promise<void> {
  let reason = ''
  for (let empty = 0; empty < emptyAttempts; ) {
    const before = await sizeOf(file)
    try {
      if (await fetchRest(of, file)) return
      reason = 'the server ended the transfer early'
    } catch (error) {
      of.signal.throwIfAborted()
      if (error instanceof Failure || ['ENOSPC', 'EACCES', 'EDQUOT', 'EROFS'].includes(errorCode(error)))
        throw error
      reason = reasonOf(error)
    }
    empty = (await sizeOf(file)) > before ? 0 : empty + 1
  }
  throw fail('download-failed', { url: of.url, reason })
}

/** Resolves with whether the file is whole. Rejects when the connection breaks. */
async function fetchRest({ url, onBytes, signal }: Downloading, file: string): Promise<boolean> {
  const have = await sizeOf(file)
  const silence = new AbortController()
  const within = AbortSignal.any([signal, silence.signal])
  const timer = setTimeout(() => silence.abort(new Error('the server fell silent')), silenceLimitMs)
  try {
    const headers = { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) }
    const response = await fetch(url, { signal: within, headers, redirect: 'follow' })
    const start = startOf(response, have)
    if (start === undefined) {
      await response.body?.cancel()
      if (response.status === 416) return have > 0 && totalOf(response, 0) === have ? true : restart(file)
      throw fail('download-failed', { url, reason: `the server answered ${response.status}` })
    }
    const total = totalOf(response, start)
    const done = await append(response, {
      file,
      start,
      onBytes: (bytes) => {
        timer.refresh()
        onBytes(bytes, total)
      },
    })
    return total === undefined || done === total
  } finally {
    clearTimeout(timer)
  }
}

/** Where the body belongs in the file; `undefined` when it does not. A server may ignore the range, or lie about it. */
function startOf(response: Response, have: number): number | undefined {
  if (response.status === 200) return 0
  if (response.status !== 206) return undefined
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (start === undefined) throw new Error('the server sent a part without saying which')
  const first = Number(start)
  if (first > have) throw new Error('the server left bytes out')
  return first
}

function totalOf(response: Response, start: number): number | undefined {
  const range = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (range) return Number(range)
  const length = response.headers.get('content-length')
  return length === null ? undefined : start + Number(length)
}

async function append(
  response: Response,
  { file, start, onBytes }: { file: string; start: number; onBytes: (doneBytes: number) => void },
): Promise<number> {
  const handle = await open(file, start === 0 ? 'w' : 'r+', 0o600)
  let position = start
  try {
    if (start > 0) await handle.truncate(start)
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      await handle.write(chunk, 0, chunk.length, position)
      position += chunk.length
      onBytes(position)
    }
  } finally {
    await handle.close()
  }
  return position
}

async function restart(file: string): Promise<false> {
  await rm(file, { force: true })
  return false
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0
}

/** fetch says only "fetch failed"; why is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || errorCode(error.cause) : error.message
}
