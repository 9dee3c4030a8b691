/** Remembers which places of a file hold a stand-in for something wrong that has been reported already. */
import { type Found, find, type Located } from './located.ts'
import type { Path } from './problem.ts'

export class StandIns {
  readonly #root: Located
  readonly #nodes = new Set<Located>()
  readonly #missing = new Map<Located, Set<string>>()

  constructor(root: Located) {
    this.#root = root
  }

  add(path: Path): void {
    const { chain, missing } = find(this.#root, path)
    const last = chain.at(-1)
    if (!last) return
    if (missing === undefined) this.#nodes.add(last)
    else this.#missing.set(last, new Set([...(this.#missing.get(last) ?? []), missing]))
  }

  has(path: Path): boolean {
    return this.covers(find(this.#root, path))
  }

  covers({ chain, missing }: Found): boolean {
    const last = chain.at(-1)
    if (last && missing !== undefined && this.#missing.get(last)?.has(missing)) return true
    return chain.some((node) => this.#nodes.has(node))
  }
}
