/** Overlays that would get in each other's way: one number for two, or one VLAN of a switch in two. */
import type { LabSwitch, PortGroup, VlanPolicy, VlanRange } from './model.ts'
import type { Finding } from './problem.ts'
import type { OverlayDraft, OverlayMember } from './resolve-overlay.ts'

export function checkOverlap(drafts: readonly OverlayDraft[]): readonly Finding[] {
  return [...sameNumber(drafts), ...sameVlan(drafts)]
}

function sameNumber(drafts: readonly OverlayDraft[]): readonly Finding[] {
  const holders = new Map<number, string>()
  return drafts.flatMap(({ name, path, input: { vni } }) => {
    const holder = holders.get(vni)
    holders.set(vni, holder ?? name)
    if (holder === undefined) return []
    const text = `The overlay \`${holder}\` has the VNI ${vni} too.`
    return [{ path: [...path, 'vni'], text, remedy: 'Give one of the two another number.' }]
  })
}

interface Claim {
  readonly draft: OverlayDraft
  readonly member: OverlayMember
}

/** Said once for an overlay: members of one `count` are alike. */
function sameVlan(drafts: readonly OverlayDraft[]): readonly Finding[] {
  const claims = new Map<LabSwitch, Claim[]>()
  /** Who was there first, so that a port group is compared with others once. */
  const holders = new Map<PortGroup, Claim>()
  const findings = new Map<OverlayDraft, Finding>()
  for (const draft of drafts) {
    for (const member of draft.members) {
      const { labSwitch, portgroup } = member
      const others = claims.get(labSwitch) ?? []
      claims.set(labSwitch, others)
      const holder =
        holders.get(portgroup) ?? others.find((other) => overlap(other.member.portgroup.vlan, portgroup.vlan))
      holders.set(portgroup, holder ?? { draft, member })
      if (!holder) others.push({ draft, member })
      else if (!findings.has(draft)) findings.set(draft, clashing({ draft, member }, holder))
    }
  }
  return [...findings.values()]
}

function clashing({ draft, member }: Claim, other: Claim): Finding {
  const { labSwitch, machine, portgroup } = member
  const same = other.member.portgroup.name === portgroup.name
  return {
    path: draft.input.portgroup === undefined ? draft.path : [...draft.path, 'portgroup'],
    onKey: draft.input.portgroup === undefined,
    text: same
      ? `The overlay \`${other.draft.name}\` carries the port group \`${portgroup.name}\` inside \`${machine.path}\` already.`
      : `The overlay \`${other.draft.name}\` carries the port group \`${other.member.portgroup.name}\` inside ` +
        `\`${machine.path}\`, which has a VLAN of \`${portgroup.name}\` on the same switch \`${labSwitch.name}\`.`,
    remedy: same
      ? 'A port group is in one overlay; name another one, or take the hypervisor out of one of the two.'
      : 'Give the two port groups different VLANs.',
  }
}

function overlap(left: VlanPolicy, right: VlanPolicy): boolean {
  const others = rangesOf(right)
  return rangesOf(left).some((one) => others.some(({ from, to }) => one.from <= to && from <= one.to))
}

/** 0 stands for frames without a VLAN. */
function rangesOf(vlan: VlanPolicy): readonly VlanRange[] {
  if (vlan.mode === 'trunk') return vlan.ranges
  const id = vlan.mode === 'access' ? vlan.id : 0
  return [{ from: id, to: id }]
}
