/** What is placed, and where: machines of some memory, hosts with some memory left. */

/** A machine with its equal copies. */
export interface Item {
  readonly path: string
  readonly copies: number
  readonly memoryMiB: number
  readonly cpus: number
  /** Names of the hosts that have its networks and disks; absent: all have. */
  readonly allowed?: ReadonlySet<string>
}

export interface Bin {
  readonly name: string
  /** For machines and the overhead of each. */
  readonly freeMiB: number
  /** A machine with more vCPUs cannot start there; absent: not known. */
  readonly threads?: number
  /** Of hosts with the same one the same machine takes the same memory. */
  readonly product?: string
  /** Memory beside its own that a machine takes here; zero where it is not known. */
  overheadMiB(item: Pick<Item, 'memoryMiB' | 'cpus'>): number
}

export interface Copies {
  readonly path: string
  readonly copies: number
}

export interface Packing {
  /** By bin, in the order of the bins. */
  readonly bins: readonly PackedBin[]
  readonly unplaced: readonly Copies[]
}

export interface PackedBin {
  readonly items: readonly Copies[]
  readonly usedMiB: number
}

/** Memory that one copy takes there; undefined when it may not run there. */
export function needOn(item: Item, bin: Bin): number | undefined {
  if (item.allowed && !item.allowed.has(bin.name)) return undefined
  if (bin.threads !== undefined && item.cpus > bin.threads) return undefined
  return item.memoryMiB + bin.overheadMiB(item)
}

/** Largest first; of equal ones those that may run in fewer places first. */
export function decreasing(items: readonly Item[]): readonly Item[] {
  const freedom = ({ allowed }: Item) => allowed?.size ?? Number.POSITIVE_INFINITY
  return items.toSorted((a, b) => b.memoryMiB - a.memoryMiB || Math.sign(freedom(a) - freedom(b)) || 0)
}

/** Grows while machines are placed. */
export class Filling {
  readonly #bins: readonly Bin[]
  readonly #items: Copies[][]
  readonly #usedMiB: number[]
  readonly #unplaced: Copies[] = []

  constructor(bins: readonly Bin[]) {
    this.#bins = bins
    this.#items = bins.map(() => [])
    this.#usedMiB = bins.map(() => 0)
  }

  /** How many copies of that need still go there. */
  room(bin: number, needMiB: number): number {
    const leftMiB = this.leftMiB(bin)
    return needMiB <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(leftMiB / needMiB))
  }

  leftMiB(bin: number): number {
    return (this.#bins[bin]?.freeMiB ?? 0) - (this.#usedMiB[bin] ?? 0)
  }

  put(bin: number, { path, copies }: Copies, needMiB: number): void {
    const items = this.#items[bin]
    if (items === undefined || copies === 0) return
    const last = items.at(-1)
    if (last?.path === path) items[items.length - 1] = { path, copies: last.copies + copies }
    else items.push({ path, copies })
    this.#usedMiB[bin] = (this.#usedMiB[bin] ?? 0) + copies * needMiB
  }

  refuse(copies: Copies): void {
    if (copies.copies > 0) this.#unplaced.push(copies)
  }

  packing(): Packing {
    return {
      bins: this.#items.map((items, bin) => ({ items, usedMiB: this.#usedMiB[bin] ?? 0 })),
      unplaced: this.#unplaced,
    }
  }
}
