/** "Did you mean": the known word nearest to a mistyped one. */

const longestCompared = 60

/** Words compared with a mistyped one, so that a lab of 100,000 machines gets its answer at once. */
const mostCompared = 2000

/** The nearest of `known`, or undefined when none is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > longestCompared) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known.slice(0, mostCompared)) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = distanceOf(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** One sentence for a wrong name: the nearest known one, else the list of what there is. */
export function instead(word: string, known: readonly string[], what: string): string {
  const near = nearest(word, known)
  if (near !== undefined) return `Did you mean \`${near}\`?`
  if (known.length === 0) return `There are no ${what} here.`
  const listed = known.slice(0, 12).map((name) => `\`${name}\``)
  return `The ${what} here are ${listed.join(', ')}${known.length > 12 ? ', …' : ''}.`
}

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distanceOf(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[to.length] ?? 0
}
