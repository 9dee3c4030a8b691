/** Decides what takes a lab away, and what stops machines without taking them away; pure functions. */
import { machinesOf, type ResolvedLab } from '#lab'
import type { Inventory } from '#providers'
import { inventoryOf, type Observation } from './observation.ts'
import type { Plan, Step } from './plan-types.ts'
import { stepId } from './plan-up.ts'
import { nameOf, ownerOf, upwards } from './select.ts'

/** Whatever is inside a hypervisor ends with it, so only L0 is taken apart. */
export function planDown(lab: string, seen: Inventory): Plan {
  const because = 'the lab goes'
  const leaving = (seen.clusters ?? []).map(({ name }): Step => {
    return { id: stepId('drop-cluster', name), do: 'drop-cluster', path: name, because, needs: [] }
  })
  const left = leaving.map((step) => step.id)
  const removals = seen.machines.map(({ name }): Step => {
    return { id: stepId('remove-machine', name), do: 'remove-machine', path: name, because, needs: left }
  })
  const machines = removals.map((step) => step.id)
  const drops = seen.switches.map(({ name }): Step => {
    return { id: stepId('drop-switch', name), do: 'drop-switch', path: name, because, needs: machines }
  })
  const needs = [...left, ...machines, ...drops.map((step) => step.id)]
  const clear: Step = { id: stepId('clear-site', ''), do: 'clear-site', path: '', because, needs }
  return { lab, aim: 'down', steps: [...leaving, ...removals, ...drops, clear], unchanged: [], deferred: [] }
}

/** Stops the machines of `paths`; those inside a hypervisor stop before it does. */
export function planStop(lab: ResolvedLab, observation: Observation, paths: ReadonlySet<string>): Plan {
  const steps: Step[] = []
  const unchanged: string[] = []
  const innermostFirst = [...machinesOf(lab.top)].toReversed()
  for (const { path } of innermostFirst) {
    const around = upwards(path).find((one) => paths.has(one))
    if (around === undefined) continue
    const { machines } = inventoryOf(observation, ownerOf(path))
    if (machines.find((one) => one.name === nameOf(path))?.state !== 'running') {
      if (around === path) unchanged.push(path)
      continue
    }
    const needs = steps.filter((step) => step.path.startsWith(`${path}/`)).map((step) => step.id)
    const because = around === path ? 'asked for' : `${around} stops`
    steps.push({ id: stepId('stop-machine', path), do: 'stop-machine', path, because, needs })
  }
  return { lab: lab.name, aim: 'stop', steps, unchanged, deferred: [] }
}
