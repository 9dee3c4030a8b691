/** What happened at each port between two looks at its counters. */
import type { PortStats } from '#providers'

export interface Sample {
  /** Of a clock that does not run backwards. */
  readonly atMs: number
  /** Names are paths in the lab. */
  readonly ports: readonly PortStats[]
  readonly unreachable: readonly { readonly owner: string; readonly why: string }[]
}

export interface Flow {
  readonly framesPerS: number
  /** Absent where the level counts no bytes. */
  readonly bitsPerS?: number
}

export interface PortChange {
  readonly port: string
  readonly switchName: string
  readonly portgroup: string
  readonly connected: boolean
  readonly in: Flow
  readonly out: Flow
  /** Frames since the look before, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Whether anything has happened. */
  readonly isBusy: boolean
}

/** A port that was not there before begins at nothing; counters that began anew do as well. */
export function changes(before: Sample, after: Sample): readonly PortChange[] {
  const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1000)
  const earlier = new Map(before.ports.map((port) => [keyOf(port), port]))
  return after.ports.map((port) => {
    const was = earlier.get(keyOf(port))
    const grown = (now: number, then: number | undefined) =>
      then === undefined || now < then ? 0 : now - then
    const flow = (frames: number, bytes: number | undefined): Flow => ({
      framesPerS: frames / seconds,
      ...(bytes !== undefined && { bitsPerS: (bytes * 8) / seconds }),
    })
    const { received, sent, receivedBytes, sentBytes, connected } = port
    const come = grown(received, was?.received)
    const gone = grown(sent, was?.sent)
    const dropped = Object.entries(port.dropped)
      .map(([reason, count]) => [reason, was ? grown(count, was.dropped[reason] ?? 0) : 0] as const)
      .filter(([, count]) => count > 0)
    return {
      port: port.port,
      switchName: port.switchName,
      portgroup: port.portgroup,
      connected,
      in: flow(come, receivedBytes === undefined ? undefined : grown(receivedBytes, was?.receivedBytes)),
      out: flow(gone, sentBytes === undefined ? undefined : grown(sentBytes, was?.sentBytes)),
      dropped: Object.fromEntries(dropped),
      isBusy: come + gone + dropped.length > 0 || was?.connected !== connected,
    }
  })
}

function keyOf({ switchName, port }: PortStats): string {
  return `${switchName} ${port}`
}
