/** Decides what takes a lab away, and what stops machines without taking them away; pure functions. */
import { machinesOf, type ResolvedLab } from '#lab'
import type { Inventory } from '#providers'
import { inventoryOf, type Observation } from './observation.ts'
import type { Plan, Step } from './plan-types.ts'
import { stepId } from './plan-up.ts'
import { nameOf, ownerOf, upwards } from './select.ts'
import { stopNeeds } from './stop-order.ts'

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

/** Stops the machines of `paths`: those inside a hypervisor before it, and those that others need after these. */
export function planStop(lab: ResolvedLab, observation: Observation, paths: ReadonlySet<string>): Plan {
  const reasons = new Map<string, string>()
  const unchanged: string[] = []
  for (const { path } of machinesOf(lab.top)) {
    const around = upwards(path).find((one) => paths.has(one))
    if (around === undefined) continue
    const { machines } = inventoryOf(observation, ownerOf(path))
    const state = machines.find((one) => one.name === nameOf(path))?.state
    if (state === 'running' || state === 'paused')
      reasons.set(path, around === path ? 'asked for' : `${around} stops`)
    else if (around === path) unchanged.push(path)
  }
  const needs = stopNeeds(lab, new Set(reasons.keys()))
  const steps = new Map<string, Step>()
  const add = (path: string): void => {
    if (steps.has(path)) return
    const before = [...(needs.get(path) ?? [])]
    for (const one of before) add(one)
    const because = reasons.get(path) ?? ''
    const ids = before.map((one) => stepId('stop-machine', one))
    steps.set(path, { id: stepId('stop-machine', path), do: 'stop-machine', path, because, needs: ids })
  }
  for (const path of [...reasons.keys()].toReversed()) add(path)
  return { lab: lab.name, aim: 'stop', steps: [...steps.values()], unchanged, deferred: [] }
}
