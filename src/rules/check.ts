/** Asks every rule about a lab, and sorts out what the file accepts. */
import type { ResolvedLab, Suppression } from '#lab'
import { allRules, ruleOf } from './all-rules.ts'
import { needlessSuppression, unknownRule } from './file/pack.ts'
import { type Hit, type LabPath, type Rule, type Severity, severities } from './rule.ts'
import { type SiteKnowledge, sceneOf } from './scene.ts'

export interface Finding extends Omit<Hit, 'severity'> {
  readonly rule: Rule
  readonly severity: Severity
}

export interface Suppressed {
  readonly finding: Finding
  readonly reason: string
}

export interface Checkup {
  /** Worst first, then in the order of the rules and of the file. */
  readonly findings: readonly Finding[]
  readonly suppressed: readonly Suppressed[]
}

/** Without `site`, what the file says about level 0 is all that is known of it. */
export function checkLab(lab: ResolvedLab, site?: SiteKnowledge): Checkup {
  const scene = sceneOf(lab, site)
  const found = allRules.flatMap((rule) =>
    [...rule.find(scene)].map((hit): Finding => ({ severity: rule.severity, ...hit, rule })),
  )
  const { findings, suppressed, used } = sorted(found, lab.suppress ?? [])
  const aboutFile = (lab.suppress ?? []).flatMap((one, index) => wrongSuppression(one, index, used))
  return { findings: byWeight([...findings, ...aboutFile]), suppressed }
}

function sorted(found: readonly Finding[], accepted: readonly Suppression[]) {
  const findings: Finding[] = []
  const suppressed: Suppressed[] = []
  const used = new Set<Suppression>()
  const byOf = suppressionOf(accepted)
  for (const finding of found) {
    const by = byOf(finding)
    if (by) used.add(by)
    if (by) suppressed.push({ finding, reason: by.reason })
    else findings.push(finding)
  }
  return { findings, suppressed, used }
}

/** Finds what accepts a finding by its place, since both may be thousands. */
function suppressionOf(accepted: readonly Suppression[]): (finding: Finding) => Suppression | undefined {
  const byRule = Map.groupBy(accepted, ({ rule }) => rule)
  const byPlace = new Map([...byRule].map(([rule, some]) => [rule, Map.groupBy(some, ({ at }) => at)]))
  return ({ rule, at }) => {
    const places = byPlace.get(rule.id)
    if (!places) return undefined
    // `at` is the beginning of the finding's own place: `machines.kvm-1` covers everything about kvm-1.
    const beginnings = [undefined, ...at.map((_, index) => placeText(at.slice(0, index + 1)))]
    return beginnings.flatMap((place) => places.get(place)?.[0] ?? [])[0]
  }
}

function wrongSuppression(
  one: Suppression,
  index: number,
  used: ReadonlySet<Suppression>,
): readonly Finding[] {
  const at = ['suppress', index]
  if (!ruleOf(one.rule)) {
    const text = `There is no rule \`${one.rule.slice(0, 60)}\`.`
    const remedy = 'Write the id that `nestlab check` prints; `nestlab check --explain` lists all of them.'
    return [{ rule: unknownRule, severity: unknownRule.severity, at: [...at, 'rule'], text, remedy }]
  }
  if (used.has(one)) return []
  const text = `Nothing breaks the rule \`${one.rule}\`${one.at === undefined ? '' : ` at ${one.at.slice(0, 100)}`}.`
  const remedy = 'Remove the entry.'
  return [{ rule: needlessSuppression, severity: needlessSuppression.severity, at, text, remedy }]
}

export function placeText(at: LabPath): string {
  return at.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

function byWeight(findings: readonly Finding[]): readonly Finding[] {
  return severities.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
}
