/** Finds machines, levels and switches of a lab by path. */
import type { LabSwitch, Level, Machine, ResolvedLab } from '#lab'
import { pathIn } from './select.ts'

export interface Placed {
  readonly machine: Machine
  /** The level it is plugged into. */
  readonly level: Level
}

export interface LabIndex {
  readonly machines: ReadonlyMap<string, Placed>
  /** By path, as in steps: `vSwitch0`, `kvm-1/br0`. */
  readonly switches: ReadonlyMap<string, LabSwitch>
}

export function indexLab(lab: ResolvedLab): LabIndex {
  const machines = new Map<string, Placed>()
  const switches = new Map<string, LabSwitch>()
  const add = (level: Level) => {
    for (const one of level.switches) switches.set(pathIn(level.owner, one.name), one)
    for (const machine of level.machines) {
      machines.set(machine.path, { machine, level })
      if (machine.hypervisor) add(machine.hypervisor.inside)
    }
  }
  add(lab.top)
  return { machines, switches }
}
