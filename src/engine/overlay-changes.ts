/** How the overlays on two versions of a switch differ, in words. */
import { formatVlan, type LabSwitch, type OverlayUplink } from '#lab'

/** `overlay tenant-a: also to kvm-3`, `new overlay tenant-b`, …; empty when nothing differs. */
export function overlayChanges(before: LabSwitch, after: LabSwitch): string[] {
  const [old, now] = [before, after].map(overlaysOf)
  return [
    ...[...(old ?? [])].flatMap(([name, was]) => {
      const is = now?.get(name)
      return is ? endChanges(was, is).map((change) => `overlay ${name}: ${change}`) : [`overlay ${name} goes`]
    }),
    ...[...(now?.keys() ?? [])].filter((name) => !old?.has(name)).map((name) => `new overlay ${name}`),
  ]
}

function overlaysOf({ uplinks }: LabSwitch): ReadonlyMap<string, OverlayUplink> {
  return new Map(
    uplinks.flatMap((uplink) => (uplink.kind === 'overlay' ? [[uplink.name, uplink] as const] : [])),
  )
}

function endChanges(before: OverlayUplink, after: OverlayUplink): string[] {
  const pairs = [
    ['VNI', before.vni, after.vni],
    ['VLAN', formatVlan(before.vlan), formatVlan(after.vlan)],
    ['UDP port', before.udpPort, after.udpPort],
    ['learning', before.learning, after.learning],
    ['own end', `${before.local.nic} ${before.local.ip}`, `${after.local.nic} ${after.local.ip}`],
  ]
  const added = peersBeside(after, before)
  const gone = peersBeside(before, after)
  return [
    ...pairs.flatMap(([what, old, now]) => (old === now ? [] : [`${what} ${old} → ${now}`])),
    ...(added.length > 0 ? [`also to ${added.join(', ')}`] : []),
    ...(gone.length > 0 ? [`no more to ${gone.join(', ')}`] : []),
  ]
}

function peersBeside({ peers }: OverlayUplink, other: OverlayUplink): string[] {
  const known = new Set(other.peers.map(({ machine, ip }) => `${machine} ${ip}`))
  return peers.filter(({ machine, ip }) => !known.has(`${machine} ${ip}`)).map(({ machine }) => machine)
}
