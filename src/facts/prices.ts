/** Prices of clouds, electricity and servers: ours, of a stated day, and a user's own in the same form. */
import written from './data/prices.json' with { type: 'json' }
import { onceRead, type Source } from './data-file.ts'
import { type PriceFile, type PriceRow, priceFile, priceFileProblems, priceKey } from './price-file.ts'

type OfKind<Kind extends PriceRow['kind']> = Extract<PriceRow, { readonly kind: Kind }>

/** On demand. Windows is what Hyper-V inside needs. */
export type InstancePrice = OfKind<'instance'>
/** Of the usual kind of disk. */
export type StoragePrice = OfKind<'storage'>
export type ElectricityPrice = OfKind<'electricity'>
/** A whole machine, with what it draws from the wall. */
export type ServerPrice = OfKind<'server'>

export interface Prices {
  readonly asOf: string
  readonly instances: readonly InstancePrice[]
  readonly storage: readonly StoragePrice[]
  readonly electricity: readonly ElectricityPrice[]
  readonly servers: readonly ServerPrice[]
  /** After so many years a server counts as paid off. */
  readonly depreciation: { readonly years: number; readonly source: Source } | undefined
}

export type ReadPrices =
  | { readonly ok: true; readonly prices: Prices }
  | { readonly ok: false; readonly problems: readonly string[] }

/** As clouds reckon a month. */
export const hoursPerMonth = 730

export const priceData = onceRead(() => priceFile(written))

/** Ours; read when first asked for. */
export const defaultPrices = onceRead(() => pricesOf(priceData()))

/** A user's own price file, parsed from JSON or YAML. Its rows replace ours about the same, and leave the others. */
export function readPrices(value: unknown): ReadPrices {
  const problems = priceFileProblems(value)
  if (problems.length > 0) return { ok: false, problems }
  const own = priceFile(value)
  const replaced = new Set(own.rows.map(priceKey))
  const kept = priceData().rows.filter((row) => !replaced.has(priceKey(row)))
  // The user's come first, so that a look-up without a region finds his.
  return { ok: true, prices: pricesOf({ asOf: own.asOf, rows: [...own.rows, ...kept] }) }
}

/** In the region given, else in the first one that has a price. */
export function instancePrice(
  prices: Prices,
  wanted: { readonly provider: string; readonly size: string; readonly region?: string },
): InstancePrice | undefined {
  const size = plainSize(wanted.size)
  return prices.instances.find(
    (price) =>
      price.provider === wanted.provider &&
      plainSize(price.size) === size &&
      (wanted.region === undefined || price.region === wanted.region),
  )
}

/** Azure's sizes are written with and without `Standard_`. */
function plainSize(size: string): string {
  return size.toLowerCase().replace(/^standard_/, '')
}

function pricesOf({ asOf, rows }: PriceFile): Prices {
  return {
    asOf,
    instances: rows.filter((row) => row.kind === 'instance'),
    storage: rows.filter((row) => row.kind === 'storage'),
    electricity: rows.filter((row) => row.kind === 'electricity'),
    servers: rows.filter((row) => row.kind === 'server'),
    depreciation: rows.find((row) => row.kind === 'depreciation'),
  }
}
