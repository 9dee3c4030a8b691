/** The MACs a switch has learned from the frames it saw, with their ages. */

/** What `decide` asks of the table; it never changes it. Ports are indexes in `state.ports`, MACs numbers. */
export interface MacTable {
  /** The port behind which the MAC was last seen in that VLAN. */
  portOf(vlan: number, mac: number): number | undefined
  /** MACs learned behind a port. */
  countAt(port: number): number
  /** Whether the dvfilter of a port has seen the port send with that MAC. */
  filterKnows(port: number, mac: number): boolean
  filterCountAt(port: number): number
}

/** What one frame teaches. A MAC that is seen again at its place is told as well: its age begins anew. */
export interface Lesson {
  readonly by: 'switch' | 'dvfilter'
  readonly port: number
  /** The dvfilter does not look at VLANs. */
  readonly vlan: number
  readonly mac: number
  /** Learned before at this very place. */
  readonly known: boolean
  /** Seen outside, where nothing is learned: to be forgotten. */
  readonly gone?: true
}

export interface LearnedMac {
  readonly vlan: number
  readonly mac: number
  readonly port: number
  readonly ageS: number
}

interface Entry {
  readonly vlan: number
  readonly mac: number
  port: number
  seenAtS: number
}

export const emptyMacTable: MacTable = {
  portOf: () => undefined,
  countAt: () => 0,
  filterKnows: () => false,
  filterCountAt: () => 0,
}

/** Room for the VLAN above the 48 bits of a MAC would exceed what a number holds exactly, so the key is a text. */
const keyOf = (vlan: number, mac: number): string => `${vlan} ${mac}`

/** Time is handed in, in seconds of any clock that does not run backwards. */
export class LearnedMacs implements MacTable {
  readonly #entries = new Map<string, Entry>()
  readonly #counts = new Map<number, number>()
  readonly #filters = new Map<number, Set<number>>()

  portOf(vlan: number, mac: number): number | undefined {
    return this.#entries.get(keyOf(vlan, mac))?.port
  }

  countAt(port: number): number {
    return this.#counts.get(port) ?? 0
  }

  filterKnows(port: number, mac: number): boolean {
    return this.#filters.get(port)?.has(mac) ?? false
  }

  filterCountAt(port: number): number {
    return this.#filters.get(port)?.size ?? 0
  }

  /** True when a later decision may come out otherwise than before: something is new, or has moved. */
  take(lesson: Lesson, nowS: number): boolean {
    if (lesson.gone) return this.#takeAway(lesson)
    return lesson.by === 'dvfilter' ? this.#takeFilter(lesson) : this.#takeSwitch(lesson, nowS)
  }

  /** Forgets what was not seen for `ageingSAt(port)` seconds (0 = keeps it). True when anything was forgotten. */
  expire(nowS: number, ageingSAt: (port: number) => number): boolean {
    const before = this.#entries.size
    for (const [key, { port, seenAtS }] of this.#entries) {
      const ageingS = ageingSAt(port)
      if (ageingS > 0 && nowS - seenAtS > ageingS) this.#forget(key, port)
    }
    return this.#entries.size < before
  }

  list(nowS: number): readonly LearnedMac[] {
    return [...this.#entries.values()].map(({ seenAtS, ...entry }) => ({ ...entry, ageS: nowS - seenAtS }))
  }

  /** What the dvfilters of ports have seen them send with. */
  listFilters(): readonly { readonly port: number; readonly mac: number }[] {
    return [...this.#filters].flatMap(([port, macs]) => [...macs].map((mac) => ({ port, mac })))
  }

  /** The same table for ports that stand elsewhere now; what was behind ports that are gone is forgotten. */
  moved(indexOf: (port: number) => number | undefined): LearnedMacs {
    const table = new LearnedMacs()
    for (const [key, entry] of this.#entries) {
      const port = indexOf(entry.port)
      if (port === undefined) continue
      table.#entries.set(key, { ...entry, port })
      table.#count(port, 1)
    }
    for (const [from, macs] of this.#filters) {
      const port = indexOf(from)
      if (port !== undefined) table.#filters.set(port, macs)
    }
    return table
  }

  #takeSwitch({ port, vlan, mac }: Lesson, nowS: number): boolean {
    const key = keyOf(vlan, mac)
    const entry = this.#entries.get(key)
    if (entry?.port === port) {
      entry.seenAtS = nowS
      return false
    }
    if (entry) this.#forget(key, entry.port)
    this.#entries.set(key, { vlan, mac, port, seenAtS: nowS })
    this.#count(port, 1)
    return true
  }

  #takeAway({ vlan, mac }: Lesson): boolean {
    const key = keyOf(vlan, mac)
    const entry = this.#entries.get(key)
    if (entry) this.#forget(key, entry.port)
    return entry !== undefined
  }

  #takeFilter({ port, mac }: Lesson): boolean {
    const macs = this.#filters.get(port) ?? new Set<number>()
    this.#filters.set(port, macs)
    const before = macs.size
    return macs.add(mac).size > before
  }

  #forget(key: string, port: number): void {
    this.#entries.delete(key)
    this.#count(port, -1)
  }

  #count(port: number, change: number): void {
    this.#counts.set(port, (this.#counts.get(port) ?? 0) + change)
  }
}
