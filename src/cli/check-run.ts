/** Runs `nestlab check`: looks at each file, tells what there is, and fixes what it may. */
import { checkDocument, fixDocument } from './check-document.ts'
import { explain } from './check-explain.ts'
import { fixFile, printsDiffOnly } from './check-fix.ts'
import { githubFinding, githubProblem } from './check-github.ts'
import { groupsOf } from './check-groups.ts'
import { type CheckedLab, checkFile, checkRecorded, filesOf, isWrong } from './check-lab.ts'
import { type CheckOptions, formOf, leastOf, siteFrom } from './check-options.ts'
import { sarifDocument } from './check-sarif.ts'
import { checkLines, shownOf, siteLine } from './check-text.ts'
import { jsonLine } from './one-line.ts'
import type { Call, Exit } from './verb.ts'

export async function runCheck(call: Call): Promise<Exit> {
  const rules = await call.services.ruleChecks()
  if (call.has('explain') || call.value('explain') !== undefined) return explain(call, rules)
  const form = formOf(call)
  const least = leastOf(call, form)
  const files = call.value('lab') === undefined ? await filesOf(call) : []
  const site = await siteFrom(call, rules)
  const options = { form, least, rules, ...(site && { site }) }
  if (form === 'text') return await checkForPeople(call, files, options)
  return await checkForPrograms(call, files, options)
}

async function checkForPeople(call: Call, files: readonly string[], options: CheckOptions): Promise<Exit> {
  let exit: Exit = 0
  let before: string | undefined
  let hasFindings = false
  if (options.site && !printsDiffOnly(call))
    call.terminal.say(call.terminal.paint.faint(siteLine(options.site)))
  for (const load of looksOf(call, files, options)) {
    const checked = await load()
    if (!printsDiffOnly(call) || !checked.lab) {
      const text = textOf(call, checked, options)
      // Files with nothing to say about stay lines of one list.
      if (before !== undefined && /\n/.test(before + text)) call.terminal.say('')
      if (checked.lab) call.terminal.say(text)
      else call.terminal.tell(text)
      before = text
      hasFindings ||= shownOf(checked.checkup.findings, options.least).length > 0
    }
    const code = call.has('fix') ? (await fixFile(call, checked, options)).exit : isWrong(checked) ? 1 : 0
    if (code !== 0) exit = code
  }
  if (hasFindings) call.terminal.say(call.terminal.paint.faint(reasonHint))
  return exit
}

const reasonHint = 'nestlab check --explain RULE says why, and who says so.'

function textOf(call: Call, checked: CheckedLab, { rules, least }: CheckOptions): string {
  const { paint, hasColor } = call.terminal
  if (checked.lab) return checkLines(checked, { paint, placeText: rules.placeText, least }).join('\n')
  const text = checked.render?.(hasColor).trimEnd() ?? ''
  // A line of the file must not be a command to a pipeline that shows it.
  return text.replaceAll('##[', '## [')
}

/** One answer for all files; what `--fix` did is part of it. */
async function checkForPrograms(call: Call, files: readonly string[], options: CheckOptions): Promise<Exit> {
  const all: CheckedLab[] = []
  const documents: object[] = []
  let exit: Exit = 0
  for (const load of looksOf(call, files, options)) {
    const checked = await load()
    all.push(checked)
    const done = call.has('fix') ? await fixFile(call, checked, options) : undefined
    const { placeText } = options.rules
    const fix = done?.fixed && { fix: fixDocument(done.fixed.fix, done.fixed.written, placeText) }
    const { least, site } = options
    documents.push({ ...checkDocument(checked, { least, placeText }), ...(site && { site }), ...fix })
    if ((done?.exit ?? (isWrong(checked) ? 1 : 0)) !== 0) exit = 1
  }
  const { say } = call.terminal
  if (options.form === 'github') for (const line of githubLines(all, options)) say(line)
  else if (options.form === 'sarif')
    say(jsonLine(sarifDocument(all, { ...options.rules, least: options.least })))
  else say(jsonLine(documents.length === 1 ? documents[0] : { ok: exit === 0, files: documents }))
  return exit
}

function looksOf(
  call: Call,
  files: readonly string[],
  options: CheckOptions,
): readonly (() => Promise<CheckedLab>)[] {
  if (call.value('lab') !== undefined) return [() => checkRecorded(call, options)]
  return files.map((file) => () => checkFile(call, file, options))
}

function githubLines(all: readonly CheckedLab[], { rules, least }: CheckOptions): string[] {
  return all.flatMap(({ title, problems, checkup, placeOf }) => {
    const groups = groupsOf(checkup.findings, { placeOf, placeText: rules.placeText })
    return [
      ...problems.map((problem) => githubProblem(problem, title)),
      ...shownOf(groups, least).map((group) => githubFinding(group, title)),
    ]
  })
}
