/** Instances of clouds that the lab fits in, and the cheapest of each kind. */
import {
  type CloudProvider,
  type CloudSize,
  cloudSize,
  hoursPerMonth,
  type InstancePrice,
  type Prices,
} from '#facts'
import { exactly } from '../range.ts'
import { copiesIn, type LabNeed } from './need.ts'
import type { NoOffer, OfferBasis, OfferKind } from './offer.ts'

export interface RentalKind {
  readonly kind: OfferKind
  readonly provider: CloudProvider
  /** Virtual sizes that nest, or physical machines. */
  readonly nested: 'yes' | 'metal'
  /** Only this size. */
  readonly size?: string
}

export const rentalKinds: readonly RentalKind[] = [
  { kind: 'ec2-nested', provider: 'ec2', nested: 'yes' },
  { kind: 'ec2-metal', provider: 'ec2', nested: 'metal' },
  { kind: 'azure', provider: 'azure', nested: 'yes' },
  { kind: 'gcp', provider: 'gcp', nested: 'yes' },
]

interface Candidate {
  readonly price: InstancePrice
  readonly size: CloudSize
  readonly count: number
  readonly usdPerHour: number
  readonly product: string
}

/** A seat has a virtual instance of its own; physical ones carry as many seats as fit in. */
export function cheapestRental(
  rental: RentalKind,
  need: LabNeed,
  { prices, seats }: { readonly prices: Prices; readonly seats: number },
): OfferBasis | NoOffer {
  const priced = prices.instances.filter(
    ({ provider, size }) => provider === rental.provider && (rental.size ?? size) === size,
  )
  const candidates = priced.flatMap((price) => candidateOf(price, rental, need, seats) ?? [])
  const [best] = candidates.sort(
    (a, b) => a.usdPerHour - b.usdPerHour || (a.size.vcpus ?? 0) - (b.size.vcpus ?? 0),
  )
  if (best) return basisOf(best, rental, need, { prices, seats })
  const why =
    priced.length === 0 ? 'No price of a size is known.' : 'The lab fits in no size with a known price.'
  return { kind: rental.kind, why }
}

function candidateOf(
  price: InstancePrice,
  { nested, provider, size: wanted }: RentalKind,
  need: LabNeed,
  seats: number,
): Candidate | undefined {
  const size = cloudSize(provider, price.size)
  if (!size || (size.nested !== nested && wanted === undefined)) return undefined
  const { vcpus, memoryMiB } = size
  if (vcpus === undefined || memoryMiB === undefined) return undefined
  const product = size.guestHypervisors.includes('kvm') ? 'kvm' : 'hyperv'
  const usd = product === 'hyperv' ? price.windowsUsdPerHour : price.usdPerHour
  const copies = copiesIn({ memoryMiB, cores: vcpus / 2, threads: vcpus }, { product }, need)
  if (usd === undefined || copies === 0) return undefined
  const count = size.nested === 'metal' ? Math.ceil(seats / copies) : seats
  return { price, size, count, usdPerHour: usd * count, product }
}

function basisOf(
  { price, size, count, usdPerHour, product }: Candidate,
  { kind }: RentalKind,
  need: LabNeed,
  { prices, seats }: { readonly prices: Prices; readonly seats: number },
): OfferBasis {
  const storage =
    prices.storage.find(({ provider, region }) => provider === price.provider && region === price.region) ??
    prices.storage.find(({ provider }) => provider === price.provider)
  const disksUsd = ((storage?.usdPerGibMonth ?? 0) * need.diskGiB * seats) / hoursPerMonth
  const notes = [
    `Prices of ${price.region}.`,
    `Level 0 is ${product === 'kvm' ? 'KVM' : 'Hyper-V, at the price with Windows'}.`,
  ]
  if (size.nested !== 'metal') notes.push(deeper(need.depth))
  if (storage === undefined) notes.push('Disks are not in the price.')
  else if (need.unknownDisks > 0) notes.push('Boot disks of unknown size are not in the price.')
  return {
    kind,
    title: price.size,
    count,
    perHourUsd: exactly(usdPerHour + disksUsd),
    notes,
    source: price.source,
  }
}

/** The instance is itself a VM of the cloud. */
function deeper(depth: number): string {
  const moved = `Every machine is one level deeper than on hardware of one's own: ${depth} ${depth === 1 ? 'level becomes' : 'levels become'} ${depth + 1}.`
  return depth + 1 < 3 ? moved : `${moved} From level 3 on nobody publishes speeds.`
}
