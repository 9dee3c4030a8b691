/** Lets at most so many through at once; the others wait in line, first come first served. */

export interface Gate {
  /** Resolves to the function that gives the place back; giving it back twice counts once. */
  enter(signal?: AbortSignal): Promise<() => void>
  /** Everyone in line, and everyone who comes later, is sent away with `reason`. */
  shut(reason: Error): void
}

interface Waiting {
  readonly admit: () => void
  readonly refuse: (reason: unknown) => void
}

export function makeGate(places: number): Gate {
  const line = new Set<Waiting>()
  let free = places
  let shutBecause: Error | undefined

  function leaver(): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      const next = line.values().next().value
      if (next) next.admit()
      else free += 1
    }
  }

  function queue(signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leaveLine = () => {
        line.delete(waiting)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = {
        admit: () => {
          leaveLine()
          resolve(leaver())
        },
        refuse: (reason) => {
          leaveLine()
          reject(reason)
        },
      }
      const onAbort = () => waiting.refuse(signal?.reason)
      signal?.addEventListener('abort', onAbort)
      line.add(waiting)
    })
  }

  return {
    async enter(signal) {
      signal?.throwIfAborted()
      if (shutBecause) throw shutBecause
      if (free === 0) return queue(signal)
      free -= 1
      return leaver()
    },
    shut(reason) {
      shutBecause = reason
      for (const waiting of [...line]) waiting.refuse(reason)
    },
  }
}
