/** A lab in which a machine is inside another hypervisor than before: pure functions. */
import type { Level, Machine, ResolvedLab } from '#lab'
import type { MadeMachine } from '../facts.ts'
import { nameOf, ownerOf, pathIn } from '../select.ts'

/** The lab with the machine inside `to`, where it keeps its name. */
export function relocated(lab: ResolvedLab, path: string, to: string): ResolvedLab {
  const machine = machineAt(lab.top, path)
  if (!machine) return lab
  const without = changed(lab.top, ownerOf(path), (inside) => inside.filter((one) => one.path !== path))
  const moved = renamed(machine, pathIn(to, machine.name))
  return { ...lab, top: changed(without, to, (inside) => [...inside, moved]) }
}

/** What machines were made from, under their new paths. */
export function relocatedMade(
  made: Readonly<Record<string, MadeMachine>>,
  path: string,
  to: string,
): Readonly<Record<string, MadeMachine>> {
  const now = pathIn(to, nameOf(path))
  return Object.fromEntries(
    Object.entries(made).map(([one, what]) => {
      if (one === path) return [now, what]
      return one.startsWith(`${path}/`) ? [now + one.slice(path.length), what] : [one, what]
    }),
  )
}

export function machineAt(level: Level, path: string): Machine | undefined {
  for (const machine of level.machines) {
    if (machine.path === path) return machine
    if (machine.hypervisor && path.startsWith(`${machine.path}/`)) {
      return machineAt(machine.hypervisor.inside, path)
    }
  }
  return undefined
}

function changed(
  level: Level,
  owner: string,
  change: (machines: readonly Machine[]) => readonly Machine[],
): Level {
  if (level.owner === owner) return { ...level, machines: change(level.machines) }
  return {
    ...level,
    machines: level.machines.map((machine) => {
      const { hypervisor, path } = machine
      if (!hypervisor || (path !== owner && !owner.startsWith(`${path}/`))) return machine
      return { ...machine, hypervisor: { ...hypervisor, inside: changed(hypervisor.inside, owner, change) } }
    }),
  }
}

function renamed(machine: Machine, path: string): Machine {
  const { hypervisor } = machine
  const level = path.split('/').length
  if (!hypervisor) return { ...machine, path, level }
  const machines = hypervisor.inside.machines.map((inner) => renamed(inner, pathIn(path, inner.name)))
  return {
    ...machine,
    path,
    level,
    hypervisor: { ...hypervisor, inside: { ...hypervisor.inside, owner: path, machines } },
  }
}
