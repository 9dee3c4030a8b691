/** Says what a Linux bridge does not do of what a switch is asked. */
import type { PortGroupSpec, SwitchSpec } from '../spec.ts'
import { mostGroups } from './mark.ts'
import { mostUplinks } from './plan.ts'
import { insideVlan } from './vlans.ts'

/**
 * What the specification asks and a bridge built by these commands does not do, one sentence each; only what a lab
 * would notice.
 */
export function bridgeGaps(spec: SwitchSpec): string[] {
  return [
    ...uplinkGaps(spec),
    ...scopeGaps(spec),
    ...spec.portgroups.flatMap((group) => vlanGaps(spec, group)),
    ...macGaps(spec),
  ]
}

function uplinkGaps({ name, uplinks }: SwitchSpec): string[] {
  const without = uplinks.flatMap(({ kind }) => (kind === 'nat' || kind === 'tunnel' ? [kind] : []))
  const beyond = uplinks.length - without.length - mostUplinks
  return [
    ...without.map((kind) => `${name}: the uplink ${kind} has no effect inside a hypervisor.`),
    ...(beyond > 0
      ? [`${name}: the last ${beyond} of its uplinks carry nothing; a bridge has ${mostUplinks}.`]
      : []),
  ]
}

/** How far promiscuous mode sees is told by number. */
function scopeGaps({ name, promiscuousScope, portgroups }: SwitchSpec): string[] {
  if (promiscuousScope !== 'portgroup' || portgroups.length <= mostGroups) return []
  return [
    `${name}: promiscuousScope: portgroup works for its first ${mostGroups} port groups; the others see their VLAN.`,
  ]
}

/** A trunk of all VLANs does not ask for this one in particular. */
function vlanGaps(spec: SwitchSpec, { name, vlan }: PortGroupSpec): string[] {
  const uses =
    (vlan.mode === 'access' && vlan.id === insideVlan) ||
    (vlan.mode === 'trunk' && vlan.ranges.some(({ from, to }) => from > 1 && to >= insideVlan))
  if (!uses) return []
  return [`${spec.name}/${name}: VLAN ${insideVlan} is not carried; the bridge needs it for untagged frames.`]
}

/**
 * A bridge port knows the MAC of the lab file and no other. Where both policies accept, a guest that changes its MAC
 * can send; where both reject, it cannot. Where they differ, the bridge does not do what the file says.
 */
function macGaps({ name, portgroups }: SwitchSpec): string[] {
  return portgroups.flatMap(({ name: group, security: { macChanges, forgedTransmits } }) => {
    if (macChanges === forgedTransmits) return []
    const place = `${name}/${group}: a guest that changes the MAC of its NIC`
    return macChanges === 'reject'
      ? [`${place} is not blocked (macChanges: reject), since forgedTransmits: accept lets its frames pass.`]
      : [`${place} can no longer send (macChanges: accept), since forgedTransmits: reject drops its frames.`]
  })
}
