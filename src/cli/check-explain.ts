/** `nestlab check --explain`: what a rule holds, why, and who says so; or all of them as a table. */
import type { Rule } from '#rules'
import { countsOf, severityPaint } from './check-text.ts'
import { fail } from './errors.ts'
import { jsonLine, oneLine } from './one-line.ts'
import type { RuleChecks } from './services.ts'
import { columns } from './table.ts'
import type { Call, Exit } from './verb.ts'

const grades = {
  V: "the maker's own page",
  S: 'a secondary source',
  K: 'not confirmed by a page',
  M: 'measured',
} as const

export function explain(call: Call, { rules, nearestRule }: RuleChecks): Exit {
  const id = call.value('explain')
  if (id === undefined || id === 'list') sayAll(call, rules)
  else sayOne(call, ruleNamed(id, { rules, nearestRule }))
  return 0
}

/** Fails with the id that was most likely meant. */
export function ruleNamed(
  id: string,
  { rules, nearestRule }: Pick<RuleChecks, 'rules' | 'nearestRule'>,
): Rule {
  const rule = rules.find((one) => one.id === id)
  if (!rule) throw fail('unknown-rule', { rule: oneLine(id.slice(0, 100)), near: nearestRule(id) })
  return rule
}

function sayAll({ json, terminal }: Call, rules: readonly Rule[]): void {
  const { paint, say } = terminal
  if (json) {
    say(jsonLine(rules.map(ruleDocument)))
    return
  }
  const rows = rules.map(({ id, severity, title }) => [id, severityPaint(severity, paint)(severity), title])
  say([...columns(rows), '', `${rules.length} rules: ${countsOf(rules)}`].join('\n'))
}

function sayOne({ json, terminal }: Call, rule: Rule): void {
  const { paint, say } = terminal
  if (json) {
    say(jsonLine(ruleDocument(rule)))
    return
  }
  const { id, severity, title, why, versions, covers, sources } = rule
  say(
    [
      `${paint.strong(id)}  ${severityPaint(severity, paint)(severity)}`,
      `${title}`,
      '',
      why,
      '',
      ...(versions === undefined ? [] : [`versions: ${versions}`]),
      ...(covers.length === 0 ? [] : [`statements of the articles: ${covers.join(', ')}`]),
      'sources:',
      ...sources.flatMap((source) => [
        `  ${source.title} (${grades[source.grade]}, as of ${source.asOf})`,
        ...(source.url === undefined ? [] : [paint.faint(`    ${source.url}`)]),
      ]),
      '',
      paint.faint(
        'To accept it in a lab file: suppress: [{ rule: ID, at: PLACE, reason: "why it is all right" }]',
      ),
    ].join('\n'),
  )
}

function ruleDocument({ id, severity, title, why, versions, covers, sources }: Rule): object {
  return { id, severity, title, why, ...(versions !== undefined && { versions }), covers, sources }
}
