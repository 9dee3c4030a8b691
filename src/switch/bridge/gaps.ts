/** Says what a Linux bridge does not do of what a switch is asked. */
import type { PortGroupSpec, SwitchSpec } from '../spec.ts'
import { insideVlan } from './vlans.ts'

/** What the specification asks and a bridge built by these commands does not do, one sentence each. */
export function bridgeGaps(spec: SwitchSpec): string[] {
  return [...uplinkGaps(spec), ...spec.portgroups.flatMap((group) => vlanGaps(spec, group)), ...macGaps(spec)]
}

function uplinkGaps({ name, uplinks }: SwitchSpec): string[] {
  const nics = uplinks.flatMap((uplink) => (uplink.kind === 'nic' ? [uplink.name] : []))
  const [active, ...standby] = nics
  return [
    ...(nics.length < uplinks.length ? [`${name}: the uplink nat has no effect inside a hypervisor.`] : []),
    ...(standby.length > 0
      ? [
          `${name}: only the uplink ${active} carries frames; ${standby.join(', ')} stands by and is not switched to.`,
        ]
      : []),
  ]
}

function vlanGaps(spec: SwitchSpec, { name, vlan }: PortGroupSpec): string[] {
  const uses =
    (vlan.mode === 'access' && vlan.id === insideVlan) ||
    (vlan.mode === 'trunk' && vlan.ranges.some(({ from, to }) => from <= insideVlan && to >= insideVlan))
  if (!uses) return []
  return [`${spec.name}/${name}: VLAN ${insideVlan} is not carried; the bridge needs it for untagged frames.`]
}

function macGaps({ name, portgroups }: SwitchSpec): string[] {
  const unnoticed = portgroups.filter(
    ({ security }) => security.macChanges === 'accept' || security.forgedTransmits === 'accept',
  )
  if (unnoticed.length === 0) return []
  const groups = unnoticed.map((group) => group.name).join(', ')
  return [
    `${name} (${groups}): a MAC address that a guest changes itself is not noticed; ` +
      'its port neither follows nor blocks it.',
  ]
}
