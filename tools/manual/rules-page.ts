/** Makes the manual's page of rules: each with its reason and its sources, and what became of every statement of the articles. */
import { allRules, type Rule, type Statement, statements } from '#rules'

const severityWords = {
  error: 'cannot work',
  warning: 'works badly, or by luck',
  advice: 'works, and could be better',
}

const grades = {
  V: "the maker's own page",
  S: 'a secondary source',
  K: 'not confirmed by a page',
  M: 'measured by ourselves',
}

export function rulesPage(): string {
  const topics = Map.groupBy(allRules, ({ id }) => topicOf(id))
  return `# Rules

What \`nestlab check\` looks at. \`nestlab check --explain RULE\` prints the same for one rule. A lab file accepts a finding with \`suppress:\`, which wants a reason; \`nestlab up --accept RULE\` does so once.

| severity | means | rules |
|---|---|---|
${(['error', 'warning', 'advice'] as const).map(severityRow).join('\n')}

${[...topics].map(([topic, rules]) => `[${topic}](#${topic}) (${rules.length})`).join(' · ')} · [statements](#statements)

${[...topics].map(([topic, rules]) => section(topic, rules)).join('\n\n')}

${statementsSection(statements())}
`
}

function topicOf(id: string): string {
  return id.slice(0, id.indexOf('/'))
}

function severityRow(severity: Rule['severity']): string {
  const count = allRules.filter((rule) => rule.severity === severity).length
  return `| ${severity} | ${severityWords[severity]} | ${count} |`
}

function section(topic: string, rules: readonly Rule[]): string {
  return `## ${topic}\n\n${rules.map(entry).join('\n\n')}`
}

function entry({ id, severity, title, why, versions, covers, sources }: Rule): string {
  const facts = [
    `- severity: ${severity}`,
    ...(versions === undefined ? [] : [`- versions: ${plainText(versions)}`]),
    ...(covers.length === 0 ? [] : [`- statements: ${covers.join(', ')}`]),
    ...sources.map((source) => `- source: ${sourceText(source)}`),
  ]
  return `### ${id}\n\n**${plainText(title)}** ${plainText(why)}\n\n${facts.join('\n')}`
}

function sourceText({ title, url, grade, asOf }: Rule['sources'][number]): string {
  // In angle brackets an address may hold whatever it likes, and is no link to a file of ours.
  const place = url === undefined ? '' : `, <${url}>`
  return `${plainText(title)}${place} (${grades[grade]}, as of ${asOf})`
}

function statementsSection(rows: readonly Statement[]): string {
  return `## statements

What the articles on nested labs say that Nestlab began with, in our words, and what stands for it.

| | says | covered by |
|---|---|---|
${rows.map(statementRow).join('\n')}`
}

function statementRow({ id, says, rules, elsewhere, why }: Statement): string {
  const covered = [
    ...rules.map((rule) => `[${rule}](#${anchorOf(rule)})`),
    ...(elsewhere === undefined ? [] : [plainText(elsewhere)]),
    ...(why === undefined ? [] : [`not: ${plainText(why)}`]),
  ]
  return `| ${id} | ${cell(plainText(says))} | ${cell(covered.join('; '))} |`
}

/** As renderers of Markdown make it out of a heading: without the slash. */
function anchorOf(id: string): string {
  return id.replaceAll(/[^a-z0-9-]/g, '')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** Angle brackets and asterisks of a sentence are not markup; what stands in backticks is. */
function plainText(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/[<>*_[\]]/g, '\\$&') : part))
    .join('`')
}
