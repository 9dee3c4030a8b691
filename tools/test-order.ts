/** In which order test files are started, so that those that must run alone follow each other without a pause. */

export interface TestFile {
  readonly path: string
  /** It boots several real machines: while it runs, no other such file does. */
  readonly isAlone: boolean
}

/** Seconds that the slowest took, on two cores with three at once (2026-11-28); a wrong figure costs time, nothing else. */
const slowSeconds: Readonly<Record<string, number>> = {}
const usualSeconds = 2
const usualAloneSeconds = 60

/** Paths; `lanes` files run at once. */
export function orderOf(files: readonly TestFile[], lanes: number): readonly string[] {
  const waiting = { alone: slowestFirst(files, true), beside: slowestFirst(files, false) }
  const freeAt = Array.from({ length: lanes }, () => 0)
  let aloneUntil = 0
  const order: string[] = []
  while (order.length < files.length) {
    const nowS = Math.min(...freeAt)
    const next =
      (aloneUntil <= nowS && waiting.alone.shift()) || waiting.beside.shift() || waiting.alone.shift()
    if (!next) break
    const endS = nowS + secondsOf(next)
    if (next.isAlone) aloneUntil = endS
    freeAt[freeAt.indexOf(nowS)] = endS
    order.push(next.path)
  }
  return order
}

function slowestFirst(files: readonly TestFile[], alone: boolean): TestFile[] {
  return files.filter(({ isAlone }) => isAlone === alone).toSorted((a, b) => secondsOf(b) - secondsOf(a))
}

function secondsOf({ path, isAlone }: TestFile): number {
  return slowSeconds[path] ?? (isAlone ? usualAloneSeconds : usualSeconds)
}
