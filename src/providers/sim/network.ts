/**
 * Where a frame gets to in the whole simulated lab: from switch to switch, in and out of hypervisors. What each
 * switch does with it is the decision of room `switch`, the same that the live switch takes.
 */
import type { LabSwitch, Nic } from '#lab'
import { compileSwitch, decide, retagged, type SwitchPort, type SwitchState } from '#switch'
import { broadcast, destinationOf, isTagged } from './frames.ts'
import { isUp } from './life.ts'
import { levelOf, type Park, type SimLevel, type SimMachine } from './park.ts'

/** A NIC of a machine that is up. */
export interface NicPlace {
  readonly owner: string
  readonly machine: SimMachine
  readonly nic: Nic
}

export interface Reached extends NicPlace {
  /** Switches passed on the way. */
  readonly hops: number
}

/** What happened at one port; `dropped` names the reason. */
export interface PortEvent {
  readonly owner: string
  readonly switchName: string
  readonly port: string
  readonly portgroup: string
  readonly what: 'received' | 'sent' | { readonly dropped: string }
}

interface Traveller {
  readonly owner: string
  readonly switchName: string
  readonly port: string
  readonly frame: Uint8Array
  readonly hops: number
}

/** Frames never come back to where they were, but hypervisors with several uplinks multiply them. */
const mostHops = 10_000

const portOf = ({ machine, nic }: NicPlace) => `${machine.hardware.name}:${nic.name}`

export class Network {
  readonly events: PortEvent[] = []
  private readonly park: Park
  private readonly nowMs: number
  private readonly states = new Map<string, SwitchState | undefined>()

  constructor(park: Park, nowMs: number) {
    this.park = park
    this.nowMs = nowMs
  }

  /** The guests' NICs that take the frame: theirs by its address, or anybody's. */
  send(from: NicPlace, frame: Uint8Array): Reached[] {
    const reached: Reached[] = []
    const start = { owner: from.owner, switchName: from.nic.switchName, port: portOf(from), frame, hops: 0 }
    const travellers: Traveller[] = [start]
    for (let hop = 0; hop < mostHops; hop += 1) {
      const traveller = travellers.shift()
      if (!traveller) break
      for (const place of this.through(traveller)) {
        if ('frame' in place) travellers.push(place)
        else reached.push(place)
      }
    }
    return reached
  }

  private *through(traveller: Traveller): Generator<Traveller | Reached> {
    const { owner, switchName, frame } = traveller
    const state = this.stateOf(owner, switchName)
    const ingress = state?.ports.findIndex((port) => port.id === traveller.port) ?? -1
    if (!state || ingress < 0) return
    this.note(traveller, state, { port: ingress, what: 'received' })
    const { vlan, deliveries, drops } = decide(state, ingress, frame)
    for (const { port, reason } of drops) this.note(traveller, state, { port, what: { dropped: reason } })
    for (const { port, tag } of deliveries) {
      this.note(traveller, state, { port, what: 'sent' })
      const leaving = { ...traveller, frame: retagged(frame, tag, vlan), hops: traveller.hops + 1 }
      yield* this.beyond(leaving, state.ports[port]?.id ?? '')
    }
  }

  private note(
    { owner, switchName }: Traveller,
    state: SwitchState,
    { port, what }: { port: number; what: PortEvent['what'] },
  ): void {
    const { id = '', portgroup } = state.ports[port] ?? {}
    this.events.push({ owner, switchName, port: id, portgroup: portgroup?.name ?? '', what })
  }

  /** What is plugged into a port: a guest's NIC, behind it perhaps a switch, or the hypervisor's own uplink. */
  private *beyond(frame: Traveller, port: string): Generator<Traveller | Reached> {
    const { owner } = frame
    const level = levelOf(this.park, owner)
    const [machineName, nicName] = port.split(':')
    if (nicName === undefined) {
      yield* this.outOf(owner, port, frame)
      return
    }
    const machine = level.machines.find(({ hardware }) => hardware.name === machineName)
    const nic = machine?.hardware.nics.find(({ name }) => name === nicName)
    if (!machine || !nic || !isUp(machine, this.nowMs)) return
    const destination = destinationOf(frame.frame)
    if (!isTagged(frame.frame) && (destination === nic.mac || destination === broadcast)) {
      yield { owner, machine, nic, hops: frame.hops }
    }
    const inside = levelOf(this.park, machine.hardware.path)
    for (const { wanted } of inside.switches) {
      if (!hasUplink(wanted, nicName)) continue
      yield { ...frame, owner: inside.owner, switchName: wanted.name, port: nicName }
    }
  }

  /** From inside a hypervisor to the switch that its NIC is plugged into. L0's uplinks lead out of the simulation. */
  private *outOf(owner: string, nicName: string, frame: Traveller): Generator<Traveller> {
    if (owner === '') return
    const slash = owner.lastIndexOf('/')
    const outer = slash < 0 ? '' : owner.slice(0, slash)
    const machine = levelOf(this.park, outer).machines.find(({ hardware }) => hardware.path === owner)
    const nic = machine?.hardware.nics.find(({ name }) => name === nicName)
    if (!machine || !nic || !isUp(machine, this.nowMs)) return
    yield { ...frame, owner: outer, switchName: nic.switchName, port: `${machine.hardware.name}:${nicName}` }
  }

  private stateOf(owner: string, switchName: string): SwitchState | undefined {
    const key = `${owner} ${switchName}`
    if (!this.states.has(key)) this.states.set(key, this.compiled(levelOf(this.park, owner), switchName))
    return this.states.get(key)
  }

  private compiled(level: SimLevel, switchName: string): SwitchState | undefined {
    const wanted = level.switches.find((each) => each.wanted.name === switchName)?.wanted
    if (!wanted) return undefined
    const uplinks = wanted.uplinks.map((uplink): SwitchPort => {
      return { kind: 'uplink', id: uplink.kind === 'nat' ? 'nat' : uplink.name }
    })
    const groups = new Set(wanted.portgroups.map(({ name }) => name))
    const vnics = level.machines.flatMap((machine) =>
      machine.state !== 'running'
        ? []
        : machine.hardware.nics
            .filter((nic) => nic.switchName === switchName && groups.has(nic.portgroup))
            .map((nic) => this.vnic(machine, nic)),
    )
    return compileSwitch(wanted, [...vnics, ...uplinks])
  }

  /** A NIC that carries a switch inside is promiscuous, as a bridge port's is; no guest changes its MAC. */
  private vnic(machine: SimMachine, nic: Nic): SwitchPort {
    const inside = levelOf(this.park, machine.hardware.path)
    return {
      kind: 'vnic',
      id: `${machine.hardware.name}:${nic.name}`,
      portgroup: nic.portgroup,
      initialMac: nic.mac,
      effectiveMac: nic.mac,
      guestPromiscuous: inside.switches.some(({ wanted }) => hasUplink(wanted, nic.name)),
    }
  }
}

function hasUplink({ uplinks }: LabSwitch, nicName: string): boolean {
  return uplinks.some((uplink) => uplink.kind === 'nic' && uplink.name === nicName)
}
