/** Remembers which places of a file hold a stand-in for something wrong that has been reported already. */
import { find, type Located } from './located.ts'
import { formatPath, type Path } from './problem.ts'

export class StandIns {
  readonly #root: Located
  readonly #nodes = new Set<Located>()
  readonly #trimmed = new Set<string>()
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

  /** A map that has lost unknown keys: rules about the map as a whole would count without them. */
  addTrimmed(path: Path): void {
    this.#trimmed.add(formatPath(path))
  }

  /** Whether a finding of the schema is about what is not the user's. */
  hides(path: Path, code: string): boolean {
    return (code === 'custom' && this.#trimmed.has(formatPath(path))) || this.has(path)
  }

  has(path: Path): boolean {
    if (this.#nodes.size === 0 && this.#missing.size === 0) return false
    const { chain, missing } = find(this.#root, path)
    const last = chain.at(-1)
    if (last && missing !== undefined && this.#missing.get(last)?.has(missing)) return true
    return chain.some((node) => this.#nodes.has(node))
  }
}
