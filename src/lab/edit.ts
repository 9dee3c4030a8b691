/** Changes single values of a lab file's text and leaves every other byte as it is. */
import { LineCounter, parseDocument } from 'yaml'
import { checkedEdit } from './edit-check.ts'
import { placeOf } from './edit-place.ts'
import { splicesFor } from './edit-splices.ts'
import type { EditText, EditValue, Splice } from './edit-text.ts'
import { labFailure } from './errors.ts'
import type { LoadOptions } from './load.ts'
import { formatPath, type Path } from './problem.ts'

/** Sets the value at a key path as the file has it; keys and parents that are missing are added. */
export interface LabEdit {
  /** `['switches', 'vSwitch0', 'portgroups', 'trunk', 'vlan']`; the length of a list as a position appends to it. */
  readonly path: Path
  readonly value: EditValue
}

export interface EditOptions {
  /** Values that a machine inherits are changed in its template, for every machine that extends it. Default: refused. */
  readonly templates?: boolean
  /** How the file is loaded to see that it still can be. */
  readonly load?: LoadOptions
}

/**
 * The text with all edits made, in their order. Comments, quotes, line ends and the style of maps stay; what is new
 * takes the style of its surroundings. Fails with `lab-edit-refused` where a change cannot be made without changing
 * something else, too, or would make the file invalid.
 */
export function editLab(source: string, edits: readonly LabEdit[], options: EditOptions = {}): string {
  const { templates = false, load = { file: 'the file' } } = options
  let text = source
  const made: LabEdit[] = []
  for (const edit of edits) {
    const refuse = (reason: string) => labFailure('lab-edit-refused', { at: formatPath(edit.path), reason })
    if (edit.path.length === 0) throw refuse('it names no key')
    const current = readEditText(text)
    if (!current) throw refuse('the file is not valid YAML')
    const place = placeOf(current.document, edit.path, templates)
    if (!place.ok) throw refuse(place.reason)
    const splices = splicesFor(current, place, edit.value)
    if (!splices.ok) throw refuse(splices.reason)
    text = spliced(text, splices.splices)
    made.push({ path: place.path, value: edit.value })
  }
  const wrong = checkedEdit(source, text, { edits: made, load })
  if (wrong) throw labFailure('lab-edit-refused', wrong)
  return text
}

function readEditText(source: string): EditText | undefined {
  const lines = new LineCounter()
  // Whether the text is a lab at all, and not too deep or too large, is what the check at the end asks.
  const document = parseDocument(source, { lineCounter: lines, keepSourceTokens: true })
  if (document.errors.length > 0) return undefined
  return { source, document, newline: /\r\n/.test(source) ? '\r\n' : '\n' }
}

function spliced(source: string, splices: readonly Splice[]): string {
  let text = source
  for (const { start, end, text: inserted } of [...splices].sort((left, right) => right.start - left.start)) {
    text = text.slice(0, start) + inserted + text.slice(end)
  }
  return text
}
