/** Where machines go when their hypervisor fails, and which should move so that all have the same load: pure functions. */
import type { Level, Machine } from '#lab'
import { lacksName, lacksNetworks, neededMiB } from './fits.ts'

export interface Shelter {
  readonly path: string
  readonly inside: Level
  readonly freeMiB: number
  /** Memory of the machines inside that run. */
  readonly usedMiB: number
}

export interface Placed {
  readonly machine: Machine
  readonly to: string
}

export interface Unplaced {
  readonly machine: Machine
  readonly reasons: readonly string[]
}

export interface Placement {
  /** In the order in which they are started. */
  readonly placed: readonly Placed[]
  readonly unplaced: readonly Unplaced[]
}

/** In the order of the lab file, each to where most memory is left. */
export function placeAll(machines: readonly Machine[], shelters: readonly Shelter[]): Placement {
  const placed: Placed[] = []
  const unplaced: Unplaced[] = []
  const free = new Map(shelters.map(({ path, freeMiB }) => [path, freeMiB]))
  const added = new Map<string, Machine[]>()
  for (const machine of machines) {
    const fits = shelters
      .map((shelter) => ({ shelter, reasons: whyNot(machine, shelter, free, added) }))
      .toSorted((a, b) => (free.get(b.shelter.path) ?? 0) - (free.get(a.shelter.path) ?? 0))
    const chosen = fits.find(({ reasons }) => reasons.length === 0)?.shelter
    if (!chosen) {
      unplaced.push({ machine, reasons: fits.flatMap(({ reasons }) => reasons) })
      continue
    }
    placed.push({ machine, to: chosen.path })
    free.set(chosen.path, (free.get(chosen.path) ?? 0) - neededMiB(machine))
    added.set(chosen.path, [...(added.get(chosen.path) ?? []), machine])
  }
  return { placed, unplaced }
}

function whyNot(
  machine: Machine,
  { path, inside }: Shelter,
  free: ReadonlyMap<string, number>,
  added: ReadonlyMap<string, readonly Machine[]>,
): string[] {
  const now = { ...inside, machines: [...inside.machines, ...(added.get(path) ?? [])] }
  const leftMiB = free.get(path) ?? 0
  return [
    ...lacksName(machine, now),
    ...lacksNetworks(machine, inside),
    ...(leftMiB >= neededMiB(machine)
      ? []
      : [`${path} has ${leftMiB} MiB left, and ${machine.path} takes ${neededMiB(machine)} MiB.`]),
  ]
}

export interface Proposal {
  readonly path: string
  readonly to: string
  /** For people. */
  readonly because: string
}

/** Moves that bring the hypervisors closer together, each only when it lessens the difference; at most one a machine. */
export function proposeMoves(shelters: readonly Shelter[], movable: readonly Machine[]): readonly Proposal[] {
  const used = new Map(shelters.map((one) => [one.path, one.usedMiB]))
  const size = new Map(shelters.map((one) => [one.path, one.usedMiB + one.freeMiB]))
  const share = (path: string) => (used.get(path) ?? 0) / Math.max(1, size.get(path) ?? 1)
  const left = new Set(movable)
  const proposals: Proposal[] = []
  for (;;) {
    const inOrder = shelters.toSorted((a, b) => share(b.path) - share(a.path))
    const [fullest, emptiest] = [inOrder.at(0), inOrder.at(-1)]
    if (!fullest || !emptiest || fullest === emptiest) return proposals
    const gap = share(fullest.path) - share(emptiest.path)
    const best = [...left]
      .filter((one) => one.path.startsWith(`${fullest.path}/`))
      .filter(
        (one) => [...lacksName(one, emptiest.inside), ...lacksNetworks(one, emptiest.inside)].length === 0,
      )
      .map((one) => ({ one, gap: gapAfter(one, fullest.path, emptiest.path) }))
      .toSorted((a, b) => a.gap - b.gap)[0]
    if (!best || best.gap >= gap - leastGain) return proposals
    const percent = (path: string) => `${Math.round(share(path) * 100)} %`
    const because = `${fullest.path} is used to ${percent(fullest.path)}, ${emptiest.path} to ${percent(emptiest.path)}`
    proposals.push({ path: best.one.path, to: emptiest.path, because })
    left.delete(best.one)
    used.set(fullest.path, (used.get(fullest.path) ?? 0) - best.one.memoryMiB)
    used.set(emptiest.path, (used.get(emptiest.path) ?? 0) + best.one.memoryMiB)
  }

  function gapAfter({ memoryMiB }: Machine, from: string, to: string): number {
    const after = (path: string, change: number) =>
      ((used.get(path) ?? 0) + change) / Math.max(1, size.get(path) ?? 1)
    return Math.abs(after(from, -memoryMiB) - after(to, memoryMiB))
  }
}

/** A move that changes less than a twentieth of a hypervisor is not worth its pause. */
const leastGain = 0.05
