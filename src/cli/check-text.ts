/** A checked lab as text for people. */
import type { Severity, SiteKnowledge } from '#rules'
import { type FindingGroup, groupsOf, namesOf, type Places, weights } from './check-groups.ts'
import type { CheckedLab } from './check-lab.ts'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'

export interface TextOptions {
  readonly paint: Paint
  readonly placeText: Places['placeText']
  /** Milder findings are only counted. */
  readonly least: Severity
}

/** Findings that are at least as severe, worst first. */
export function shownOf<One extends { readonly severity: Severity }>(
  findings: readonly One[],
  least: Severity,
): readonly One[] {
  const last = weights.indexOf(least)
  return findings.filter(({ severity }) => weights.indexOf(severity) <= last)
}

/** Of a lab without problems. A lab without findings gets one line. */
export function checkLines(checked: CheckedLab, { paint, placeText, least }: TextOptions): string[] {
  const { checkup, placeOf, lab, file, title } = checked
  const all = groupsOf(checkup.findings, { placeOf, placeText })
  const groups = shownOf(all, least)
  const blocks = groups.flatMap((group) => [...groupLines(group, title, paint), ''])
  const rest = [...moreWords(all.slice(groups.length)), ...acceptedWords(checkup.suppressed.length)]
  if (groups.length > 0) {
    return [...blocks, [`${countsOf(groups)} in ${oneLine(title)}`, ...rest].join('; ')]
  }
  const good =
    file === undefined
      ? `${oneLine(title)} breaks no rule.`
      : `${oneLine(file)} describes the lab ${oneLine(lab?.name ?? '')}.`
  return [`${paint.good('✓')} ${good}`, ...rest.map((words) => paint.faint(`  ${words}`))]
}

const accelerators = {
  kvm: 'KVM',
  tcg: 'TCG (emulation), as there is no usable KVM',
  none: 'nothing: there is no QEMU',
} as const

/** What `--site` found level 0 to be: this machine, as `nestlab doctor` says it, or hosts of a server. */
export function siteLine({ hosts, accelerator }: SiteKnowledge): string {
  if (accelerator === undefined) return `Level 0 is ${hosts.map(({ name }) => oneLine(name)).join(', ')}.`
  const cpu = hosts[0]?.cpu
  const words = [
    cpu?.model === undefined ? 'this machine' : `this machine, ${oneLine(cpu.model)}`,
    `machines run on ${accelerators[accelerator]}`,
  ]
  return `Level 0 is ${words.join('; ')}.`
}

/** Worst first, of the groups: `2 errors, 1 warning`. */
export function countsOf(groups: readonly { readonly severity: Severity }[]): string {
  return weights
    .map((severity) => [severity, groups.filter((group) => group.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => countWords(severity, count))
    .join(', ')
}

function countWords(severity: Severity, count: number): string {
  if (severity === 'advice') return count === 1 ? '1 piece of advice' : `${count} pieces of advice`
  return count === 1 ? `1 ${severity}` : `${count} ${severity}s`
}

function groupLines(group: FindingGroup, title: string, paint: Paint): string[] {
  const { rule, severity, at, text, remedy, machines } = group
  return [
    `${paint.strong(oneLine(placeWords(group, title)))}  ${paint.faint(oneLine(at))}`,
    `${severityPaint(severity, paint)(`${severity}:`)} ${oneLine(text)} ${paint.faint(`(${rule.id})`)}`,
    ...(machines.length > 1 ? [`found at: ${oneLine(namesOf(machines))}`] : []),
    `${paint.good('fix:')} ${oneLine(remedy)}`,
  ]
}

/** `demo.lab.yaml:4:3`, as editors and terminals make a link of it. */
export function placeWords({ place }: Pick<FindingGroup, 'place'>, title: string): string {
  return place && place.line > 0 ? `${title}:${place.line}:${place.column}` : title
}

export function severityPaint(severity: Severity, paint: Paint): (text: string) => string {
  return { error: paint.bad, warning: paint.doubtful, advice: paint.name }[severity]
}

/** Findings come worst first, so what is left out is the end of their list. */
function moreWords(left: readonly FindingGroup[]): string[] {
  const mildest = left.at(-1)?.severity
  return mildest === undefined ? [] : [`${countsOf(left)} more with --severity ${mildest}`]
}

function acceptedWords(count: number): string[] {
  if (count === 0) return []
  return [`${count === 1 ? '1 finding is' : `${count} findings are`} accepted in the file`]
}
