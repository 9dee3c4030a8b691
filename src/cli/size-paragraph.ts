/** Text in lines no wider than a terminal of 80 columns. */
import { withoutColour } from './paint.ts'

export const widest = 80

/** A number stays with its unit. */
const atSpaces = / (?!%|[MGT]iB\b|h\b)/

/** Breaks at spaces; every line begins with `indent`, the first one with `first` where it is given. */
export function paragraph(text: string, indent = '  ', first = indent): readonly string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(atSpaces)) {
    const width = [...withoutColour(line)].length + [...withoutColour(word)].length
    if (!isEmpty && width + 1 > widest) {
      lines.push(line)
      line = indent
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
