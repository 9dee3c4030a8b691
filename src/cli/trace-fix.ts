/** The part of `nestlab trace` that proposes the smallest fix and, when asked, writes it into the lab file. */

import { relative } from 'node:path'
import type { Fix, FixAnswer, Probe } from '#trace'
import { fail } from './errors.ts'
import { agrees, diffLines } from './file-change.ts'
import { fixLines } from './fix-text.ts'
import { unifiedDiff } from './line-diff.ts'
import type { Call, Exit, OptionRow } from './verb.ts'

export const fixOptions: readonly OptionRow[] = [
  ['--fix', 'change the lab file so that the frame arrives, after showing the difference'],
  ['--yes', 'with --fix: do not ask first'],
  ['--dry-run', 'with --fix: print the difference and write nothing'],
  ['--templates', 'with --fix: change templates too, and so every machine that extends them'],
]

export interface Proposal {
  readonly file: string
  readonly answer: FixAnswer
  /** The file's text that the fixes belong to. */
  readonly text: string
}

/** Undefined for a lab that is a program. */
export async function propose(call: Call, file: string, probe: Probe): Promise<Proposal | undefined> {
  const found = await (await call.services.labFixes()).find(file, probe)
  if (!found && call.has('fix'))
    throw fail('fix-refused', { file, reason: 'it is a program, which is not edited' })
  return found && { file, ...found }
}

/** Whether nothing but the difference is to be printed. */
export function printsDiffOnly(call: Call): boolean {
  return call.has('fix') && call.has('dry-run') && !call.json
}

export function proposalLines(call: Call, proposal: Proposal | undefined): string[] {
  if (!proposal) return []
  const { fixes, gaveUp } = proposal.answer
  const hint =
    fixes.length > 0 && !call.has('fix')
      ? ['', call.terminal.paint.faint('nestlab trace … --fix writes it into the file.')]
      : []
  return ['', ...fixLines(fixes, gaveUp, call.terminal.paint), ...hint]
}

/** Without the files' texts. */
export function proposalDocument({ answer }: Proposal): object {
  const fixes = answer.fixes.map(({ text: _, ...fix }) => fix)
  return { fixes, ...(answer.gaveUp !== undefined && { gaveUp: answer.gaveUp }) }
}

/** The exit code of the whole command: 0 when the file was changed and the frame arrives now. */
export async function carryOutFix(call: Call, proposal: Proposal | undefined): Promise<Exit> {
  if (!proposal || !call.has('fix')) return 1
  const { file, text, answer } = proposal
  const fix = chosen(call, file, answer)
  if (fix.text === undefined) return 1
  const inside = relative(call.folder, file)
  const shortFile = inside.startsWith('..') ? file : inside
  const diff = unifiedDiff(shortFile, text, fix.text)
  if (!call.json) sayDiff(call, diff)
  if (call.has('dry-run')) return 1
  if (!call.has('yes') && !(await agrees(call, 'nestlab trace'))) return 1
  await (await call.services.labFixes()).replace(file, text, fix.text)
  if (!call.json)
    call.terminal.say(`${call.terminal.paint.good('✓')} ${shortFile} is changed; nestlab up makes it true.`)
  return 0
}

function chosen(call: Call, file: string, { fixes, gaveUp }: FixAnswer): Fix {
  const refuse = (reason: string) => fail('fix-refused', { file, reason })
  if (fixes.length === 0) throw refuse(gaveUp ?? 'no change of a few settings lets the frame through')
  const editable = fixes.filter(({ text }) => text !== undefined)
  if (editable.length === 0)
    throw refuse('the values come from anchors and aliases, or stand where they cannot be edited')
  const allowed = editable.find(
    ({ changes }) => call.has('templates') || changes.every(({ template }) => template === undefined),
  )
  if (!allowed) throw refuse('the change belongs into a template, which --templates allows')
  return allowed
}

function sayDiff(call: Call, diff: readonly string[]): void {
  const { paint, say } = call.terminal
  const text = diffLines(diff, paint).join('\n')
  say(printsDiffOnly(call) ? text : `\n${text}\n`)
}
