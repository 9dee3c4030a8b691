/** Classes on this machine: over the engines of all sites, with what each site can still take. */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { type Classes, type Engine, openClasses, type Room } from '#engine'
import { memoryAvailableMiB } from './local-site.ts'
import type { Place } from './services.ts'

export async function openLocalClasses({ roots, clock }: Place, engine: Engine): Promise<Classes> {
  return await openClasses({ roots, clock, engine, randomBytes, room })
}

/** Other sites tell nobody, and simulated machines take nothing. */
async function room(site: string): Promise<Room | undefined> {
  if (site !== 'local') return undefined
  return { availableMiB: await memoryAvailableMiB(), processors: availableParallelism() }
}
