/** Ctrl-C: the first time the command stops in good order, the second time it ends at once. */

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
  /** While a guest's terminal has the keyboard, Ctrl-C belongs to the guest. */
  release(): void
}

export interface Signals {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown
  off(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown
  exit(code: number): void
}

/** 128 + the number of SIGINT, as a shell reports it. */
const quitAtOnce = 130

export function listenForInterrupt(signals: Signals, tell: (text: string) => void): Interrupt {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) return signals.exit(quitAtOnce)
    tell('\nStopping: what was begun is brought to an end. Ctrl-C again quits at once.')
    controller.abort(new Error('stopped by Ctrl-C'))
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const release = () => {
    for (const name of names) signals.off(name, onSignal)
  }
  for (const name of names) signals.on(name, onSignal)
  return { signal: controller.signal, release, [Symbol.dispose]: release }
}
