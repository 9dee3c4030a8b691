/** NICs by which the switch inside a hypervisor could leave it. */
import type { LabSwitch, Machine } from '#lab'
import { blamedSwitch, type Idea, machineAt, type Scene, weights } from './fix-scene.ts'
import { switchKeys } from './places.ts'

/** NICs that no switch inside uses and the hypervisor does not use itself. */
function freeNics({ nics, hypervisor }: Machine): readonly string[] {
  const uplinks = hypervisor?.inside.switches.flatMap((inner) => inner.uplinks) ?? []
  const used = new Set(uplinks.flatMap((uplink) => (uplink.kind === 'nic' ? [uplink.name] : [])))
  return nics.flatMap(({ name, address }) => (address || used.has(name) ? [] : [name]))
}

export function replacedUplink(machine: Machine, inner: LabSwitch, nic: string): readonly Idea[] {
  const index = inner.uplinks.findIndex((uplink) => uplink.kind === 'nic' && uplink.name === nic)
  if (index < 0) return []
  const keys = [...switchKeys(machine.path, inner.name), 'uplinks', index]
  return freeNics(machine).map((value) => ({ keys, value, weight: weights.uplink }))
}

/** Gives the switch an uplink, or another one than it has. */
export function anotherUplink({ lab, cause }: Scene): readonly Idea[] {
  const labSwitch = blamedSwitch(lab, cause)
  const machine = cause.owner === '' ? undefined : machineAt(lab, cause.owner)
  if (!labSwitch || !machine) return []
  const keys = [...switchKeys(machine.path, labSwitch.name), 'uplinks']
  const { uplinks } = labSwitch
  if (uplinks.length === 0) {
    return freeNics(machine).map((nic) => ({ keys, value: [nic], weight: weights.uplink }))
  }
  const replaced = uplinks.flatMap((uplink) =>
    uplink.kind === 'nic' ? replacedUplink(machine, labSwitch, uplink.name) : [],
  )
  return replaced
}
