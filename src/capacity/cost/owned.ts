/** Servers of one kind that could be bought to carry all seats, and what they draw from the wall. */
import type { ElectricityPrice, Prices, ServerPrice } from '#facts'
import { overheadOf, ownUse, type Product } from '../hypervisor-use.ts'
import { firstFitDecreasing } from '../placement/first-fit.ts'
import type { Item } from '../placement/item.ts'
import { times } from '../range.ts'
import type { LabNeed } from './need.ts'
import type { NoOffer, OfferBasis } from './offer.ts'

/** More servers than this are no lab any more. */
const mostServers = 64

export interface Buying {
  readonly prices: Prices
  readonly seats: number
  /** The hypervisor of level 0. */
  readonly product: Product
}

export function cheapestServers(need: LabNeed, buying: Buying): OfferBasis | NoOffer {
  const { prices } = buying
  const [electricity] = prices.electricity
  if (!electricity) return { kind: 'owned', why: 'No price of electricity is known.' }
  const choices = prices.servers.flatMap((server) => {
    const count = serversNeeded(server, need, buying)
    return count === undefined ? [] : [{ server, count, usd: server.usd * count }]
  })
  const [best] = choices.sort((a, b) => a.usd - b.usd || a.count - b.count)
  if (!best) {
    const why = 'The lab fits on no number of servers with a known price.'
    return { kind: 'owned', why: prices.servers.length === 0 ? 'No price of a server is known.' : why }
  }
  return basisOf(best, electricity, prices.depreciation?.years)
}

function serversNeeded(server: ServerPrice, need: LabNeed, { seats, product }: Buying): number | undefined {
  const freeMiB = server.memoryGiB * 1024 - (ownUse(product)?.MiB ?? 0)
  const items = need.machines.map(
    ({ path, memoryMiB, cpus }): Item => ({ path, memoryMiB, cpus, copies: seats }),
  )
  const overheadMiB = (item: Pick<Item, 'memoryMiB' | 'cpus'>) => overheadOf(product, item)?.MiB ?? 0
  const neededMiB = items.reduce((sum, item) => sum + item.copies * (item.memoryMiB + overheadMiB(item)), 0)
  const byMemory = Math.ceil(neededMiB / freeMiB)
  const byCores = Math.ceil((need.runnableVcpus * seats) / (server.cores * need.vcpusPerCore))
  const least = Math.max(1, byMemory, byCores)
  if (freeMiB <= 0 || least > mostServers) return undefined
  // First fit never needs twice what there must be, so a few more than the least settle it.
  for (let count = least; count <= Math.min(mostServers, least * 2); count++) {
    const bins = Array.from({ length: count }, (_, index) => ({ name: `${index}`, freeMiB, overheadMiB }))
    if (firstFitDecreasing(items, bins).unplaced.length === 0) return count
  }
  return undefined
}

function basisOf(
  { server, count, usd }: { readonly server: ServerPrice; readonly count: number; readonly usd: number },
  { region, usdPerKwh }: ElectricityPrice,
  years: number | undefined,
): OfferBasis {
  const notes = [
    `Electricity of ${region} at ${usdPerKwh} USD a kWh, from idle to loaded.`,
    ...(years === undefined ? [] : [`Paid off in ${years} years.`]),
    'Room, network and work are not in the price.',
  ]
  const watts = { low: server.idleWatts, high: server.loadedWatts }
  return {
    kind: 'owned',
    title: server.title,
    count,
    perHourUsd: times(watts, (count / 1000) * usdPerKwh),
    upFrontUsd: usd,
    ...(years !== undefined && { writeOffUsdPerMonth: usd / years / 12 }),
    notes,
    source: server.source,
  }
}
