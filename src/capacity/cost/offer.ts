/** What it costs to run the lab in one way or another. */
import { hoursPerMonth, type Source } from '#facts'
import { type Range, times } from '../range.ts'

export type OfferKind =
  | 'owned'
  | 'ec2-nested'
  | 'ec2-metal'
  | 'azure'
  | 'gcp'
  | 'azure-lab-services'
  | 'declared'

export interface CostOffer {
  readonly kind: OfferKind
  /** For people: `m8i.2xlarge`. */
  readonly title: string
  /** How many of them all seats take together. */
  readonly count: number
  /** While it runs, all of them, in US dollars. */
  readonly perHourUsd: Range
  /** Paid once; absent for what is rented. */
  readonly upFrontUsd?: number
  /** Its part of a month until it counts as paid off. */
  readonly writeOffUsdPerMonth?: number
  /** For the hours asked about; without what was paid once. */
  readonly hoursUsd?: Range
  /** Running all month, with what is written off. */
  readonly monthUsd: Range
  /** What the price leaves out, and what is different there. */
  readonly notes: readonly string[]
  readonly source: Source
  /** How old the price is; absent when nobody said what day it is. */
  readonly ageDays?: number
}

export interface NoOffer {
  readonly kind: OfferKind
  readonly why: string
}

export interface OfferBasis extends Omit<CostOffer, 'hoursUsd' | 'monthUsd' | 'ageDays'> {}

export interface Periods {
  readonly hours?: number | undefined
  /** As `2026-11-28`. */
  readonly today?: string | undefined
}

export function offered(basis: OfferBasis, { hours, today }: Periods): CostOffer {
  const { perHourUsd, writeOffUsdPerMonth = 0, source } = basis
  const running = times(perHourUsd, hoursPerMonth)
  const ageDays = today === undefined ? undefined : daysBetween(source.asOf, today)
  return {
    ...basis,
    ...(hours !== undefined && { hoursUsd: times(perHourUsd, hours) }),
    monthUsd: { low: running.low + writeOffUsdPerMonth, high: running.high + writeOffUsdPerMonth },
    ...(ageDays !== undefined && { ageDays }),
  }
}

/** Undefined when one of them is no day. */
export function daysBetween(from: string, to: string): number | undefined {
  const days = Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000)
  return Number.isFinite(days) ? Math.max(0, days) : undefined
}
