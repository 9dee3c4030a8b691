/** What a process that serves an uplink gives to each kind of uplink, and gets back. */

export interface Serving {
  /** Where the switch dials. */
  readonly socket: string
  /** Says an event, but not every time it happens. */
  readonly say: (event: string, example?: string) => void
  readonly count: (what: 'refused' | 'dropped', frames?: number) => void
  readonly nowMs: () => number
}

export interface Served {
  close(): void
}
