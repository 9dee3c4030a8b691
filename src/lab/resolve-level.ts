/** One level and, through its hypervisors, all levels inside it. */
import { readAddress } from './address.ts'
import { uuidOf } from './identity.ts'
import { limits } from './limits.ts'
import { readMac } from './mac.ts'
import type { LabSwitch, Level, Machine, PortGroup } from './model.ts'
import { machineNames, readName } from './names.ts'
import { instead } from './near.ts'
import { certainDomain, type NicDraft } from './nic-wishes.ts'
import { accepted, type Path } from './problem.ts'
import { addPending, type Resolution } from './resolution.ts'
import { resolveSoftware } from './resolve-image.ts'
import type { Owning } from './resolve-policies.ts'
import { type Owner, resolveSwitches } from './resolve-switch.ts'
import { pendingTraits, traitsOf } from './resolve-traits.ts'
import { uplinkNics } from './resolve-uplink.ts'
import type { HypervisorInput, LevelInput, MachineInput } from './schema-machine.ts'
import type { NicInput } from './schema-network.ts'
import { inherited, unknownTemplate } from './templates.ts'
import { formatVlan } from './vlan.ts'

interface Place {
  readonly owner: Owner
  readonly path: Path
  /** Level of the machines in it: 1 runs directly on L0. */
  readonly level: number
  readonly resolution: Resolution
}

interface Socket {
  readonly labSwitch: LabSwitch
  readonly portgroup: PortGroup
}

interface Neighbours {
  readonly sockets: ReadonlyMap<string, Socket>
  /** Key of the file by the name it gave; switches too, since paths name both. */
  readonly names: Map<string, string>
}

export function resolveLevel(input: LevelInput, place: Place): Level {
  const { owner, path, resolution } = place
  const switches = resolveSwitches(input.switches ?? {}, owner, [...path, 'switches'], resolution)
  const sockets = new Map<string, Socket>()
  for (const labSwitch of switches) {
    for (const portgroup of labSwitch.portgroups) sockets.set(portgroup.name, { labSwitch, portgroup })
  }
  const names = new Map(switches.map(({ name }) => [name, `the switch \`${name}\``]))
  const machines = Object.entries(input.machines ?? {}).flatMap(([key, machine]) =>
    resolveEntry(key, machine, { sockets, names }, { ...place, path: [...path, 'machines', key] }),
  )
  return { owner: owner.path, switches, machines }
}

/** One key under `machines`: one machine, or as many as `count` says. */
function resolveEntry(
  key: string,
  own: MachineInput,
  neighbours: Neighbours,
  place: Place,
): readonly Machine[] {
  const { resolution, path, owner } = place
  resolution.machines += own.count ?? 1
  if (resolution.machines > limits.machines) return tooMany(place)
  const { templates, templateNames, findings } = resolution
  if (own.extends !== undefined && !templateNames.has(own.extends)) {
    findings.push(unknownTemplate(own.extends, templateNames, [...path, 'extends']))
  }
  const machine = inherited(own, templates)
  const names =
    own.count === undefined ? [key] : Array.from({ length: own.count }, (_, at) => `${key}-${at + 1}`)
  const longest = names.at(-1) ?? key
  const named = readName(
    machineNames,
    own.count === undefined || !readName(machineNames, key).ok ? key : longest,
  )
  if (!named.ok) findings.push({ path, onKey: true, ...named })
  const groupPath = pathOf(owner.path, key)
  if (own.count !== undefined) {
    const group = names.map((name) => pathOf(owner.path, name))
    resolution.groups.set(groupPath, [...(resolution.groups.get(groupPath) ?? []), ...group])
  }
  return names.map((name) => {
    claimName(name, key, neighbours, place)
    return resolveMachine(name, machine, neighbours, place)
  })
}

function pathOf(owner: string, name: string): string {
  return owner === '' ? name : `${owner}/${name}`
}

function tooMany({ path, resolution }: Place): readonly Machine[] {
  const many = limits.machines.toLocaleString('en')
  const remedy = 'Lower a `count`; counts of nested levels multiply.'
  // Said once, however many machines are left out.
  if (resolution.machines < Number.MAX_SAFE_INTEGER) {
    resolution.findings.push({ path, onKey: true, text: `The lab has more than ${many} machines.`, remedy })
  }
  resolution.machines = Number.MAX_SAFE_INTEGER
  return []
}

function claimName(name: string, key: string, { names }: Neighbours, { path, resolution }: Place): void {
  const holder = names.get(name)
  names.set(name, `\`${key}\``)
  if (holder === undefined) return
  resolution.findings.push({
    path,
    onKey: true,
    text: `The name \`${name}\` is taken by ${holder} of the same level.`,
    remedy: 'Give one of the two another name.',
  })
}

function resolveMachine(name: string, input: MachineInput, neighbours: Neighbours, place: Place): Machine {
  const { owner, level, path, resolution } = place
  const machinePath = pathOf(owner.path, name)
  const { product, version, ...software } = resolveSoftware(input, path, resolution)
  const nics = (input.nics ?? []).map((nic, index) =>
    resolveNic(nic, index, neighbours, { ...place, path: [...path, 'nics', index], machinePath }),
  )
  const inner = { ...place, machinePath }
  pendingTraits(input, { ...inner, isOnVsphere: isOnVsphere(place) })
  if (product === 'kvm' && input.hypervisor?.version !== undefined) pendingVersion(inner)
  const traits = traitsOf(input)
  const inside = input.hypervisor && resolveInside(input.hypervisor, nics, { ...inner, product, version })
  return {
    path: machinePath,
    name,
    level,
    uuid: uuidOf(resolution.lab, machinePath),
    ...software,
    nics,
    ...(inside && {
      hypervisor: { product: product ?? '', ...(version !== undefined && { version }), inside },
    }),
    ...(traits && { traits }),
  }
}

/** A nested ESXi is driven as the one around it is. */
function isOnVsphere({ owner, resolution: { siteKind } }: Place): boolean {
  if (siteKind !== 'vsphere') return false
  return owner.path === '' || (owner.hypervisors ?? []).every(({ product }) => product === 'esxi')
}

type MachinePlace = Place & { readonly machinePath: string }

function pendingVersion({ path, resolution, machinePath }: MachinePlace): void {
  const text = 'The image decides which version of KVM runs; it cannot be chosen yet.'
  addPending(resolution, [...path, 'hypervisor', 'version'], { text, machines: [machinePath] })
}

function resolveInside(
  input: HypervisorInput,
  nics: readonly NicDraft[],
  place: MachinePlace & Owning,
): Level {
  const { level, resolution, machinePath, product, version } = place
  const path = [...place.path, 'hypervisor']
  if (level >= limits.levels) {
    const text = `Hypervisors lie more than ${limits.levels - 1} levels deep in one another here.`
    resolution.findings.push({ path, onKey: true, text, remedy: 'Take levels out.' })
    return { owner: machinePath, switches: [], machines: [] }
  }
  const uplinks = Object.values(input.switches ?? {}).flatMap((labSwitch) => labSwitch.uplinks ?? [])
  checkUplinkAddresses(uplinkNics(uplinks), place)
  const nicNames = nics.map((nic) => nic.name)
  const owner = { path: machinePath, nicNames, hypervisors: [{ product, version }] }
  return resolveLevel(input, { owner, path, level: level + 1, resolution })
}

function checkUplinkAddresses(
  uplinks: readonly string[],
  { path, resolution, machinePath }: MachinePlace,
): void {
  for (const { nic, address, machine } of resolution.wishes.slice(-limits.nics)) {
    if (machine !== machinePath || !address || !uplinks.includes(nic.name)) continue
    resolution.findings.push({
      path: [...path, 'nics', Number(nic.name.slice(3)), 'address'],
      text: `\`${nic.name}\` is an uplink of a switch inside, so it cannot have an address itself.`,
      remedy: 'Remove the address, or give the hypervisor another NIC for it.',
    })
  }
}

function resolveNic(input: NicInput, index: number, neighbours: Neighbours, place: MachinePlace): NicDraft {
  const { resolution, path, owner, machinePath } = place
  const socket = neighbours.sockets.get(input.portgroup)
  if (!socket) {
    const text = `There is no port group \`${input.portgroup}\` in this level.`
    resolution.findings.push({
      path: [...path, 'portgroup'],
      text,
      remedy: () => instead(input.portgroup, [...neighbours.sockets.keys()], 'port groups'),
    })
  }
  const nic: NicDraft = {
    name: `nic${index}`,
    switchName: socket?.labSwitch.name ?? '',
    portgroup: input.portgroup,
    mac: '',
  }
  const mac = input.mac === undefined ? undefined : accepted(readMac(input.mac))
  const address = input.address === undefined ? undefined : accepted(readAddress(input.address))
  resolution.wishes.push({
    nic,
    machine: machinePath,
    path,
    ...(mac !== undefined && { mac }),
    ...(address && { address }),
    domains: socket ? domainsOf(socket, owner) : [],
  })
  return nic
}

/**
 * One switch and VLAN is one network for certain. Port groups of the same name and VLAN on switches with uplinks are
 * taken to be one network too: that is how hypervisors share one.
 */
function domainsOf({ labSwitch, portgroup }: Socket, owner: Owner): readonly string[] {
  const certain = certainDomain(owner.path, labSwitch, portgroup)
  return labSwitch.uplinks.length > 0
    ? [certain, `* ${portgroup.name} ${formatVlan(portgroup.vlan)}`]
    : [certain]
}
