/** Which machines a command is about: `--only` patterns, and what these machines need around them. */
import { type Level, type Machine, machinesOf, type ResolvedLab } from '#lab'
import { fail } from './errors.ts'
import type { Step } from './plan-types.ts'

/** Paths of the machines a command may touch. */
export type Selection = ReadonlySet<string>

/** Fails with `only-matches-nothing` for a pattern without effect: it is a typing mistake. */
export function selectMachines(lab: ResolvedLab, only: readonly string[] | undefined): Selection {
  const paths = [...machinesOf(lab.top)].map((machine) => machine.path)
  if (!only || only.length === 0) return new Set(paths)
  const chosen = new Set<string>()
  for (const pattern of only) {
    const matches = matcher(pattern)
    const found = paths.filter((path) => upwards(path).some(matches))
    if (found.length === 0) throw fail('only-matches-nothing', { pattern, paths })
    for (const path of found) for (const needed of upwards(path)) chosen.add(needed)
  }
  return chosen
}

/** The lab without the machines that were not chosen; switches stay, since machines may share them. */
export function narrowed(lab: ResolvedLab, chosen: Selection): ResolvedLab {
  return { ...lab, top: narrowedLevel(lab.top, chosen) }
}

/** The path itself, then the hypervisors around it, innermost first. */
export function upwards(path: string): string[] {
  const segments = path.split('/')
  return segments.map((_, index) => segments.slice(0, segments.length - index).join('/'))
}

/** The path of the hypervisor that contains the machine; empty at L0. */
export function ownerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

/** The level that a step is done on: inside the hypervisor itself where it is about all of that one. */
export function levelOf({ do: kind, path }: Pick<Step, 'do' | 'path'>): string {
  return kind === 'put-identity' ? path : ownerOf(path)
}

/** What the level itself calls it. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function pathIn(owner: string, name: string): string {
  return owner ? `${owner}/${name}` : name
}

/** `*` stands for anything within a segment, `**` for anything, `?` for one character. */
function matcher(pattern: string): (path: string) => boolean {
  const source = pattern.replace(/\*\*|[*?]|[^*?]+/g, (part) => {
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
  const expression = new RegExp(`^${source}$`)
  return (path) => expression.test(path)
}

function narrowedLevel(level: Level, chosen: Selection): Level {
  const machines = level.machines.filter((machine) => chosen.has(machine.path))
  return { ...level, machines: machines.map((machine) => narrowedMachine(machine, chosen)) }
}

function narrowedMachine(machine: Machine, chosen: Selection): Machine {
  if (!machine.hypervisor) return machine
  const inside = narrowedLevel(machine.hypervisor.inside, chosen)
  return { ...machine, hypervisor: { ...machine.hypervisor, inside } }
}
