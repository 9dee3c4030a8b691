/** What the rules say before a lab is brought up: errors stop it unless they are accepted, warnings are told. */
import type { Finding } from '#rules'
import { ruleNamed } from './check-explain.ts'
import { type FindingGroup, groupsOf, machineOf, namesOf } from './check-groups.ts'
import { titleOf } from './check-lab.ts'
import { countsOf, placeWords, severityPaint, shownOf } from './check-text.ts'
import { fail } from './errors.ts'
import { oneLine } from './one-line.ts'
import type { Loaded } from './pick-lab.ts'
import type { RuleChecks } from './services.ts'
import type { Call } from './verb.ts'

interface Chosen {
  /** Patterns of `--only`; findings about other machines do not matter then. */
  readonly only?: readonly string[] | undefined
}

/** Fails with `rules-broken` on errors that neither `--accept` nor the file accepts. Nothing was started then. */
export async function refuseWhatCannotWork(call: Call, loaded: Loaded, { only }: Chosen): Promise<void> {
  const rules = await call.services.ruleChecks()
  const accepted = new Set(acceptedRules(call, rules))
  const found = (await relevant(loaded, rules, only)).filter(({ rule }) => !accepted.has(rule.id))
  tellShortly(call, loaded, groups(loaded, rules, found))
  const errors = found.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const ids = [...new Set(errors.map(({ rule }) => rule.id))]
  throw fail('rules-broken', { file: titleOf(call, loaded.file), rules: ids })
}

/** Only says what there is. */
export async function tellWhatCannotWork(call: Call, loaded: Loaded, { only }: Chosen): Promise<void> {
  const rules = await call.services.ruleChecks()
  tellShortly(call, loaded, groups(loaded, rules, await relevant(loaded, rules, only)))
}

function acceptedRules(call: Call, rules: RuleChecks): readonly string[] {
  const ids = (call.value('accept') ?? '').split(',').map((id) => id.trim())
  return ids.filter((id) => id !== '').map((id) => ruleNamed(id, rules).id)
}

async function relevant(
  { lab }: Loaded,
  rules: RuleChecks,
  only: readonly string[] | undefined,
): Promise<readonly Finding[]> {
  const chosen = await rules.chosen(lab, only)
  const findings = shownOf(rules.check(lab).findings, 'warning')
  return findings.filter(({ at }) => {
    const machine = machineOf(at)
    return machine === undefined || chosen === undefined || chosen.has(machine)
  })
}

function groups({ placeOf }: Loaded, { placeText }: RuleChecks, found: readonly Finding[]): FindingGroup[] {
  return groupsOf(found, { placeOf, placeText })
}

/** More of them are one command away. */
const mostTold = 8

function tellShortly(call: Call, { file }: Loaded, found: readonly FindingGroup[]): void {
  const { paintErrors, tell } = call.terminal
  const title = titleOf(call, file)
  for (const group of found.slice(0, mostTold)) {
    const { severity, rule, text, machines } = group
    const names = machines.length > 1 ? ` (found at: ${namesOf(machines)})` : ''
    const where = `(${rule.id}, ${placeWords(group, title)})`
    const word = severityPaint(severity, paintErrors)(`${severity}:`)
    tell(`${word} ${oneLine(`${text}${names}`)} ${paintErrors.faint(oneLine(where))}`)
  }
  if (found.length > mostTold) tell(`… ${countsOf(found)} in all: nestlab check ${oneLine(title)}`)
}
