/** What the ordinary run takes samples of, and `make test-all` (`NESTLAB_ALL_CASES`) does in full. */

export const isThorough = Boolean(process.env.NESTLAB_ALL_CASES)

/** Of each kind (`begin create-machine`), the first line is met, and then every so many. */
const everyLine = 3

/** What tells two lines of one kind apart stands last: `begin create-machine kvm/web`. */
const kindOf = (line: string) => line.split(' ').slice(0, 2).join(' ')

/** The first new line of a journal to kill a command at; `seen` learns of it and of those that were let pass. */
export function lineToKillAt(lines: readonly string[], seen: Set<string>): string | undefined {
  for (const line of lines.filter((one) => !seen.has(one))) {
    const before = [...seen].filter((one) => kindOf(one) === kindOf(line)).length
    seen.add(line)
    if (isThorough || before % everyLine === 0) return line
  }
  return undefined
}

/** The first, the last and every so many between them, from `phase` on; all of them in the thorough run. */
export function sampleOf<Item>(items: readonly Item[], every: number, phase = 0): readonly Item[] {
  const isTaken = (at: number) => at === 0 || at === items.length - 1 || at % every === phase % every
  return isThorough ? items : items.filter((_, at) => isTaken(at))
}
