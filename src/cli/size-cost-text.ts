/** What running a lab costs in each way, and what has to be licensed. */
import type { SizeReport } from '#capacity'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import { paragraph, widest } from './size-paragraph.ts'
import { counted, cutTo, dollars, percent, percents, someOf } from './size-words.ts'
import { columns } from './table.ts'

type Offer = SizeReport['cost']['offers'][number]

const titles: Readonly<Record<Offer['kind'], string>> = {
  owned: 'owned',
  'ec2-nested': 'EC2 nested',
  'ec2-metal': 'EC2 metal',
  azure: 'Azure',
  gcp: 'Google',
  'azure-lab-services': 'Azure labs',
  declared: 'as in file',
}

export function costLines({ cost }: SizeReport, paint: Paint): readonly string[] {
  const { offers, none, saving, breakEven, hours, seats, pricesAsOf } = cost
  return [
    ...offerTable(offers, hours, paint),
    ...none.flatMap(({ kind, why }) => paragraph(`${titles[kind]}: ${why}`)),
    ...(seats > 1 ? paragraph(`For all ${seats} seats together.`) : []),
    ...(saving ? savingLines(saving) : []),
    ...breakEvenLines(breakEven),
    ...noteLines(offers),
    ...paragraph(paint.faint(ageText(offers, pricesAsOf))),
  ]
}

/** What is offered stands last, in whatever room the numbers leave. */
function offerTable(offers: readonly Offer[], hours: number | undefined, paint: Paint): readonly string[] {
  if (offers.length === 0) return []
  const ofHours = (cell: string) => (hours === undefined ? [] : [cell])
  const head = ['  WAY', '1 H', ...ofHours(`${hours} H`), 'MONTH', 'ONCE']
  const rows = offers.map(({ kind, perHourUsd, hoursUsd, monthUsd, upFrontUsd }) => [
    `  ${titles[kind]}`,
    dollars(perHourUsd),
    ...ofHours(hoursUsd ? dollars(hoursUsd) : ''),
    dollars(monthUsd),
    upFrontUsd === undefined ? '' : String(Math.round(upFrontUsd)),
  ])
  const lines = columns([head, ...rows])
  const numbersWidth = lines.reduce((most, line) => Math.max(most, line.length), 0) + 2
  const [first = '', ...others] = lines.map((line) => line.padEnd(numbersWidth))
  const named = others.map((line, at) => line + cutTo(whatOf(offers[at]), widest - numbersWidth))
  return [paint.faint(`${first}WHAT`), ...named]
}

function whatOf(offer: Offer | undefined): string {
  if (!offer) return ''
  return oneLine(offer.count === 1 ? offer.title : `${offer.count} × ${offer.title}`)
}

function savingLines({ share, claimed }: NonNullable<SizeReport['cost']['saving']>): readonly string[] {
  const words = share >= 0 ? `saves ${percent(share)} of the price of` : `costs ${percent(-share)} more than`
  return paragraph(
    `For this lab EC2 nested ${words} EC2 metal (an article says ${percents(claimed)} of many labs).`,
  )
}

function breakEvenLines(breakEven: SizeReport['cost']['breakEven']): readonly string[] {
  if (breakEven.length === 0) return []
  const each = breakEven.map(({ against, hours: { low, high } }) => {
    const range =
      Math.round(low) === Math.round(high) ? Math.round(high) : `${Math.round(low)}-${Math.round(high)}`
    return `${titles[against]} ${range} h`
  })
  return paragraph(`Owned hardware has paid for itself after, against: ${each.join(', ')}.`)
}

/** Each note once, with those that it is about. */
function noteLines(offers: readonly Offer[]): readonly string[] {
  const notes = new Map<string, string[]>()
  for (const { kind, notes: own } of offers)
    for (const note of own) notes.set(note, [...(notes.get(note) ?? []), titles[kind]])
  return [...notes].flatMap(([note, kinds]) =>
    paragraph(`${kinds.join(', ')}: ${oneLine(note)}`, '    ', '  '),
  )
}

function ageText(offers: readonly Offer[], pricesAsOf: string): string {
  const ages = [...new Set(offers.flatMap(({ ageDays }) => ageDays ?? []))].sort((a, b) => a - b)
  const age = ages.length === 0 ? '' : `, ${[...new Set([ages[0], ages.at(-1)])].join(' to ')} days old`
  return `Prices as of ${oneLine(pricesAsOf)}${age}; another file of prices: --prices FILE.`
}

export function licenceLines({ licences }: SizeReport): readonly string[] {
  const { year, instances, vsphere, unknownHosts } = licences
  const each = instances.map(({ product, physical, nested, unpaid, evaluationDays }) => {
    const parts = [
      ...(physical > 0 ? [`${physical} physical`] : []),
      ...(nested > 0 ? [`${nested} in the lab`] : []),
      ...(unpaid > 0 ? [`${unpaid} of them without a bought licence`] : []),
      ...(evaluationDays === undefined ? [] : [`an evaluation runs ${evaluationDays} days`]),
    ]
    return `${product}: ${parts.join(', ')}.`
  })
  const order =
    vsphere?.minimumOrder === undefined ? '' : ` (at least ${vsphere.minimumOrder} must be ordered)`
  const units = vsphere?.unit === 'core' ? 'core' : 'CPU'
  return [
    ...each.flatMap((text) => paragraph(text, '    ', '  ')),
    ...(vsphere
      ? paragraph(`vSphere by the rule of ${year}: ${counted(vsphere.count, `${units} licence`)}${order}.`)
      : []),
    ...(unknownHosts.length > 0
      ? paragraph(`Without those of unknown cores: ${someOf(unknownHosts.map(oneLine))}.`)
      : []),
  ]
}
