/** Lists in the messages of failures. */

export function lines(texts: readonly string[]): string {
  return texts.map((text) => `  ${text}`).join('\n')
}

export function some(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown
}
