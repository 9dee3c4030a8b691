/** What a test orders the server to do wrong, and what it may ask it behind the API's back. */
import type { MoRef, VimObject } from '../../vsphere/soap/vim-value.ts'
import type { Licence } from './options.ts'
import { orderedFault, type SdkFault } from './sdk-fault.ts'
import type { Sessions } from './session.ts'

/** `before`: nothing was done. `after`: it was done, and nobody was told. `midway`: half of the answer arrives. */
export type Cut = 'before' | 'after' | 'midway'

interface Ordered<Value> {
  readonly method: string
  readonly value: Value
  /** Calls that go through before. */
  skip: number
  times: number
}

interface Often {
  /** Calls of the method that go through before the first one; default 0. */
  readonly skip?: number
  /** Default 1. */
  readonly times?: number
}

export interface FaultOrder extends Often {
  readonly fault: string
  readonly fields?: VimObject
  readonly message?: string
  /** The call gives a task, and the task fails. */
  readonly inTask?: boolean
}

export class SdkControls {
  /** Methods that came, oldest first, those that failed included. */
  readonly calls: string[] = []
  licence: Licence
  /** Calls that a session may make before it ends; absent: no end. */
  callsPerSession: number | undefined
  /** Waited before each answer of these methods. */
  readonly slowMs = new Map<string, number>()
  readonly #sessions: Sessions
  readonly #faults: Ordered<FaultOrder>[] = []
  readonly #cuts: Ordered<Cut>[] = []
  readonly #ignored: Ordered<true>[] = []
  readonly #denied: { readonly privilege: string; readonly object?: string }[] = []
  readonly #held: (() => void)[] = []
  #isHolding = false

  constructor(sessions: Sessions, licence: Licence) {
    this.#sessions = sessions
    this.licence = licence
  }

  /** The next call of the method fails; `*` is any method. */
  failNext(method: string, order: FaultOrder): void {
    this.#faults.push({ method, value: order, skip: order.skip ?? 0, times: order.times ?? 1 })
  }

  /** The next call of the method is answered as one that was carried out, and is not. */
  ignoreNext(method: string, { skip = 0, times = 1 }: Often = {}): void {
    this.#ignored.push({ method, value: true, skip, times })
  }

  /** The connection of the next call of the method is cut. */
  cutNext(method: string, when: Cut, { skip = 0, times = 1 }: Often = {}): void {
    this.#cuts.push({ method, value: when, skip, times })
  }

  /** All sessions end; what they had goes with them. */
  expireSessions(): void {
    this.#sessions.endAll()
  }

  /** Pages that were promised are forgotten. */
  expirePages(): void {
    for (const session of this.#sessions.all()) session.pages.clear()
  }

  /** Takes a privilege away, on one object or on all. */
  deny(privilege: string, object?: MoRef): void {
    this.#denied.push({ privilege, ...(object && { object: object.value }) })
  }

  allowAll(): void {
    this.#denied.length = 0
  }

  /** Tasks begin and stay where they are, until they are released or cancelled. */
  holdTasks(): void {
    this.#isHolding = true
  }

  releaseTasks(): void {
    this.#isHolding = false
    for (const release of this.#held.splice(0)) release()
  }

  isDenied(privilege: string, object: MoRef): boolean {
    return this.#denied.some(
      (one) => one.privilege === privilege && (one.object ?? object.value) === object.value,
    )
  }

  /** Of a task that begins now; resolves at once unless tasks are held. */
  async released(): Promise<void> {
    if (this.#isHolding) await new Promise<void>((resolve) => this.#held.push(resolve))
  }

  takeFault(method: string, inTask: boolean): SdkFault | undefined {
    const order = taken(this.#faults, method, ({ value }) => (value.inTask ?? false) === inTask)
    return order && orderedFault(order.fault, order.fields, order.message)
  }

  takeIgnored(method: string): boolean {
    return taken(this.#ignored, method, () => true) === true
  }

  takeCut(method: string): Cut | undefined {
    return taken(this.#cuts, method, () => true)
  }
}

function taken<Value>(
  orders: Ordered<Value>[],
  method: string,
  isMeant: (order: Ordered<Value>) => boolean,
): Value | undefined {
  const order = orders.find(
    (one) => (one.method === method || one.method === '*') && one.times > 0 && isMeant(one),
  )
  if (!order) return undefined
  if (order.skip > 0) {
    order.skip -= 1
    return undefined
  }
  order.times -= 1
  if (order.times === 0) orders.splice(orders.indexOf(order), 1)
  return order.value
}
