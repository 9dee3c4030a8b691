/** Says beforehand what switches will not do of what the lab file asks, and what they open to others. */
import { type LabSwitch, machinesOf, type ResolvedLab } from '#lab'
import type { Carrier, Surroundings } from './contract.ts'
import type { PlanNote } from './plan-types.ts'

/** One note for all hypervisors that it is true of: those of one `count` are alike. */
export function switchNotes(
  { switchGaps }: Pick<Surroundings, 'switchGaps'>,
  lab: ResolvedLab,
  carrier: Carrier,
): readonly PlanNote[] {
  const owners = new Map<string, string[]>()
  for (const { path, hypervisor } of machinesOf(lab.top)) {
    const gaps = hypervisor?.inside.switches.flatMap((one) => switchGaps?.(one, hypervisor) ?? []) ?? []
    for (const gap of gaps) owners.set(gap, [...(owners.get(gap) ?? []), path])
  }
  const gaps = [...owners].map(([gap, paths]) => {
    const [path = '', ...others] = paths
    return others.length === 0 ? { path, text: gap } : { path: '', text: `${paths.join(', ')}: ${gap}` }
  })
  const here = carrier === 'kernel' ? lab.top.switches : []
  return [
    ...lab.top.switches.flatMap(openedPorts),
    ...here.flatMap((one) => (switchGaps?.(one) ?? []).map((text) => ({ path: one.name, text }))),
    ...gaps,
  ]
}

/** Ports that others than this machine can reach: a lab file may come from somebody else. */
function openedPorts({ name, uplinks }: LabSwitch): PlanNote[] {
  const forwards = uplinks.flatMap((uplink) => (uplink.kind === 'nat' ? uplink.forwards : []))
  return forwards
    .filter(({ hostIp }) => !hostIp.startsWith('127.'))
    .map(({ protocol, hostIp, hostPort, guestIp, guestPort }) => {
      const where = hostIp === '0.0.0.0' ? 'every address of this machine' : hostIp
      const text = `port ${hostPort}/${protocol} of ${where} leads to ${guestIp}:${guestPort}; whoever reaches this machine can use it.`
      return { path: name, text }
    })
}
