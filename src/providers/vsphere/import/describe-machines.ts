/** The machines of a level as the lab file has them, and inside each that was read its own level. */
import { formatMiB, printable } from '#lab'
import { describeSwitches, type WrittenGroup, type WrittenSwitches } from './describe-switches.ts'
import type { SeenDisk, SeenNic } from './devices.ts'
import { esxiVersion, guessedVersion } from './esxi-version.ts'
import type { SeenLevel, SeenNode } from './levels.ts'
import { isNestedEsxi, type SeenMachine } from './machines.ts'
import { hintsOf, type Roles, roleOf } from './roles.ts'
import type { Addresses, Macs } from './unique.ts'
import { Block, type Flow, Items, quoted } from './yaml-text.ts'

export interface Writing {
  readonly macs: Macs
  readonly addresses: Addresses
  readonly roles: Roles
  /** By reference of a datastore in the inventory of that level. */
  datastoreName(level: SeenLevel, reference: string): string | undefined
}

export interface WrittenLevel {
  readonly switches: Block
  readonly machines: Block
}

/** `owner`: the machine that the level is in; absent at level 0. */
export function describeLevel(level: SeenLevel, writing: Writing, owner?: SeenNode): WrittenLevel {
  const switches = describeSwitches(level, owner?.inside?.nicOf)
  const machines = new Block()
  for (const node of level.nodes) {
    const { block, notes } = machineBlock(node, { level, writing, switches, owner: owner?.path ?? '' })
    machines.add(node.name, block, commentsOf(node, level, notes))
  }
  return { switches: switches.block, machines }
}

/** NICs that are uplinks of a switch inside, and so have no address themselves. */
function carryingOf({ inside }: SeenNode): ReadonlySet<string> {
  const used = [...(inside?.host.standard ?? []), ...(inside?.host.proxies ?? [])]
  return new Set(used.flatMap(({ uplinks }) => uplinks.flatMap((device) => inside?.nicOf.get(device) ?? [])))
}

interface Place {
  readonly level: SeenLevel
  readonly writing: Writing
  readonly switches: WrittenSwitches
  readonly owner: string
}

const most = { disks: 32, nics: 10, cpus: 960, hardware: 30 }

function machineBlock(
  node: SeenNode,
  place: Place,
): { readonly block: Block; readonly notes: readonly string[] } {
  const { machine } = node
  const { cpus, memoryMiB, disks } = machine
  const nics = nicItems(node, place)
  const role = roleOf(machine, place.writing.roles)
  const [boot, ...others] = disks
  // Outer NICs come first, so that what is inside has to yield where both claim one MAC.
  const hypervisor = hypervisorBlock(node, place.writing)
  const block = new Block()
    .add('image', hypervisor ? undefined : 'unknown-guest')
    .add('role', role?.role)
    .add('manages', role?.manages && role.manages.length > 0 ? role.manages : undefined)
    .add('cpus', cpus !== undefined && cpus >= 1 && cpus <= most.cpus ? cpus : undefined)
    .add('memory', memoryMiB === undefined ? undefined : formatMiB(Math.max(16, memoryMiB)))
    .add('nics', nics.items.items.length > 0 ? nics.items : undefined)
    .add('hardware', hardwareOf(machine, hypervisor !== undefined))
    .add('bootDisk', boot && formatMiB(boot.sizeMiB))
    .add('disks', diskItems(others.slice(0, most.disks), place))
    .add('hypervisor', hypervisor)
  const tooMany = others.length > most.disks ? [`It has ${others.length - most.disks} disks more.`] : []
  return { block, notes: [...nics.notes, ...tooMany] }
}

function nicItems(
  node: SeenNode,
  { switches, writing, owner }: Place,
): { readonly items: Items; readonly notes: readonly string[] } {
  const { machine, path } = node
  const carrying = carryingOf(node)
  const items = new Items()
  const notes: string[] = []
  for (const [index, nic] of machine.nics.slice(0, most.nics).entries()) {
    const name = `nic${index}`
    const group = switches.groupOf(nic.network, machine.host?.value ?? '')
    if (!group) continue
    const refused = nic.mac === undefined ? undefined : writing.macs.claim(nic.mac, path)
    const addresses = machine.addresses.get(nic.key) ?? []
    const isFree = !carrying.has(name)
    const domains = domainsOf(owner, group)
    const address = isFree
      ? addresses.find(({ ip, prefixLength = 0 }) => writing.addresses.claim(ip, prefixLength, domains))
      : undefined
    const told = addresses.map(({ ip }) => ip).filter((ip) => ip !== address?.ip && ip.includes('.'))
    const comments = [
      ...(refused === undefined ? [] : [`${name}: ${refused}, so another one is chosen here.`]),
      ...(told.length > 0
        ? [`${name} has ${told.slice(0, 8).join(', ')}${isFree ? '' : ' (VMkernel)'}.`]
        : []),
    ]
    items.add(nicFlow(nic, group, { address, hasMac: refused === undefined }), comments)
  }
  if (machine.nics.length > most.nics) notes.push(`It has ${machine.nics.length - most.nics} NICs more.`)
  return { items, notes }
}

function nicFlow(
  { mac, model }: SeenNic,
  { name }: WrittenGroup,
  {
    address,
    hasMac,
  }: { readonly address: { ip: string; prefixLength?: number } | undefined; readonly hasMac: boolean },
): Flow {
  return {
    portgroup: name,
    mac: hasMac ? mac : undefined,
    model,
    address: address && `${address.ip}/${address.prefixLength}`,
  }
}

/** As the lab room sees it: one switch and VLAN, and what uplinks join under one name. */
function domainsOf(owner: string, { switchName, name, vlan, hasUplinks }: WrittenGroup): readonly string[] {
  return [`${owner} ${switchName} ${vlan}`, ...(hasUplinks ? [`* ${name} ${vlan}`] : [])]
}

function hardwareOf(machine: SeenMachine, isHypervisor: boolean): Flow | undefined {
  const { hardwareVersion = 0, guestId, coresPerSocket = 1, passthrough, settings } = machine
  const { exposesVirtualization } = machine
  // With the setting of its own the old key says nothing new.
  const needless = exposesVirtualization === true ? /^vhv\.enable$/i : /^$/
  const kept = Object.entries(settings).filter(
    ([key, value]) => !needless.test(key) || !/^true$/i.test(value),
  )
  const hardware: Flow = {
    version: hardwareVersion >= 3 && hardwareVersion <= most.hardware ? hardwareVersion : undefined,
    guestId: guestId === undefined ? undefined : printable(guestId.slice(0, 60)),
    exposeVirtualization: isHypervisor || exposesVirtualization === true ? exposesVirtualization : undefined,
    execution: machine.execution,
    coresPerSocket: coresPerSocket > 1 ? coresPerSocket : undefined,
    firmware: machine.firmware,
    vbs: machine.hasVbs === true ? true : undefined,
    passthrough:
      passthrough.length > 0
        ? passthrough.slice(0, 32).map((name) => printable(name.slice(0, 60)))
        : undefined,
    settings:
      kept.length > 0
        ? Object.fromEntries(kept.map(([key, value]) => [printable(key), printable(value.slice(0, 200))]))
        : undefined,
  }
  return Object.values(hardware).some((value) => value !== undefined) ? hardware : undefined
}

function diskItems(disks: readonly SeenDisk[], { level, writing }: Place): Items | undefined {
  if (disks.length === 0) return undefined
  const items = new Items()
  for (const { sizeMiB, datastore, thin, isNvme, isRaw } of disks) {
    const flow: Flow = {
      size: formatMiB(sizeMiB),
      datastore: datastore && writing.datastoreName(level, datastore.value),
      kind: isNvme ? 'nvme' : undefined,
      thin,
    }
    items.add(flow, isRaw ? ['A disk of the storage itself (RDM).'] : [])
  }
  return items
}

/** Only for ESXi: other hypervisors cannot be told from other systems by looking from outside. */
function hypervisorBlock(node: SeenNode, writing: Writing): Block | undefined {
  const { machine, inside } = node
  if (!inside && !isNestedEsxi(machine)) return undefined
  const version = inside ? esxiVersion(inside.host.version) : guessedVersion(machine).version
  const block = new Block().add('product', 'esxi').add('version', version)
  if (!inside) return block
  const { switches, machines } = describeLevel(inside.level, writing, node)
  return block
    .add('switches', switches.entries.length > 0 ? switches : undefined)
    .add('machines', machines.entries.length > 0 ? machines : undefined)
}

function commentsOf(node: SeenNode, level: SeenLevel, notes: readonly string[]): readonly string[] {
  const { machine, name, inside, unread } = node
  const host = level.hostNames.size > 1 ? level.hostNames.get(machine.host?.value ?? '') : undefined
  const state = [
    ...(name === machine.name ? [] : [quoted(machine.name)]),
    ...(host === undefined ? [] : [`on ${host}`]),
    ...(machine.isOn || machine.isTemplate ? [] : ['powered off']),
  ]
  return [
    ...(state.length > 0 ? [state.join(', ')] : []),
    ...(machine.isReadable ? [] : ['Its configuration could not be read.']),
    ...(inside || !isNestedEsxi(machine)
      ? []
      : [unread ?? 'Its inside was not read.', guessedVersion(machine).text]),
    ...(inside?.doubt === undefined ? [] : [inside.doubt]),
    ...hintsOf(machine),
    ...notes,
  ]
}
