/** Watches the ports of whole levels while something is done, through captures that are taken apart again. */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { LevelNetwork } from '#providers'
import { readPcapng } from '#switch'
import { asFailure } from './errors.ts'
import type { Sighting, Watched } from './network-contract.ts'
import { pathIn } from './select.ts'

/** Frames on their way when the work is done still arrive within this. */
const afterglowMs = 300
const endLimitMs = 5000

interface Watch {
  readonly owner: string
  readonly stream: Duplex
  readonly chunks: Buffer[]
}

interface Wish {
  readonly owners: readonly string[]
  readonly work: () => Promise<void>
  readonly signal: AbortSignal
}

export async function watchLevels(
  networkOf: (owner: string) => Promise<LevelNetwork>,
  { owners, work, signal }: Wish,
): Promise<Watched> {
  const unwatched: { owner: string; why: string }[] = []
  const opened = await Promise.all(
    owners.map((owner) =>
      begin(owner, networkOf, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        unwatched.push({ owner, why: asFailure(error, `watch ${owner || 'level 0'}`).message })
      }),
    ),
  )
  const watches = opened.filter((watch) => watch !== undefined)
  try {
    await work()
    await pause(afterglowMs, undefined, { signal })
    await Promise.all(watches.map(finish))
  } finally {
    for (const { stream } of watches) stream.destroy()
  }
  const read = watches.map(sightingsOf)
  const sightings = read.flatMap((one) => one.sightings)
  return {
    sightings: sightings.sort((a, b) => Number(a.timeNs - b.timeNs)),
    ports: read.flatMap((one) => one.ports),
    unwatched,
  }
}

/** A capture runs once its header has come. */
async function begin(
  owner: string,
  networkOf: (owner: string) => Promise<LevelNetwork>,
  signal: AbortSignal,
): Promise<Watch> {
  const network = await networkOf(owner)
  const stream = await network.capture({ dropsOnly: false, snapBytes: 0, frames: 0 }, signal)
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', () => {})
  if (chunks.length === 0) await once(stream, 'data', { signal })
  return { owner, stream, chunks }
}

async function finish({ stream }: Watch): Promise<void> {
  stream.end()
  const ended = once(stream, 'end').catch(() => undefined)
  await Promise.race([ended, pause(endLimitMs, undefined, { ref: false })])
}

function sightingsOf({ owner, chunks }: Watch): { sightings: Sighting[]; ports: string[] } {
  const { interfaces, packets } = readPcapng(Buffer.concat(chunks))
  const portOf = (name: string) => pathIn(owner, name.replace(/ \(.*$/, ''))
  const sightings = packets.flatMap(({ on, direction, comment, frame, timeNs }): Sighting[] => {
    if (direction === '?') return []
    return [{ port: portOf(on), direction, frame, timeNs, ...(comment && { drop: comment }) }]
  })
  return { sightings, ports: interfaces.map(portOf) }
}
