/** The few colours in use, each named after its purpose. */

type Stroke = (text: string) => string

export interface Paint {
  readonly good: Stroke
  readonly bad: Stroke
  readonly doubtful: Stroke
  readonly faint: Stroke
  readonly strong: Stroke
  readonly name: Stroke
}

const stroke =
  (on: number, off: number): Stroke =>
  (text) =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`

export const painted: Paint = {
  good: stroke(32, 39),
  bad: stroke(31, 39),
  doubtful: stroke(33, 39),
  faint: stroke(2, 22),
  strong: stroke(1, 22),
  name: stroke(36, 39),
}

const same: Stroke = (text) => text

export const plain: Paint = { good: same, bad: same, doubtful: same, faint: same, strong: same, name: same }

// Colours (CSI ... m) take no room on the screen.
const colourCodes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

export function withoutColour(text: string): string {
  return text.replaceAll(colourCodes, '')
}

/** Text from a guest or a file may hold control characters that would drive the user's terminal: they are shown, not sent. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject here
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) =>
    character === '\r' ? '' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
