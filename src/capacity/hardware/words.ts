/** Figures and lists as sentences about hardware have them. */

/** `32 GiB`, `1.5 TiB`; sizes below one GiB in MiB. */
export function gib(size: number): string {
  if (size < 1) return `${Math.round(size * 1024)} MiB`
  return size < 1024 ? `${rounded(size)} GiB` : `${rounded(size / 1024)} TiB`
}

function rounded(number: number): number {
  return Number(number.toFixed(1))
}

/** `one port`, `4 ports`. */
export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `one ${one}` : `${count} ${many}`
}

export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
