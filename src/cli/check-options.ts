/** What `nestlab check` is asked for, from its options. */
import type { Severity, SiteKnowledge } from '#rules'
import { weights } from './check-groups.ts'
import { fail } from './errors.ts'
import type { RuleChecks } from './services.ts'
import type { Call } from './verb.ts'

const command = 'nestlab check'

export type Form = 'text' | 'json' | 'sarif' | 'github'

export interface CheckOptions {
  readonly form: Form
  readonly least: Severity
  readonly rules: RuleChecks
  /** Found out there; absent: what the file says. */
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

/** Looks at this machine when `--site local` says so, and at a vCenter or ESXi host when it names one that was added. */
export async function siteFrom(call: Call, rules: RuleChecks): Promise<SiteKnowledge | undefined> {
  const { signal, services } = call
  const site = call.value('site')
  if (site === undefined) return undefined
  if (site === 'local') return rules.siteOf(await services.doctor({ again: false, signal }))
  const { survey } = await (await services.sites()).test(site, signal)
  return rules.siteOfServer(survey)
}
