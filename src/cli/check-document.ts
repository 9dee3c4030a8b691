/** A checked lab as one JSON document for programs. */
import type { Finding, Severity } from '#rules'
import { type CheckedLab, isWrong } from './check-lab.ts'
import { shownOf } from './check-text.ts'
import type { RuleFix } from './services.ts'

export interface DocumentOptions {
  readonly least: Severity
  readonly placeText: (at: Finding['at']) => string
}

/** Every finding stands for itself here, also those of the machines of one `count`. */
export function checkDocument(checked: CheckedLab, { least, placeText }: DocumentOptions): object {
  const { file, lab, problems, checkup, placeOf } = checked
  const written = (finding: Finding) => {
    const { rule, severity, at, text, remedy, edits } = finding
    return {
      rule: rule.id,
      severity,
      at: placeText(at),
      ...(placeOf && { place: placeOf(at) }),
      ...{ text, remedy, why: rule.why, sources: rule.sources },
      ...(edits && { edits: edits.map((edit) => ({ at: placeText(edit.at), value: edit.value })) }),
    }
  }
  return {
    ...(file !== undefined && { file }),
    ok: !isWrong(checked),
    ...(lab && { lab: lab.name }),
    problems,
    ...(lab && {
      findings: shownOf(checkup.findings, least).map(written),
      suppressed: checkup.suppressed.map(({ finding, reason }) => ({ ...written(finding), reason })),
    }),
  }
}

/** What `--fix` did, without the file's texts. */
export function fixDocument(fix: RuleFix, written: boolean, placeText: DocumentOptions['placeText']): object {
  const left = fix.checkup.findings.map(({ rule, severity, at }) => ({
    rule: rule.id,
    severity,
    at: placeText(at),
  }))
  return { written, made: fix.made, refused: fix.refused, left }
}
