/** The one way a call ends early: its time is over, its caller has lost interest, or it wrote too much. */

export interface Ending {
  readonly signal: AbortSignal
  /** Ends the call for a reason of its own. The first reason counts. */
  end(reason: Error): void
  dispose(): void
}

// Longer times wrap around in setTimeout and would fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

export function makeEnding(
  { limitMs, signal }: { readonly limitMs: number; readonly signal?: AbortSignal | undefined },
  tooLate: () => Error,
): Ending {
  const controller = new AbortController()
  const end = (reason: unknown) => controller.abort(reason)
  const onAbort = () => end(signal?.reason)
  const timer = setTimeout(() => end(tooLate()), Math.min(limitMs, LONGEST_TIMER_MS))
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    end,
    dispose() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/** Resolves after `ms` or when `event` settles, whichever is first; never rejects. */
export function atMost(ms: number, event: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    event.then(done, done)
  })
}

/** Settles as `work` does, unless `signal` fires first: then it rejects and `work` is left to its owner. */
export function unlessEnded<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
