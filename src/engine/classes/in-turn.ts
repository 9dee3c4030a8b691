/** Does the same to several seats, some at a time, and goes on with the others when it fails with one. */
import { asFailure } from '../errors.ts'

export interface Turns<Item> {
  readonly atOnce: number
  /** Nothing more is begun once it is aborted. */
  readonly signal: AbortSignal
  readonly nameOf: (item: Item) => string
}

/** What failed, by name, with the reason; those that were not begun are not among them. */
export async function inTurn<Item>(
  items: readonly Item[],
  { atOnce, signal, nameOf }: Turns<Item>,
  work: (item: Item) => Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>()
  const waiting = [...items]
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined && !signal.aborted; item = waiting.shift()) {
      const name = nameOf(item)
      await work(item).catch((error: unknown) => {
        failed.set(name, asFailure(error, `change ${name}`).message)
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  signal.throwIfAborted()
  return failed
}
