/** Decides what makes a lab what it was at an instant: a pure function. */
import type { Inventory } from '#providers'
import { digestOf } from '../facts.ts'
import type { Plan, Step, StepKind } from '../plan-types.ts'
import { stepId } from '../plan-up.ts'
import type { FrozenLab } from './frozen-lab.ts'

/** The machines that were kept are made anew; what is inside them comes with them. Without `isPart`, others go. */
export function planRestore(frozen: FrozenLab, seen: Inventory, because: string): Plan {
  const { lab, machines } = frozen
  const steps: Step[] = []
  const add = (kind: StepKind, path: string, needs: readonly string[] = []) => {
    const id = stepId(kind, path)
    steps.push({ id, do: kind, path, because, needs })
    return id
  }
  const kept = new Set(machines.map(({ name }) => name))
  const going = seen.machines.filter(({ name }) => !frozen.isPart || kept.has(name))
  const removals = going.map(({ name }) => add('remove-machine', name))
  const switches = lab.top.switches.flatMap((wanted) => {
    const found = seen.switches.find(({ name }) => name === wanted.name)
    const isSame = found?.alive && found.digest === digestOf(wanted)
    return isSame ? [] : [add('put-switch', wanted.name, removals)]
  })
  for (const { name } of seen.switches) {
    if (!lab.top.switches.some((wanted) => wanted.name === name)) add('drop-switch', name, removals)
  }
  const running = machines.filter(({ memory }) => memory).map(({ name }) => name)
  for (const { name } of machines) add('create-machine', name, removals)
  const starts = running.map((name) =>
    add('start-machine', name, [stepId('create-machine', name), ...switches]),
  )
  if (starts.length > 0) {
    const resume = add('resume-machines', '', starts)
    for (const name of running) add('prove-guest', name, [resume])
  }
  return { lab: lab.name, aim: 'restore', steps, unchanged: [], deferred: [] }
}
