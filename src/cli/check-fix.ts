/** `nestlab check --fix`: writes the fixes that are safe into the lab file, after showing the difference. */
import { type FindingGroup, groupsOf } from './check-groups.ts'
import { type CheckedLab, isWrong } from './check-lab.ts'
import type { CheckOptions } from './check-options.ts'
import { countsOf, shownOf } from './check-text.ts'
import { fail } from './errors.ts'
import { agrees, diffLines } from './file-change.ts'
import { unifiedDiff } from './line-diff.ts'
import { oneLine } from './one-line.ts'
import type { RuleChecks, RuleFix } from './services.ts'
import type { Call, Exit } from './verb.ts'

export interface Fixed {
  readonly fix: RuleFix
  readonly written: boolean
}

/** The exit code of this file: 1 while errors are in it. Says nothing where the answer is a document. */
export async function fixFile(
  call: Call,
  checked: CheckedLab,
  options: CheckOptions,
): Promise<{ readonly fixed?: Fixed; readonly exit: Exit }> {
  const exit = isWrong(checked) ? 1 : 0
  const { file, title, checkup, lab } = checked
  if (!lab || file === undefined) return { exit }
  const { rules, site, least } = options
  const findings = shownOf(checkup.findings, least).filter(({ edits }) => edits !== undefined)
  if (findings.length === 0) {
    if (checkup.findings.length > 0) tell(call, 'No finding here has a fix that is safe to write.')
    return { exit }
  }
  const fix = await rules.fix(file, { findings, templates: call.has('templates'), ...(site && { site }) })
  if (!fix) throw fail('fix-refused', { file, reason: 'it is a program, which is not edited' })
  for (const { text, inTemplate } of fix.refused)
    tell(call, `${oneLine(text)}${inTemplate ? ' With --templates it would be.' : ''}`)
  if (fix.after === fix.before) return { fixed: { fix, written: false }, exit }
  if (!call.json) sayDiff(call, unifiedDiff(oneLine(title), fix.before, fix.after))
  const written = !call.has('dry-run') && (call.has('yes') || (await agrees(call, 'nestlab check')))
  if (!written) return { fixed: { fix, written }, exit }
  await rules.replace(file, fix.before, fix.after)
  if (!call.json) sayWritten(call, title, leftOf(fix, rules))
  return { fixed: { fix, written }, exit: isWrong({ ...checked, checkup: fix.checkup }) ? 1 : 0 }
}

/** Whether nothing but the difference is to be printed. */
export function printsDiffOnly(call: Call): boolean {
  return call.has('fix') && call.has('dry-run') && !call.json
}

function leftOf({ checkup }: RuleFix, { placeText }: RuleChecks): readonly FindingGroup[] {
  return groupsOf(shownOf(checkup.findings, 'warning'), { placeText })
}

function sayWritten(call: Call, title: string, left: readonly FindingGroup[]): void {
  const { paint, say } = call.terminal
  const rest = left.length === 0 ? 'no error or warning is left' : `left in it: ${countsOf(left)}`
  say(`${paint.good('✓')} ${oneLine(title)} is changed; ${rest}.`)
}

function sayDiff(call: Call, diff: readonly string[]): void {
  const { paint, say } = call.terminal
  const text = diffLines(diff, paint).join('\n')
  say(printsDiffOnly(call) ? text : `\n${text}\n`)
}

function tell(call: Call, text: string): void {
  if (!call.json) call.terminal.tell(text)
}
