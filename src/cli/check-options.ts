/** What `nestlab check` is asked for, from its options. */
import type { Severity, SiteKnowledge } from '#rules'
import { weights } from './check-groups.ts'
import { fail } from './errors.ts'
import { fileOption } from './pick-lab.ts'
import type { RuleChecks } from './services.ts'
import type { Call, OptionRow } from './verb.ts'

export const checkOptions: readonly OptionRow[] = [
  fileOption,
  ['--lab <name>', 'check the lab of that name as it was last brought up'],
  ['--site <name>', 'judge level 0 by what this machine really is; the name is `local`'],
  [
    '--severity <least>',
    'tell error, warning, or advice and what is worse (default: warning; advice in JSON and SARIF)',
  ],
  ['--sarif', 'print the findings as SARIF 2.1.0, for code hosts'],
  ['--format <name>', 'print the findings as annotations for a pipeline; the name is `github`'],
  ['--explain [rule]', 'say what a rule holds, why, and who says so; without a rule: all of them'],
  ['--fix', 'change the lab file where a fix is safe, after showing the difference'],
  ['--yes', 'with --fix: do not ask first'],
  ['--dry-run', 'with --fix: print the difference and write nothing'],
  ['--templates', 'with --fix: change templates too, and so every machine that extends them'],
]

const command = 'nestlab check'

export type Form = 'text' | 'json' | 'sarif' | 'github'

export interface CheckOptions {
  readonly form: Form
  readonly least: Severity
  readonly rules: RuleChecks
  /** Of this machine; absent: what the file says. */
  readonly site?: SiteKnowledge
}

export function formOf(call: Call): Form {
  const format = call.value('format')
  if (format !== undefined && format !== 'github')
    throw fail('wrong-usage', { text: `--format is github, not "${format}".`, command })
  const forms: Form[] = []
  if (call.json) forms.push('json')
  if (call.has('sarif')) forms.push('sarif')
  if (format !== undefined) forms.push('github')
  const [form = 'text', ...others] = forms
  if (others.length > 0)
    throw fail('wrong-usage', { text: 'Of --json, --sarif and --format only one can be printed.', command })
  if (call.has('fix') && (form === 'sarif' || form === 'github'))
    throw fail('wrong-usage', { text: '--fix answers in text or in JSON.', command })
  if (call.has('fix') && call.value('lab') !== undefined)
    throw fail('wrong-usage', { text: '--fix changes a file; name it instead of --lab.', command })
  return form
}

export function leastOf(call: Call, form: Form): Severity {
  const text = call.value('severity')
  if (text === undefined) return form === 'json' || form === 'sarif' ? 'advice' : 'warning'
  const least = weights.find((severity) => severity === text)
  if (least) return least
  throw fail('wrong-usage', { text: `--severity is error, warning or advice, not "${text}".`, command })
}

/** Looks at this machine when `--site local` says so. */
export async function siteFrom(call: Call, rules: RuleChecks): Promise<SiteKnowledge | undefined> {
  const site = call.value('site')
  if (site === undefined) return undefined
  if (site !== 'local') throw fail('wrong-usage', { text: `--site is local, not "${site}".`, command })
  return rules.siteOf(await call.services.doctor({ again: false, signal: call.signal }))
}
