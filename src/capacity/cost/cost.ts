/** What the lab costs on hardware of one's own and in clouds, and what nesting in a cloud saves against metal. */
import { type Prices, type Source, sizingFigure } from '#facts'
import type { ResolvedLab } from '#lab'
import { type Assumption, assumption } from '../assumption.ts'
import type { Level0 } from '../level0.ts'
import type { Range } from '../range.ts'
import { needOf } from './need.ts'
import { type CostOffer, type NoOffer, type OfferBasis, offered } from './offer.ts'
import { cheapestServers } from './owned.ts'
import { cheapestRental, type RentalKind, rentalKinds } from './rented.ts'

export interface CostReport {
  readonly seats: number
  /** Of use by each seat; absent when neither the file nor the user said any. */
  readonly hours?: number
  readonly offers: readonly CostOffer[]
  /** Ways that are not offered, and why. */
  readonly none: readonly NoOffer[]
  /** What a nested instance saves against a metal one, for this lab; absent when one of them is not offered. */
  readonly saving?: Saving
  /** After so many hours of use, owned hardware has cost less than the cheapest of that kind. */
  readonly breakEven: readonly { readonly against: CostOffer['kind']; readonly hours: Range }[]
  readonly pricesAsOf: string
  readonly assumptions: readonly Assumption[]
}

export interface Saving {
  /** Part of the price of metal; below zero when nesting costs more. */
  readonly share: number
  /** What the article on EC2 says of many labs. */
  readonly claimed: Range
  readonly claimSource: Source
}

export interface CostOptions {
  readonly prices: Prices
  readonly seats: number
  readonly hours?: number | undefined
  readonly today?: string | undefined
}

export function costReport(lab: ResolvedLab, level0: Level0, options: CostOptions): CostReport {
  const { prices, seats, hours } = options
  const need = needOf(lab)
  const [host] = level0.origin === 'cloud' ? [] : level0.hosts
  const product = host?.product === undefined ? { product: 'kvm' } : host
  const found: readonly (OfferBasis | NoOffer)[] = [
    cheapestServers(need, { prices, seats, product }),
    ...[...rentalKinds, ...declaredRental(lab)].map((rental) =>
      cheapestRental(rental, need, { prices, seats }),
    ),
  ]
  const offers = found.flatMap((one) => ('why' in one ? [] : [offered(one, options)]))
  const saving = savingOf(offers)
  return {
    seats,
    ...(hours !== undefined && { hours }),
    offers,
    none: found.flatMap((one) => ('why' in one ? [one] : [])),
    ...(saving && { saving }),
    breakEven: breakEvenOf(offers),
    pricesAsOf: prices.asOf,
    assumptions: [
      assumption(
        'An instance or server is taken whose memory holds the lab and whose cores keep its machines from waiting most of the time; instances and their disks exist only while they are used.',
      ),
    ],
  }
}

/** The very size that the file names, beside the cheapest ones. */
function declaredRental({ class: seats, cloud }: ResolvedLab): readonly RentalKind[] {
  const provider = seats?.provider ?? cloud?.provider
  const size = seats?.provider ? seats.size : cloud?.size
  if (provider === undefined) return []
  if (size !== undefined) return [{ kind: 'declared', provider, nested: 'yes', size }]
  return provider === 'azure-lab-services' ? [{ kind: provider, provider, nested: 'yes' }] : []
}

function savingOf(offers: readonly CostOffer[]): Saving | undefined {
  const nested = offers.find(({ kind }) => kind === 'ec2-nested')
  const metal = offers.find(({ kind }) => kind === 'ec2-metal')
  if (!nested || !metal) return undefined
  const share = 1 - nested.perHourUsd.low / metal.perHourUsd.low
  const { low, high, source } = sizingFigure('saving-ec2-claimed')
  return { share, claimed: { low, high }, claimSource: source }
}

function breakEvenOf(offers: readonly CostOffer[]): CostReport['breakEven'] {
  const owned = offers.find(({ kind }) => kind === 'owned')
  if (owned?.upFrontUsd === undefined) return []
  const { upFrontUsd, perHourUsd } = owned
  return offers.flatMap(({ kind, perHourUsd: rent }) => {
    const savedAtLeast = rent.low - perHourUsd.high
    if (kind === 'owned' || savedAtLeast <= 0) return []
    const low = upFrontUsd / (rent.high - perHourUsd.low)
    return [{ against: kind, hours: { low, high: upFrontUsd / savedAtLeast } }]
  })
}
