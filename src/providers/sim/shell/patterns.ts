/** The shell's patterns (`*`, `?`, `[a-z]`) as regular expressions. */
import { ShellProblem } from './syntax.ts'

const piece = /\[!?\]?[^\]]*\]|\*+|\?|[\s\S]/g

/** The source of a RegExp that matches what the pattern does; quoted text stands for itself. */
export function patternSource(pattern: string, quoted: boolean): string {
  if (quoted) return escaped(pattern)
  return pattern.replace(piece, (found) => {
    if (found.startsWith('*')) return '.*?'
    if (found === '?') return '.'
    if (found.length === 1) return escaped(found)
    const inside = found.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\').replaceAll('[', '\\[')
    return `[${inside}]`
  })
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Matches a whole text with the sources that `patternSource` gave. */
export function wholePattern(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 's')
  } catch {
    throw new ShellProblem('bad pattern')
  }
}
