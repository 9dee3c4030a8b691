/** Makes the output of a serial console fit to be printed: no control sequences, no redrawn lines. */

// Escape sequences as ECMA-48 has them: CSI …, OSC … ended by BEL or ST, and the two-character ones.
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?|\u009b[0-?]*[ -/]*[@-~]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Text that changes nothing in the terminal that shows it. */
export function cleanConsole(text: string): string {
  return text
    .replace(sequences, '')
    .split('\n')
    .map((line) => lastDrawn(line).replace(controls, '').trimEnd())
    .join('\n')
}

/** The last `count` lines that say something, each cut to `width` characters. */
export function lastLines(text: string, count = 12, width = 160): string {
  const said = cleanConsole(text)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return said
    .slice(-count)
    .map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
    .join('\n')
}

/** A carriage return starts the line again: what counts is what was written last. */
function lastDrawn(line: string): string {
  return (
    line
      .split('\r')
      .filter((part) => part !== '')
      .at(-1) ?? ''
  )
}
