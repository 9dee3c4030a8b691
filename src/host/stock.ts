/** Things lent out one at a time; who finds none waits in line, first come first served. */

export interface Stock<Item> {
  /** True when the next one who asks has to wait. */
  readonly isEmpty: boolean
  take(signal: AbortSignal): Promise<Item>
  /** Takes one that fits, without waiting. */
  takeNow(fits: (item: Item) => boolean): Item | undefined
  /** Adds an item or gives one back. */
  put(item: Item): void
  /** Everyone in line, and everyone who comes later, is sent away with `reason`. */
  shut(reason: Error): void
}

interface Waiting<Item> {
  readonly give: (item: Item) => void
  readonly refuse: (reason: unknown) => void
}

export function makeStock<Item>(): Stock<Item> {
  const items: Item[] = []
  const line = new Set<Waiting<Item>>()
  let shutBecause: Error | undefined

  function queue(signal: AbortSignal): Promise<Item> {
    return new Promise((resolve, reject) => {
      const leaveLine = () => {
        line.delete(waiting)
        signal.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting<Item> = {
        give(item) {
          leaveLine()
          resolve(item)
        },
        refuse(reason) {
          leaveLine()
          reject(reason)
        },
      }
      const onAbort = () => waiting.refuse(signal.reason)
      signal.addEventListener('abort', onAbort)
      line.add(waiting)
    })
  }

  return {
    get isEmpty() {
      return items.length === 0
    },
    async take(signal) {
      signal.throwIfAborted()
      if (shutBecause) throw shutBecause
      return items.shift() ?? queue(signal)
    },
    takeNow(fits) {
      const index = items.findIndex(fits)
      return index < 0 ? undefined : items.splice(index, 1)[0]
    },
    put(item) {
      const next = line.values().next().value
      if (next) next.give(item)
      else items.push(item)
    },
    shut(reason) {
      shutBecause = reason
      for (const waiting of [...line]) waiting.refuse(reason)
    },
  }
}
