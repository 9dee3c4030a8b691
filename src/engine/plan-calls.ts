/** What the steps of a plan would ask of the sites that can say it, without asking for it. */
import type { PlannedWork, Provider } from '#providers'
import { clustersOf } from './clusters.ts'
import { datastoresOf } from './datastores.ts'
import type { Observation } from './observation.ts'
import type { Plan, Step, StepCalls } from './plan-types.ts'
import type { Reach } from './reach.ts'
import { levelOf, nameOf, ownerOf } from './select.ts'

/** Undefined where no level can say it. */
export async function callsOf(
  { steps }: Plan,
  {
    reach,
    seen,
    signal,
  }: { readonly reach: Reach; readonly seen: Observation; readonly signal: AbortSignal },
): Promise<readonly StepCalls[] | undefined> {
  const all: StepCalls[] = []
  for (const step of steps) {
    if (seen.levels.get(levelOf(step))?.kind !== 'seen') continue
    const level: Provider = await reach.level(levelOf(step))
    if (!level.describe) continue
    const work = workOf(step, reach)
    if (work) all.push({ step: step.id, calls: await level.describe(work, signal) })
  }
  return all.length > 0 ? all : undefined
}

function workOf(step: Step, { index, lab }: Reach): PlannedWork | undefined {
  const { path } = step
  switch (step.do) {
    case 'put-switch': {
      const wanted = index.switches.get(path)
      return wanted && { do: step.do, wanted }
    }
    case 'create-machine': {
      const placed = index.machines.get(path)
      return placed && { do: step.do, machine: placed.machine }
    }
    case 'put-schedule': {
      const placed = index.machines.get(path)
      return placed && { do: step.do, machine: placed.machine }
    }
    case 'put-cluster': {
      const order = clustersOf(lab).find(({ cluster }) => cluster.name === path)
      return order && { do: step.do, order }
    }
    case 'put-datastore': {
      const datastore = datastoresOf(lab, ownerOf(path)).find(({ name }) => name === nameOf(path))
      return datastore && { do: step.do, datastore }
    }
    case 'prove-guest':
    case 'clear-site':
    case 'freeze-machines':
    case 'pause-machines':
    case 'resume-machines':
      return undefined
    default:
      return { do: step.do, name: nameOf(path) }
  }
}

/** What the switches of the plan would open to others. */
export async function openedBy(
  { steps }: Plan,
  { reach, signal }: { readonly reach: Reach; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const all: string[] = []
  for (const { do: kind, path } of steps) {
    const wanted = kind === 'put-switch' ? reach.index.switches.get(path) : undefined
    // Only those that somebody else made can be shared, and their level is there.
    if (!wanted?.existing) continue
    const level = await reach.level(ownerOf(path))
    all.push(...((await level.opens?.(wanted, signal)) ?? []))
  }
  return all
}
