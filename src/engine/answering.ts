/** Finds the moment a guest's SSH server begins to answer, without missing it by more than a fraction of the wait. */
import type { Duplex } from 'node:stream'
import type { Clock } from './contract.ts'

type Connect = (signal: AbortSignal) => Promise<Duplex>

export interface Patience {
  readonly clock: Clock
  readonly signal: AbortSignal
  /**
   * Time between two attempts. Default: a little to begin with, since a guest that boots answers at any moment, and
   * more as time goes by.
   */
  readonly paceMs?: number
  /** Told why an attempt ended, for messages. */
  readonly missed?: (why: unknown) => void
}

/**
 * Connections kept open at once. QEMU's user network accepts for a guest that has no network yet and repeats its
 * lost SYN only after seconds, so an old attempt says nothing about now; a slow guest still gets the time of
 * all the attempts after it to say its first word.
 */
const attemptsAtOnce = 8

/**
 * Connects again and again until the other side says something (an SSH server speaks first) and hands over that
 * very connection, nothing read from it yet. Rejects only when `signal` is aborted.
 */
export async function firstWord(connect: Connect, patience: Patience): Promise<Duplex> {
  const { clock, signal, missed } = patience
  const over = new AbortController()
  const winner = Promise.withResolvers<Duplex>()
  const attempts = new Set<AbortController>()
  const begin = () => {
    const attempt = new AbortController()
    attempts.add(attempt)
    void trySpeaking(connect, AbortSignal.any([attempt.signal, over.signal, signal]))
      .then((stream) => (over.signal.aborted ? stream.destroy() : winner.resolve(stream)))
      .catch((why: unknown) => attempt.signal.aborted || over.signal.aborted || missed?.(why))
      .finally(() => attempts.delete(attempt))
  }
  const beganMs = clock.nowMs()
  try {
    for (;;) {
      signal.throwIfAborted()
      const [oldest] = attempts
      if (oldest && attempts.size >= attemptsAtOnce) oldest.abort()
      begin()
      const pause = clock.sleep(
        patience.paceMs ?? growingPaceMs(clock.nowMs() - beganMs),
        AbortSignal.any([signal, over.signal]),
      )
      const stream = await Promise.race([winner.promise, pause])
      if (stream) return stream
    }
  } finally {
    over.abort()
  }
}

/**
 * A twelfth of the time waited so far: what looking less often can cost at most. Each attempt costs an emulated guest,
 * and those around it, more than that: at a fiftieth a nested lab took a sixth longer to come up.
 */
function growingPaceMs(waitedMs: number): number {
  return Math.min(2000, Math.max(100, waitedMs / 12))
}

async function trySpeaking(connect: Connect, signal: AbortSignal): Promise<Duplex> {
  const stream = await connect(signal)
  // Errors after the first word are for whoever takes the stream over; before it they end the attempt.
  stream.on('error', () => undefined)
  try {
    await speaks(stream, signal)
    return stream
  } catch (error) {
    stream.destroy()
    throw error
  }
}

/** Resolves when there is something to read, which is left unread. */
function speaks(stream: Duplex, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onReadable = () =>
    stream.readableLength > 0 ? resolve() : reject(new Error('closed without a word'))
  const onClose = () => reject(new Error('closed without a word'))
  const onAbort = () => reject(signal.reason)
  stream.on('readable', onReadable).on('close', onClose).on('end', onClose)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  return promise.finally(() => {
    stream.off('readable', onReadable).off('close', onClose).off('end', onClose)
    signal.removeEventListener('abort', onAbort)
  })
}
