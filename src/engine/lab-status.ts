/** Says what is true of a lab, from what was seen of it: a pure function. */
import { type ImageReference, type Level, type Machine, machinesOf, type ResolvedLab } from '#lab'
import type { SeenMachine } from '#providers'
import { changedHostNotes } from './changed-host.ts'
import { inventoryOf, type Observation } from './observation.ts'
import type { LabStatus, MachineStatus, Step } from './plan-types.ts'
import { pathIn, type Selection, upwards } from './select.ts'

export interface Told {
  readonly observation: Observation
  /** The machines to tell about; the others were not looked at. */
  readonly chosen: Selection
  readonly interrupted: readonly Step[]
  readonly notes?: readonly string[] | undefined
}

export function labStatus(lab: ResolvedLab, told: Told): LabStatus {
  const machines: MachineStatus[] = []
  const switches: { path: string; alive: boolean }[] = []
  const tellLevel = (level: Level) => {
    const seen = inventoryOf(told.observation, level.owner)
    switches.push(...switchesOf(level, told.observation))
    for (const machine of level.machines) {
      if (!told.chosen.has(machine.path)) continue
      machines.push(statusOf(machine, level.owner, told.observation))
      if (machine.hypervisor) tellLevel(machine.hypervisor.inside)
    }
    for (const one of seen.machines) {
      if (!level.machines.some((machine) => machine.name === one.name))
        machines.push(leftover(one, level.owner))
    }
  }
  tellLevel(lab.top)
  const { interrupted } = told
  const notes = [...(told.notes ?? []), ...changedHostNotes(told.observation)]
  const about = { lab: lab.name, site: lab.site, machines, switches, interrupted }
  return notes.length > 0 ? { ...about, notes } : about
}

export function everyPath(lab: ResolvedLab): Selection {
  return new Set([...machinesOf(lab.top)].map((machine) => machine.path))
}

function statusOf(machine: Machine, owner: string, observation: Observation): MachineStatus {
  const { path, level, cpus, memoryMiB } = machine
  const seen = inventoryOf(observation, owner).machines.find((one) => one.name === machine.name)
  const report = observation.reports.get(path)
  // A hypervisor's report names what its own machines get; this line is about what it runs on itself.
  const accelerator = seen?.accelerator
  return {
    path,
    level,
    state: stateOf(seen, { answered: report !== undefined, isHidden: isHidden(owner, observation) }),
    leftover: false,
    ...(accelerator && { accelerator }),
    ...(report && { hostname: report.hostname }),
    addresses: report?.links.flatMap((link) => link.addresses) ?? [],
    image: imageName(machine.image),
    cpus,
    ...(seen?.cpus !== undefined && seen.cpus < cpus && { runningCpus: seen.cpus }),
    memoryMiB,
  }
}

function isHidden(owner: string, { levels }: Observation): boolean {
  return upwards(owner).some((one) => levels.get(one)?.kind === 'closed')
}

function stateOf(
  seen: SeenMachine | undefined,
  { answered, isHidden }: { readonly answered: boolean; readonly isHidden: boolean },
): MachineStatus['state'] {
  if (isHidden) return 'unknown'
  if (!seen) return 'missing'
  if (seen.state !== 'running') return seen.state
  return answered ? 'ready' : 'unreachable'
}

function leftover(seen: SeenMachine, owner: string): MachineStatus {
  const path = pathIn(owner, seen.name)
  return {
    path,
    level: path.split('/').length,
    state: seen.state,
    leftover: true,
    ...(seen.accelerator && { accelerator: seen.accelerator }),
    addresses: [],
    image: '',
    cpus: 0,
    memoryMiB: 0,
  }
}

function switchesOf(level: Level, observation: Observation): { path: string; alive: boolean }[] {
  // Where there is no level there is no switch to run or not to run.
  if (observation.levels.get(level.owner)?.kind !== 'seen') return []
  const seen = inventoryOf(observation, level.owner).switches
  const names = new Set([...level.switches, ...seen].map((one) => one.name))
  return [...names].map((name) => {
    const alive = seen.find((one) => one.name === name)?.alive ?? false
    return { path: pathIn(level.owner, name), alive }
  })
}

function imageName(image: ImageReference): string {
  if (image.from === 'catalogue') return image.name
  return image.from === 'file' ? image.file : image.url
}
