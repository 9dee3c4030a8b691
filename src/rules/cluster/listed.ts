/** Names in a sentence: the first few, and how many more there are. */

const mostNamed = 3

/** `a`, `b` and `c`; from four on `a`, `b`, `c` and 7 more. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).map((name) => `\`${name}\``)
  const more = names.length - shown.length
  const last = more > 0 ? `${more} more` : shown.pop()
  if (last === undefined) return 'nothing'
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
