/** What a search for a fix looks at after a trace that failed: the setting to blame, and the parts of the lab around it. */
import type { EditValue, LabSwitch, Level, Machine, Nic, PortGroup, ResolvedLab } from '#lab'
import type { Cause, Hop, Leg, Trace } from './contract.ts'
import { type KeyPath, machineKeys } from './places.ts'

/** One change that may help; `keys` names machines by their own names. */
export interface Idea {
  readonly keys: KeyPath
  readonly value: EditValue
  /** How much it opens, and how far it is from what the author seems to have meant; the smaller, the better. */
  readonly weight: number
}

/** Costs of ideas that are equally many; only their order matters. */
export const weights = {
  uplink: 1,
  sameVlan: 2,
  address: 2,
  move: 3,
  mtu: 3,
  learning: 4,
  flooding: 4,
  forged: 5,
  carry: 5,
  lowerMtu: 6,
  promiscuous: 8,
} as const

export interface Scene {
  readonly lab: ResolvedLab
  /** The lab file as plain values. */
  readonly plain: unknown
  readonly trace: Trace
  readonly cause: Cause
  /** The leg that failed. */
  readonly leg?: Leg
  /** Where it ended. */
  readonly hop?: Hop
}

export function sceneOf(lab: ResolvedLab, plain: unknown, trace: Trace): Scene | undefined {
  const { cause, legs } = trace
  if (!cause) return undefined
  const leg = legs.find(({ reached }) => !reached)
  const hop = leg?.hops.at(-1)
  return { lab, plain, trace, cause, ...(leg && { leg }), ...(hop && { hop }) }
}

export function levelAt({ top }: ResolvedLab, owner: string): Level | undefined {
  if (owner === '') return top
  return machineAt({ top }, owner)?.hypervisor?.inside
}

export function machineAt({ top }: Pick<ResolvedLab, 'top'>, path: string): Machine | undefined {
  let level: Level | undefined = top
  let machine: Machine | undefined
  for (const name of path.split('/')) {
    machine = level?.machines.find((one) => one.name === name)
    level = machine?.hypervisor?.inside
  }
  return machine
}

/** A machine's NIC with the switch and the port group that it is plugged into. */
export interface Socket {
  readonly machine: Machine
  readonly nic: Nic
  readonly owner: string
  readonly level: Level
  readonly labSwitch: LabSwitch
  readonly group: PortGroup
}

/** `kvm-1/web:nic0`. */
export function socketAt(lab: ResolvedLab, port: string): Socket | undefined {
  const colon = port.lastIndexOf(':')
  const path = port.slice(0, colon)
  const machine = colon < 0 ? undefined : machineAt(lab, path)
  const nic = machine?.nics.find(({ name }) => name === port.slice(colon + 1))
  const owner = ownerOf(path)
  const level = levelAt(lab, owner)
  const labSwitch = level?.switches.find(({ name }) => name === nic?.switchName)
  const group = labSwitch?.portgroups.find(({ name }) => name === nic?.portgroup)
  if (!machine || !nic || !level || !labSwitch || !group) return undefined
  return { machine, nic, owner, level, labSwitch, group }
}

export function ownerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

/** The port group that is to blame, with its switch. */
export function blamedGroup({ lab, cause }: Scene): { labSwitch: LabSwitch; group: PortGroup } | undefined {
  const labSwitch = blamedSwitch(lab, cause)
  const group = labSwitch?.portgroups.find(({ name }) => name === cause.portgroup)
  return labSwitch && group && { labSwitch, group }
}

export function blamedSwitch(lab: ResolvedLab, { owner, switchName }: Cause): LabSwitch | undefined {
  return levelAt(lab, owner)?.switches.find(({ name }) => name === switchName)
}

/** The switches inside a hypervisor that leave it by this NIC. */
export function switchesBehind({ machine, nic }: Pick<Socket, 'machine' | 'nic'>): readonly LabSwitch[] {
  const inside = machine.hypervisor?.inside.switches ?? []
  return inside.filter(({ uplinks }) => uplinks.some((one) => one.kind === 'nic' && one.name === nic.name))
}

export function nicKeysOf({ path }: Machine, nic: Nic): KeyPath {
  return [...machineKeys(path), 'nics', Number(nic.name.slice(3))]
}
