/** Hardware as text: what to buy for a lab, and what is wrong with a bill of materials. */
import type { BomFinding, HardwareAdvice, HardwareRequirements, Offer, Purchase } from '#capacity'
import type { Problem, ResolvedLab } from '#lab'
import { harmless, type Paint } from './paint.ts'
import { columns } from './table.ts'

/** A finding with its place in the file. */
export interface PlacedFinding extends BomFinding {
  /** From 1. */
  readonly line: number
  readonly column: number
}

export interface CheckedBom {
  /** Absent when the file cannot be read as a bill of materials. */
  readonly name?: string
  readonly problems: readonly Problem[]
  readonly findings: readonly PlacedFinding[]
  /** The problems with their places and excerpts, for people. */
  render(color: boolean): string
}

/** What a person can wish of the machine beyond what the lab needs. */
export interface HardwareWishes {
  readonly outOfBand: boolean
  readonly sataPorts?: number
}

/** What the verb asks of the rest of the program. */
export interface Hardware {
  /** `file` is absolute, `name` is how messages call it. */
  check(file: string, name: string): Promise<CheckedBom>
  advise(lab: ResolvedLab, wishes: HardwareWishes): HardwareAdvice
}

/** One block for each finding, with its place as editors and terminals know it. */
export function findingBlocks(
  findings: readonly PlacedFinding[],
  file: string,
  paint: Paint,
): readonly string[] {
  const marks = { error: paint.bad, warning: paint.doubtful, advice: paint.name }
  return findings.map(({ severity, rule, at, line, column, ...said }) => {
    const place = paint.strong(`${harmless(file)}:${line}:${column}`)
    return [
      `${place}  ${paint.faint(at)}`,
      `${marks[severity](`${severity}:`)} ${harmless(said.text)} ${paint.faint(`(${rule})`)}`,
      `why: ${harmless(said.why)}`,
      `fix: ${harmless(said.fix)}`,
      paint.faint(`source: ${harmless(said.source)}`),
    ].join('\n')
  })
}

export function adviceLines(lab: string, advice: HardwareAdvice, paint: Paint): readonly string[] {
  const { requirements, offers, misses, asOf } = advice
  return [
    `${harmless(lab)} needs ${needsText(requirements)}.`,
    '',
    ...(offers.length > 0
      ? [...offerTable(offers, paint), ...offers.flatMap((offer) => offerLines(offer, paint))]
      : [paint.bad('Nothing in the catalogue carries it.')]),
    ...(misses.length > 0 ? ['', paint.strong('Too little, or not suitable:')] : []),
    ...columns(misses.map(({ model, reason }) => [`  ${model}`, reason])),
    '',
    paint.faint(`Catalogue of ${asOf}; a price is what it cost in the month behind it. Watts are the CPU's.`),
  ]
}

function needsText({ hosts, memoryMiB, cores, nicPorts, ...rest }: HardwareRequirements): string {
  const wants = [
    `${gibText(memoryMiB / 1024)} of memory`,
    counted(cores, 'core', 'cores'),
    counted(nicPorts, 'network port', 'network ports'),
    ...(rest.sataPorts ? [counted(rest.sataPorts, 'SATA connector', 'SATA connectors')] : []),
    ...(rest.diskMiB === undefined ? [] : [`${gibText(rest.diskMiB / 1024)} of disk`]),
    ...(rest.outOfBand ? ['remote control'] : []),
    ...(rest.nested ? ['a CPU for nesting'] : []),
  ]
  const software =
    rest.product === undefined ? '' : `, for ${[rest.product, rest.version ?? ''].join(' ').trim()}`
  const each = hosts === 1 ? 'a machine' : `${hosts} machines, each`
  return `${each} with ${wants.slice(0, -1).join(', ')} and ${wants.at(-1)}${software}`
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function gibText(size: number): string {
  return size < 1 ? `${Math.ceil(size * 1024)} MiB` : `${Number(size.toFixed(1))} GiB`
}

function offerTable(offers: readonly Offer[], paint: Paint): readonly string[] {
  const head = ['BUY', 'MEMORY', 'OF AT MOST', 'CORES', 'WATTS', 'PRICE'].map(paint.faint)
  const rows = offers.map((offer) => [
    paint.strong(offer.model),
    gibText(offer.memoryGiB),
    gibText(offer.maxMemoryGiB),
    String(offer.cores),
    `${offer.cpuWatts}${offer.isPassive ? ', no fan' : ''}`,
    priceText(offer.buy),
  ])
  return columns([head, ...rows])
}

/** The machine's price; what is bought with it stands below. */
function priceText([machine]: readonly Purchase[]): string {
  const price = machine?.price
  return price ? `${price.amount} ${price.currency} (${price.asOf})` : 'not known'
}

function offerLines(offer: Offer, paint: Paint): readonly string[] {
  const [, ...more] = offer.buy
  const parts = [...more.map((one) => `${one.count} × ${one.model}${eachText(one)}`), ...offer.also]
  const bought = parts.length === 0 ? [] : [`  with ${parts.join(', ')}`]
  const used = offer.buy[0]?.availability === 'used' ? ['  sold used only'] : []
  const lines = [...bought, ...used, ...offer.notes.map((note) => `  ${note}`)]
  return lines.length === 0 ? [] : ['', paint.strong(offer.model), ...lines]
}

function eachText({ price }: Purchase): string {
  return price ? ` (${price.amount} ${price.currency} each, ${price.asOf})` : ''
}
