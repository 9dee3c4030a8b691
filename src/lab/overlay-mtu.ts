/** MTUs where overlays are: what a tunnel leaves of the way below it, and whether the file's numbers fit. */
import { limits } from './limits.ts'
import { type LabSwitch, type Level, machinesOf, type TunnelEnd } from './model.ts'
import { type Finding, formatPath, type Path } from './problem.ts'
import type { Resolution } from './resolution.ts'
import type { OverlayDraft, OverlayMember } from './resolve-overlay.ts'
import { defaultMtu } from './resolve-switch.ts'

/** IPv4, UDP, VXLAN and the inner frame's own Ethernet header: facts/rules.md 2.6. */
const vxlanBytes = 50
/** Where lowering ends: a tunnel that runs through itself would leave nothing. */
const tooLittle = limits.mtuMin - 1
/** The tag that frames of a trunk keep inside the tunnel. */
const tagBytes = 4

export interface LaidOverlay {
  readonly draft: OverlayDraft
  /** In the order of the members. */
  readonly ends: readonly TunnelEnd[]
}

/** An overlay with the switches that its frames cross outside its members. */
interface Way extends LaidOverlay {
  readonly switches: readonly Placed[]
  readonly headerBytes: number
}

interface Placed {
  readonly labSwitch: LabSwitch
  readonly owner: string
}

interface Decided {
  readonly switches: ReadonlyMap<LabSwitch, number>
  readonly overlays: ReadonlyMap<OverlayDraft, number>
}

/**
 * Takes what the file says and lowers what it leaves open until everything fits, so that a tunnel inside a tunnel gets
 * its share as well. A number of the file that does not fit becomes a finding.
 */
export function decideOverlayMtus(top: Level, laid: readonly LaidOverlay[], resolution: Resolution): Decided {
  const lab = new Levels(top)
  const ways = laid.map((one) => wayOf(one, lab))
  const open = (member: OverlayMember) => resolution.switchPlaces.get(keyOf(member))?.mtuGiven !== true
  const switches = new Map<LabSwitch, number>()
  for (const { draft } of ways) {
    const wished = draft.input.mtu ?? defaultMtu
    for (const member of draft.members.filter(open)) {
      switches.set(member.labSwitch, Math.min(switches.get(member.labSwitch) ?? wished, wished))
    }
  }
  const overlays = new Map<OverlayDraft, number>()
  const now = (labSwitch: LabSwitch) => switches.get(labSwitch) ?? labSwitch.mtu
  // Numbers only fall, and not below what the narrowest switch leaves, so this ends.
  for (let changed = true; changed; ) {
    changed = false
    for (const way of ways) {
      const { draft } = way
      const inside = draft.members.map(({ labSwitch }) => now(labSwitch))
      const room = Math.max(roomOf(way, now).mtu, tooLittle)
      const mtu = lowest([draft.input.mtu ?? limits.mtuMax, room, ...inside])
      overlays.set(draft, mtu)
      for (const { labSwitch } of draft.members.filter(open)) {
        if (now(labSwitch) > mtu) changed = true
        switches.set(labSwitch, mtu)
      }
    }
  }
  const said = new Set<string>()
  for (const finding of ways.flatMap((way) => misfits(way, now, resolution))) {
    const place = formatPath(finding.path)
    if (!said.has(place)) resolution.findings.push(finding)
    said.add(place)
  }
  return { switches, overlays }
}

function lowest(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number))
}

function keyOf({ machine, labSwitch }: OverlayMember): string {
  return `${machine.path} ${labSwitch.name}`
}

/** Where a lab's levels and the switches of NICs are found by path. */
class Levels {
  readonly #levels: ReadonlyMap<string, Level>

  constructor(top: Level) {
    const inner = [...machinesOf(top)].flatMap(({ path, hypervisor }) =>
      hypervisor ? [[path, hypervisor.inside] as const] : [],
    )
    this.#levels = new Map([['', top], ...inner])
  }

  switchOf(machine: string, nicName: string): LabSwitch | undefined {
    const level = this.#levels.get(ownerOf(machine))
    const nic = level?.machines
      .find(({ path }) => path === machine)
      ?.nics.find(({ name }) => name === nicName)
    return level?.switches.find(({ name }) => name === nic?.switchName)
  }
}

function ownerOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}

/** From each member outwards, over the uplinks of hypervisors, to the level that has all members in it. */
function wayOf(overlay: LaidOverlay, lab: Levels): Way {
  const switches = new Map<LabSwitch, Placed>()
  const common = commonOwner(overlay.ends.map(({ machine }) => ownerOf(machine)))
  for (const end of overlay.ends) {
    let from: { machine: string; nic: string } | undefined = end
    while (from) {
      const owner = ownerOf(from.machine)
      const labSwitch = lab.switchOf(from.machine, from.nic)
      const uplink = labSwitch?.uplinks.find(({ kind }) => kind === 'nic')
      if (labSwitch) switches.set(labSwitch, { labSwitch, owner })
      from = owner !== common && uplink?.kind === 'nic' ? { machine: owner, nic: uplink.name } : undefined
    }
  }
  const tagged = overlay.draft.members.some(({ portgroup }) => portgroup.vlan.mode === 'trunk')
  const headerBytes = vxlanBytes + (tagged ? tagBytes : 0)
  return { ...overlay, switches: [...switches.values()], headerBytes }
}

function commonOwner(owners: readonly string[]): string {
  return owners.reduce((common, owner) => {
    let shared = common
    while (shared !== '' && owner !== shared && !owner.startsWith(`${shared}/`)) shared = ownerOf(shared)
    return shared
  })
}

/** The narrowest switch of the way and what it leaves for packets inside the tunnel. */
function roomOf({ switches, headerBytes }: Way, now: (labSwitch: LabSwitch) => number) {
  const narrowest = switches.reduce<Placed | undefined>(
    (found, placed) => (found && now(found.labSwitch) <= now(placed.labSwitch) ? found : placed),
    undefined,
  )
  const mtu = (narrowest ? now(narrowest.labSwitch) : limits.mtuMax) - headerBytes
  return { narrowest, mtu }
}

function misfits(
  way: Way,
  now: (labSwitch: LabSwitch) => number,
  { switchPlaces }: Resolution,
): readonly Finding[] {
  const { draft, headerBytes } = way
  const room = roomOf(way, now)
  const own = way.switches.find((placed) =>
    draft.members.some(({ labSwitch }) => labSwitch === placed.labSwitch),
  )
  if (own) return [throughItself(draft, own)]
  const below = placeOf(room.narrowest)
  const enough = (mtu: number) => `\`mtu: ${mtu + headerBytes}\` on ${below}`
  const tooLarge = (what: string, mtu: number) =>
    `${what} ${mtu} bytes, which are ${mtu + headerBytes} with the headers of the tunnel, but the MTU of ${below} is ` +
    `${room.mtu + headerBytes}.`
  if (room.mtu < limits.mtuMin) {
    const text = `The MTU of ${below} leaves ${room.mtu} bytes for packets inside, but ${limits.mtuMin} is the least.`
    return [{ path: draft.path, onKey: true, text, remedy: `Set ${enough(limits.mtuMin)} at least.` }]
  }
  const wished = draft.input.mtu
  if (wished !== undefined && wished > room.mtu) {
    const remedy = `Set ${enough(wished)}, or \`mtu: ${room.mtu}\` here; without \`mtu\` it is chosen.`
    return [
      { path: [...draft.path, 'mtu'], text: tooLarge('The overlay carries packets of', wished), remedy },
    ]
  }
  return draft.members.flatMap((member): Finding[] => {
    const place = switchPlaces.get(keyOf(member))
    const mtu = member.labSwitch.mtu
    if (!place?.mtuGiven) return []
    const path: Path = [...place.path, 'mtu']
    if (mtu > room.mtu) {
      const what = `Through the overlay \`${draft.name}\` this switch sends packets of`
      const remedy = `Set ${enough(mtu)}, or \`mtu: ${room.mtu}\` here; without \`mtu\` it is chosen.`
      return [{ path, text: tooLarge(what, mtu), remedy }]
    }
    const least = lowest([wished ?? mtu, ...draft.members.map(({ labSwitch }) => now(labSwitch))])
    if (mtu <= least) return []
    const text = `This switch sends packets of ${mtu} bytes, but the overlay \`${draft.name}\` carries ${least} at most.`
    const cause =
      wished === least ? 'That is the `mtu` of the overlay' : 'Another member takes no larger ones'
    return [{ path, text, remedy: `${cause}: set \`mtu: ${least}\` here as well, or raise it there.` }]
  })
}

function throughItself({ path }: OverlayDraft, own: Placed): Finding {
  return {
    path,
    onKey: true,
    text: `The overlay goes through ${placeOf(own)}, the switch it is plugged into, which has one MTU for both.`,
    remedy: 'Let it go through another switch, or put the port group on another one.',
  }
}

function placeOf(placed: Placed | undefined): string {
  const name = `\`${placed?.labSwitch.name ?? ''}\``
  return placed && placed.owner !== '' ? `${name} inside \`${placed.owner}\`` : name
}
