/** What a machine and a switch are made from: what a digest covers, and how two versions differ, in words. */
import { createHash } from 'node:crypto'
import {
  type CloneOf,
  type Cluster,
  type DeclaredDisk,
  gatewayOf,
  type Hardware,
  type LabSwitch,
  type Level,
  type Machine,
  type PortGroup,
  type PowerSchedule,
  type ResolvedLab,
  uplinkWords,
  type VlanPolicy,
} from '#lab'
import type { WantedDatastore } from '#providers'
import { overlayChanges } from './overlay-changes.ts'

/** Everything about a machine that cannot change while it runs. What is inside a hypervisor is no part of it. */
export interface MachineFacts {
  /** SHA-256 of the image; absent while it is not in the image store. */
  readonly image?: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly product?: string
  readonly nics: readonly NicFacts[]
  /** Where the file chooses it. */
  readonly hardware?: Hardware
  readonly bootDiskMiB?: number
  readonly disks?: readonly DeclaredDisk[]
  readonly clone?: Pick<CloneOf, 'of' | 'linked' | 'snapshot'>
}

interface NicFacts {
  readonly name: string
  readonly mac: string
  readonly portgroup: string
  readonly address?: string
  /** Told to the guest when it boots, so a new one needs a new start. */
  readonly mtu?: number
  /** Told to the guest as well. */
  readonly gateway?: string
  readonly model?: string
}

/** Noted when a machine is created; a later plan compares with it to say what changed. */
export interface MadeMachine {
  readonly digest: string
  readonly facts: MachineFacts
  /** SHA-256 of the images on the library disk it was given; only hypervisors. */
  readonly library?: readonly string[]
}

export function factsOf(
  machine: Machine,
  { lab, level }: { readonly lab: ResolvedLab; readonly level: Level },
  image: string | undefined,
): MachineFacts {
  const product = machine.hypervisor && productOf(machine.hypervisor)
  return {
    ...(image !== undefined && { image }),
    cpus: machine.cpus,
    memoryMiB: machine.memoryMiB,
    ...(product !== undefined && { product }),
    ...hardwareOf(machine),
    nics: machine.nics.map((nic, index) => {
      const model = machine.traits?.nicModels?.[index]
      const gateway = gatewayOf(lab, machine.path, nic)?.ip
      const mtu = level.switches.find((one) => one.name === nic.switchName)?.mtu
      return {
        name: nic.name,
        mac: nic.mac,
        portgroup: `${nic.switchName}/${nic.portgroup}`,
        ...(nic.address && { address: `${nic.address.ip}/${nic.address.prefixLength}` }),
        ...(mtu !== undefined && { mtu }),
        ...(gateway !== undefined && { gateway }),
        ...(model !== undefined && { model }),
      }
    }),
  }
}

function hardwareOf({ traits }: Machine): Pick<MachineFacts, 'hardware' | 'bootDiskMiB' | 'disks' | 'clone'> {
  const { hardware, bootDiskMiB, disks, clone } = traits ?? {}
  return {
    ...(hardware && { hardware }),
    ...(bootDiskMiB !== undefined && { bootDiskMiB }),
    ...(disks && { disks }),
    ...(clone && { clone: { of: clone.of, linked: clone.linked, snapshot: clone.snapshot } }),
  }
}

export function digestOf(what: MachineFacts | LabSwitch | Cluster | WantedDatastore | PowerSchedule): string {
  return createHash('sha256').update(JSON.stringify(what, sortedKeys)).digest('hex')
}

/** Empty for a machine without a power schedule. */
export function scheduleDigest({ traits }: Machine): string {
  return traits?.powerSchedule ? digestOf(traits.powerSchedule) : ''
}

/** `memory 512 → 1024 MiB`, `nic0 moves from port group a/b to a/c`, …; empty when nothing differs. */
export function machineChanges(before: MachineFacts, after: MachineFacts): string[] {
  const changes: string[] = []
  if (before.image !== after.image) changes.push(`image ${short(before.image)} → ${short(after.image)}`)
  if (before.cpus !== after.cpus) changes.push(`cpus ${before.cpus} → ${after.cpus}`)
  if (before.memoryMiB !== after.memoryMiB) {
    changes.push(`memory ${before.memoryMiB} → ${after.memoryMiB} MiB`)
  }
  if (before.product !== after.product) {
    changes.push(`hypervisor ${before.product ?? 'none'} → ${after.product ?? 'none'}`)
  }
  for (const key of ['hardware', 'bootDiskMiB', 'disks', 'clone'] as const) {
    if (JSON.stringify(before[key], sortedKeys) !== JSON.stringify(after[key], sortedKeys)) {
      changes.push(`${hardwareWords[key]} changes`)
    }
  }
  return [...changes, ...nicChanges(before.nics, after.nics)]
}

const hardwareWords = {
  hardware: 'virtual hardware',
  bootDiskMiB: 'size of the boot disk',
  disks: 'further disks',
  clone: 'what it is a copy of',
}

/** What differs between two versions of a switch, for people. */
export function switchChanges(before: LabSwitch, after: LabSwitch): string[] {
  const changes: string[] = []
  if (before.kind !== after.kind) changes.push(`kind ${before.kind} → ${after.kind}`)
  if (before.mtu !== after.mtu) changes.push(`MTU ${before.mtu} → ${after.mtu}`)
  const uplinks = [before, after].map((one) => uplinksOf(one).join(', ') || 'none')
  if (uplinks[0] !== uplinks[1]) changes.push(`uplinks ${uplinks[0]} → ${uplinks[1]}`)
  changes.push(...overlayChanges(before, after))
  for (const old of before.portgroups) {
    const now = after.portgroups.find((one) => one.name === old.name)
    if (!now) changes.push(`port group ${old.name} goes`)
    else changes.push(...portgroupChanges(old, now))
  }
  for (const now of after.portgroups) {
    if (!before.portgroups.some((one) => one.name === now.name)) changes.push(`new port group ${now.name}`)
  }
  return changes
}

function portgroupChanges(before: PortGroup, after: PortGroup): string[] {
  const changes: string[] = []
  const vlans = [vlanText(before.vlan), vlanText(after.vlan)]
  if (vlans[0] !== vlans[1]) changes.push(`${after.name}: VLAN ${vlans[0]} → ${vlans[1]}`)
  const policies = [
    ['promiscuous mode', before.security.promiscuous, after.security.promiscuous],
    ['forged transmits', before.security.forgedTransmits, after.security.forgedTransmits],
    ['MAC address changes', before.security.macChanges, after.security.macChanges],
  ] as const
  for (const [name, old, now] of policies) {
    if (old !== now) changes.push(`${after.name}: ${name} ${old} → ${now}`)
  }
  return changes
}

function nicChanges(before: readonly NicFacts[], after: readonly NicFacts[]): string[] {
  const changes: string[] = []
  for (const nic of after) {
    const old = before.find((one) => one.name === nic.name)
    if (!old) {
      changes.push(`new ${nic.name}`)
      continue
    }
    if (old.portgroup !== nic.portgroup) {
      changes.push(`${nic.name} moves from port group ${old.portgroup} to ${nic.portgroup}`)
    }
    if (old.mac !== nic.mac) changes.push(`${nic.name} MAC ${old.mac} → ${nic.mac}`)
    if (old.model !== nic.model) {
      changes.push(`${nic.name} model ${old.model ?? 'usual'} → ${nic.model ?? 'usual'}`)
    }
    if (old.address !== nic.address) {
      changes.push(`${nic.name} address ${old.address ?? 'none'} → ${nic.address ?? 'none'}`)
    }
    if (old.mtu !== nic.mtu) changes.push(`${nic.name} MTU ${old.mtu} → ${nic.mtu}`)
    if (old.gateway !== nic.gateway) {
      changes.push(`${nic.name} gateway ${old.gateway ?? 'none'} → ${nic.gateway ?? 'none'}`)
    }
  }
  for (const old of before) {
    if (!after.some((one) => one.name === old.name)) changes.push(`${old.name} goes`)
  }
  return changes
}

function productOf(hypervisor: { product: string; version?: string }): string {
  return hypervisor.version === undefined ? hypervisor.product : `${hypervisor.product} ${hypervisor.version}`
}

/** Without overlays, whose lists of peers are too long to be shown twice. */
function uplinksOf({ uplinks }: LabSwitch): string[] {
  return uplinks.filter(({ kind }) => kind !== 'overlay').map(uplinkWords)
}

function vlanText(vlan: VlanPolicy): string {
  if (vlan.mode === 'none') return 'none'
  if (vlan.mode === 'access') return String(vlan.id)
  return vlan.ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

function short(digest: string | undefined): string {
  return digest?.slice(0, 12) ?? 'none'
}

/** The same content gives the same text, whatever the order in which its keys were written. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
