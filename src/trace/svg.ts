/** Writes SVG: shapes and texts, with every text escaped. */

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Box extends Point {
  readonly width: number
  readonly height: number
}

export function escaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  // XML has no way to write control characters at all.
  return text.replaceAll(/\p{Cc}|\p{Cs}/gu, '\ufffd').replaceAll(/[&<>"]/g, (sign) => signs[sign] ?? '')
}

export function rect(kind: string, { x, y, width, height }: Box): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="4"/>`
}

export function label(kind: string, { x, y }: Point, text: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escaped(text)}</text>`
}

export function path(kind: string, points: readonly Point[]): string {
  const steps = points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`)
  return `<path class="${kind}" d="${steps.join(' ')}"/>`
}

export function cross({ x, y }: Point, half: number): string {
  const strokes = `M${x - half} ${y - half}L${x + half} ${y + half}M${x - half} ${y + half}L${x + half} ${y - half}`
  return `<path class="cross" d="${strokes}"/>`
}

export function document(
  size: { width: number; height: number },
  title: string,
  parts: readonly string[],
): string {
  const { width, height } = size
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`
  return [
    open,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    marker,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

const style = [
  'text{font:13px sans-serif;fill:#222}',
  '.good{fill:#1a7f37}',
  '.faint{font-size:11px;fill:#666}',
  '.bad{fill:#b00020}',
  '.level{fill:#f6f7f9;stroke:#b8bec8}',
  '.switch{fill:#dbe7f6;stroke:#4a78b0}',
  '.machine{fill:#fff;stroke:#777}',
  '.way{fill:none;stroke:#1a7f37;stroke-width:2.5;stroke-linejoin:round;marker-end:url(#tip)}',
  '.lost{fill:none;stroke:#b00020;stroke-width:2.5;stroke-linejoin:round}',
  '.cross{stroke:#b00020;stroke-width:4;stroke-linecap:round}',
].join('')

const marker =
  '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
  '<path d="M0 0L8 4L0 8z" fill="#1a7f37"/></marker></defs>'
