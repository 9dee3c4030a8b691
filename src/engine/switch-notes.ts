/** Says beforehand what the switches inside hypervisors will not do of what the lab file asks. */
import { machinesOf, type ResolvedLab } from '#lab'
import type { Surroundings } from './contract.ts'
import type { PlanNote } from './plan-types.ts'

/** One note for all hypervisors that it is true of: those of one `count` are alike. */
export function switchNotes(
  { switchGaps }: Pick<Surroundings, 'switchGaps'>,
  lab: ResolvedLab,
): readonly PlanNote[] {
  const owners = new Map<string, string[]>()
  for (const { path, hypervisor } of machinesOf(lab.top)) {
    const gaps = hypervisor?.inside.switches.flatMap((one) => switchGaps?.(one, hypervisor) ?? []) ?? []
    for (const gap of gaps) owners.set(gap, [...(owners.get(gap) ?? []), path])
  }
  return [...owners].map(([gap, paths]) => {
    const [path = '', ...others] = paths
    return others.length === 0 ? { path, text: gap } : { path: '', text: `${paths.join(', ')}: ${gap}` }
  })
}
