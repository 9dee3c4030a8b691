/** Waiting that ends at once when the caller gives up. */
import { setTimeout } from 'node:timers/promises'

/** Rejects with the signal's reason when that comes first; what is waited for goes on, since others may wait for it, too. */
export async function untilAborted<Result>(
  promise: Promise<Result> | undefined,
  signal: AbortSignal | undefined,
): Promise<Result | undefined> {
  signal?.throwIfAborted()
  if (!promise || !signal) return await promise
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

export async function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(waitMs, undefined, signal && { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/** Aborted that long after the other one: time for what is on its way to be told of. */
export function laterThan(signal: AbortSignal | undefined, waitMs: number): AbortSignal & Disposable {
  const later = new AbortController()
  const abort = () => {
    setTimeout(waitMs, undefined, { ref: false }).then(
      () => later.abort(signal?.reason),
      () => undefined,
    )
  }
  signal?.addEventListener('abort', abort, { once: true })
  return Object.assign(later.signal, {
    [Symbol.dispose]: () => signal?.removeEventListener('abort', abort),
  })
}
