/** Sends one large file over HTTP to a server whose certificate is pinned or vouched for. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '#failure'
import { fail } from '../errors.ts'
import { hostOf, PinnedAgent, type PinnedRequest, type Server, usualConnectMs } from './secure.ts'
import { pause } from './waiting.ts'

export interface Sending {
  /** For people. */
  readonly name: string
  readonly method: 'PUT' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly sizeBytes: number
  read(signal: AbortSignal): Readable
}

export interface UploadOptions {
  readonly signal: AbortSignal
  /** Told how much of it has been handed over. */
  readonly onBytes?: (doneBytes: number) => void
  /** The server took nothing and said nothing for this long; default two minutes, as a full datastore may stall. */
  readonly silenceMs?: number
}

const usualSilenceMs = 120_000
/** A refusal that is on its way comes within this time. */
const refusalMs = 1000
const isLoopback = (host: string) => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host)

/** To the address in `server`. Fails with `vsphere-upload-failed`, `vsphere-certificate-changed` or `-unknown`. */
export async function upload(server: Server, sending: Sending, options: UploadOptions): Promise<void> {
  const { url } = server
  const failed = (reason: string, cause?: unknown) =>
    fail('vsphere-upload-failed', { file: sending.name, server: url.host, reason }, cause)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw failed('files are not sent without encryption')
  options.signal.throwIfAborted()
  const agent = url.protocol === 'https:' ? new PinnedAgent(server, usualConnectMs, {}) : new http.Agent()
  try {
    const status = await sent(server, agent, sending, options)
    if (status < 200 || status > 299) throw failed(`it answers with HTTP status ${status}`)
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof Failure) throw error
    throw failed(error instanceof Error ? error.message || error.name : String(error), error)
  } finally {
    agent.destroy()
  }
}

/** The status that the server answers with, which may come before it has taken everything. */
async function sent(
  { url }: Server,
  agent: http.Agent,
  { method, headers, sizeBytes, read }: Sending,
  { signal, onBytes, silenceMs = usualSilenceMs }: UploadOptions,
): Promise<number> {
  const wanted: PinnedRequest = {
    host: hostOf(url),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    method,
    agent,
    signal,
    giveUp: signal,
    timeout: silenceMs,
    headers: { 'user-agent': 'Nestlab', 'content-length': sizeBytes, ...headers },
  }
  const request = url.protocol === 'https:' ? https.request(wanted) : http.request(wanted)
  request.on('timeout', () => request.destroy(new Error(`nothing was taken for ${silenceMs / 1000} s`)))
  let done = 0
  /** What is wrong with the file itself, which says more than the connection that breaks because of it. */
  let misfit: Error | undefined
  const misfits = (how: 'longer' | 'shorter') => {
    misfit = new Error(`it has become ${how} meanwhile`)
    return misfit
  }
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, next) => {
      done += chunk.length
      if (done > sizeBytes) return next(misfits('longer'))
      onBytes?.(done)
      next(null, chunk)
    },
    // Before the request ends: the server would wait for the rest, and so would we.
    flush: (next) => next(done < sizeBytes ? misfits('shorter') : null),
  })
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>
  answered.catch(() => undefined)
  const given = pipeline(read(signal), counted, request, { signal }).then(
    () => undefined,
    (error: unknown) => error,
  )
  const refusedInstead = async () => {
    const reason = await given
    // Who refuses may do so in the midst of it, and hang up: the answer says more than the broken connection.
    if (reason === undefined) return await answered
    const late = pause(refusalMs, signal).then(() => {
      throw reason
    })
    return await Promise.race([answered, late]).catch(() => {
      throw reason
    })
  }
  const [response] = await Promise.race([answered, refusedInstead()]).catch((error: unknown) => {
    throw misfit ?? error
  })
  response.resume()
  const { statusCode = 0 } = response
  // It says that it has taken everything, and cannot have.
  if (statusCode < 300 && done < sizeBytes) throw new Error('it took only a part')
  return statusCode
}
