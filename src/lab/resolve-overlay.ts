/** Overlays: which hypervisors each joins, through which of their NICs, and the uplinks that come of it. */
import { limits } from './limits.ts'
import { type Known, memberAt } from './members.ts'
import type { LabSwitch, Level, Machine, Overlay, OverlayUplink, PortGroup, TunnelEnd } from './model.ts'
import { instead } from './near.ts'
import { certainDomain, type NicWish } from './nic-wishes.ts'
import { decideOverlayMtus } from './overlay-mtu.ts'
import { checkOverlap } from './overlay-overlap.ts'
import { tunnelEnds } from './overlay-underlay.ts'
import { formatPath, type Path } from './problem.ts'
import { productNamed } from './products.ts'
import { addPending, type Resolution } from './resolution.ts'
import type { LabInput } from './schema.ts'
import type { OverlayInput } from './schema-overlay.ts'

/** A hypervisor that can be joined. */
export interface OverlayMember {
  readonly machine: Machine
  /** Where the file names it. */
  readonly at: Path
  /** The switch inside, and its port group, that the overlay plugs into. */
  readonly labSwitch: LabSwitch
  readonly portgroup: PortGroup
}

export interface OverlayDraft {
  readonly name: string
  readonly path: Path
  readonly input: OverlayInput
  readonly between: readonly string[]
  readonly portgroup: string
  readonly members: readonly OverlayMember[]
}

/** The overlays of the file with their members, before anybody has an address. */
export function draftOverlays(
  input: LabInput,
  machines: ReadonlyMap<string, Machine>,
  known: Known,
): readonly OverlayDraft[] {
  const { findings } = known.resolution
  const drafts = Object.entries(input.overlays ?? {}).map(([name, overlay]): OverlayDraft => {
    const path = ['overlays', name]
    const portgroup = overlay.portgroup ?? name
    const named = overlay.between.flatMap((member, index) => {
      const at = [...path, 'between', index]
      return memberAt(member, at, known).map((machine) => ({ machine, at }))
    })
    const between = named.map(({ machine }) => machine)
    if (named.length === overlay.between.length && named.length < 2) findings.push(tooFew(path))
    const draft = { name, path, input: overlay, between, portgroup }
    return { ...draft, members: membersFrom(named, draft, { machines, known }) }
  })
  const tunnels = drafts.reduce((sum, { members }) => sum + members.length * (members.length - 1), 0)
  if (tunnels > limits.tunnels) findings.push(tooManyTunnels)
  else findings.push(...checkOverlap(drafts))
  return tunnels > limits.tunnels ? [] : drafts
}

function tooFew(path: Path) {
  const text = 'An overlay joins at least two hypervisors.'
  return { path: [...path, 'between'], text, remedy: 'Name another one, or take the overlay out.' }
}

const tooManyTunnels = {
  path: ['overlays'],
  text: `The overlays need more than ${limits.tunnels.toLocaleString('en')} tunnels, since each member sends to all others.`,
  remedy: 'Join fewer hypervisors by one overlay.',
}

interface Named {
  readonly machine: string
  readonly at: Path
}

function membersFrom(
  named: readonly Named[],
  draft: Omit<OverlayDraft, 'members'>,
  { machines, known }: { readonly machines: ReadonlyMap<string, Machine>; readonly known: Known },
): readonly OverlayMember[] {
  const { findings } = known.resolution
  const seen = new Set<string>()
  return named.flatMap(({ machine: path, at }) => {
    const machine = machines.get(path)
    const again = seen.has(path)
    seen.add(path)
    if (again) findings.push({ path: at, text: `\`${path}\` is named twice.`, remedy: 'Name it once.' })
    else if (!machine?.hypervisor) findings.push(noHypervisor(path, at, machine))
    else if (machine.hypervisor.product === 'kvm') return memberFrom(machine, at, { draft, known })
    else {
      const title = productNamed(machine.hypervisor.product)?.title ?? machine.hypervisor.product
      const text = `Overlays can be set up in Linux KVM only yet, not in ${title}.`
      addPending(known.resolution, draft.path, { text, machines: [path] })
    }
    return []
  })
}

function noHypervisor(path: string, at: Path, machine: Machine | undefined) {
  return machine
    ? {
        path: at,
        text: `\`${path}\` is no hypervisor, so there is no port group inside it.`,
        remedy: 'Name machines that have the key `hypervisor`.',
      }
    : {
        path: at,
        text: `\`${path}\` is a host of the site, which Nestlab does not touch.`,
        remedy: 'Name machines of the lab.',
      }
}

function memberFrom(
  machine: Machine,
  at: Path,
  { draft, known }: { readonly draft: Omit<OverlayDraft, 'members'>; readonly known: Known },
): readonly OverlayMember[] {
  const switches = machine.hypervisor?.inside.switches ?? []
  for (const labSwitch of switches) {
    const portgroup = labSwitch.portgroups.find(({ name }) => name === draft.portgroup)
    if (portgroup) return [{ machine, at, labSwitch, portgroup }]
  }
  const names = switches.flatMap(({ portgroups }) => portgroups.map(({ name }) => name))
  const given = draft.input.portgroup !== undefined
  const path = given ? [...draft.path, 'portgroup'] : draft.path
  const { findings } = known.resolution
  // Said once: members of one `count` are alike.
  if (formatPath(findings.at(-1)?.path ?? []) === formatPath(path)) return []
  findings.push({
    path,
    onKey: !given,
    text: `There is no port group \`${draft.portgroup}\` inside \`${machine.path}\`.`,
    remedy: () =>
      names.length > 0 && given
        ? instead(draft.portgroup, names, 'port groups')
        : 'Add it to a switch inside, or name another one with `portgroup`.',
  })
  return []
}

/** What an overlay joins is one network, whatever else has the same name or VLAN. */
export function joinWishes(wishes: readonly NicWish[], drafts: readonly OverlayDraft[]): void {
  const joined = new Map(
    drafts.flatMap(({ name, members }) =>
      members.map(({ machine, labSwitch, portgroup }) => [
        certainDomain(machine.path, labSwitch, portgroup),
        `overlay ${name}`,
      ]),
    ),
  )
  for (const wish of wishes) {
    const [certain = ''] = wish.domains
    const overlay = joined.get(certain)
    if (overlay !== undefined) wish.domains = [certain, overlay]
  }
}

/** The lab with the overlays plugged in; addresses have been given out by now. */
export function plugOverlays(
  top: Level,
  drafts: readonly OverlayDraft[],
  resolution: Resolution,
): { readonly top: Level; readonly overlays: readonly Overlay[] } {
  const laid = drafts.flatMap((draft) => {
    const ends = tunnelEnds(draft, resolution.findings)
    return ends ? [{ draft, ends }] : []
  })
  const mtus = decideOverlayMtus(top, laid, resolution)
  const uplinks = new Map<LabSwitch, OverlayUplink[]>()
  for (const { draft, ends } of laid) {
    draft.members.forEach((member, index) => {
      const list = uplinks.get(member.labSwitch) ?? []
      uplinks.set(member.labSwitch, list)
      const local = ends[index]
      if (local) list.push(uplinkOf(draft, member, { local, peers: ends.filter((end) => end !== local) }))
    })
  }
  const overlays = laid.map((one) => overlayOf(one.draft, one.ends, mtus.overlays.get(one.draft) ?? 0))
  return { top: plugged(top, uplinks, mtus.switches), overlays }
}

function uplinkOf(
  { name, input }: OverlayDraft,
  { portgroup: { vlan } }: OverlayMember,
  tunnel: Pick<OverlayUplink, 'local' | 'peers'>,
): OverlayUplink {
  return { kind: 'overlay', name, vni: input.vni, vlan, ...tunnel, ...sockets(input) }
}

function overlayOf(draft: OverlayDraft, ends: readonly TunnelEnd[], mtu: number): Overlay {
  const { name, input, between, portgroup } = draft
  const over = input.over === undefined ? {} : { over: input.over }
  return { name, kind: 'vxlan', vni: input.vni, between, portgroup, mtu, ...over, ...sockets(input), ends }
}

/** The port assigned to VXLAN by IANA. */
const vxlanPort = 4789

function sockets({ port, learning }: OverlayInput) {
  return { udpPort: port ?? vxlanPort, learning: learning ?? true }
}

function plugged(
  level: Level,
  uplinks: ReadonlyMap<LabSwitch, readonly OverlayUplink[]>,
  mtus: ReadonlyMap<LabSwitch, number>,
): Level {
  return {
    ...level,
    switches: level.switches.map((labSwitch) => ({
      ...labSwitch,
      mtu: mtus.get(labSwitch) ?? labSwitch.mtu,
      uplinks: [...labSwitch.uplinks, ...(uplinks.get(labSwitch) ?? [])],
    })),
    machines: level.machines.map((machine) => {
      const { hypervisor } = machine
      if (!hypervisor) return machine
      return { ...machine, hypervisor: { ...hypervisor, inside: plugged(hypervisor.inside, uplinks, mtus) } }
    }),
  }
}
