/** Text of untrusted files made safe for a terminal, and for the logs of those that read commands out of them. */

/** Control characters, those that turn the direction of writing, and those that end lines elsewhere. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** One line in which everything that could drive a terminal is shown instead of sent. */
export function oneLine(text: string): string {
  return withoutCommands(text.replace(/[\t\r\n]+/g, ' ').replace(unsafe, shown))
}

/** A line of a difference, as it is but for what could drive a terminal: `patch` refuses such a line then. */
export function diffLine(line: string): string {
  return withoutCommands(
    line.replace(unsafe, (sign) => (sign === '\t' || sign === '\r' ? sign : shown(sign))),
  )
}

function shown(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** Runners of GitHub take `##[` for a command wherever it stands in a line, and `::` where a line begins. */
function withoutCommands(line: string): string {
  return line.replaceAll('##[', '## [').replace(/^(\s*):(?=:)/, '$1: ')
}

/** A document on one line, with the same characters written as JSON writes them. */
export function jsonLine(document: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(document)
    .replace(unsafe, (character) => character.split('').map(escaped).join(''))
    .replaceAll('##[', '#\\u0023[')
}
