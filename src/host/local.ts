/** The machine Nestlab runs on, as a host. */
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { makeEnding } from './ending.ts'
import { endpointText } from './endpoint.ts'
import { fail } from './errors.ts'
import type { Endpoint, Host } from './host.ts'
import { CONNECT_LIMIT_MS } from './limits.ts'
import { readLocally, readTailLocally, removeLocally, writeLocally } from './local-files.ts'
import { runLocally } from './local-process.ts'
import { openLocally } from './local-session.ts'

const NAME = 'this machine'

/** Needs no closing; every call may overlap with every other. */
export function openLocalHost(): Host {
  return {
    name: NAME,
    run: (argv, options) => runLocally(NAME, argv, options),
    open: (argv, options) => openLocally(NAME, argv, options),
    readFile: (path) => readLocally(NAME, path),
    readTail: (path, maxBytes) => readTailLocally(NAME, path, maxBytes),
    writeFile: (path, content, mode = 0o600) => writeLocally(NAME, path, { content, mode }),
    remove: (path) => removeLocally(NAME, path),
    connect: connectLocally,
    close: async () => {},
  }
}

async function connectLocally(endpoint: Endpoint, signal?: AbortSignal): Promise<Duplex> {
  const text = endpointText(endpoint)
  const failed = (reason: string) => fail('cannot-connect', { host: NAME, endpoint: text, reason })
  const ending = makeEnding({ limitMs: CONNECT_LIMIT_MS, signal }, () => failed('nothing answered'))
  try {
    ending.signal.throwIfAborted()
    return await connected(endpoint, ending.signal, failed)
  } finally {
    ending.dispose()
  }
}

function connected(
  endpoint: Endpoint,
  signal: AbortSignal,
  failed: (reason: string) => Error,
): Promise<Socket> {
  const socket = connect(
    'unix' in endpoint
      ? { path: endpoint.unix }
      : { host: '127.0.0.1', port: endpoint.tcpPort, noDelay: true },
  )
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      socket.destroy()
      reject(signal.reason)
    }
    const onError = (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', onAbort)
      reject(failed(error.code ?? error.message))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', onError)
    socket.once('connect', () => {
      socket.removeListener('error', onError)
      signal.removeEventListener('abort', onAbort)
      resolve(socket)
    })
  })
}
