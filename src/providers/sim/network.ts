/**
 * Where a frame gets to in the whole simulated lab: from switch to switch, in and out of hypervisors. What each
 * switch does with it is the decision of room `switch`, the same that the live switch takes.
 */
import type { LabSwitch, Nic, OverlayUplink } from '#lab'
import {
  compileSwitch,
  decide,
  LearnedMacs,
  retagged,
  type SwitchPort,
  type SwitchState,
  uplinkPortOf,
} from '#switch'
import { broadcast, destinationOf, isTagged, tunnelFrame } from './frames.ts'
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

/** A switch, and what the frames of this network have taught it. */
interface Learner {
  readonly state: SwitchState
  readonly learned: LearnedMacs
}

const portOf = ({ machine, nic }: NicPlace) => `${machine.hardware.name}:${nic.name}`

export class Network {
  readonly events: PortEvent[] = []
  private readonly park: Park
  private readonly nowMs: number
  private readonly switches = new Map<string, Learner | undefined>()

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
    const { state, learned } = this.switchOf(owner, switchName) ?? {}
    const ingress = state?.ports.findIndex((port) => port.id === traveller.port) ?? -1
    if (!state || !learned || ingress < 0) return
    this.note(traveller, state, { port: ingress, what: 'received' })
    const { vlan, deliveries, drops, lesson } = decide(state, ingress, frame, learned)
    // One ping takes no time in which anything could be forgotten.
    if (lesson) learned.take(lesson, 0)
    for (const { port, reason } of drops) this.note(traveller, state, { port, what: { dropped: reason } })
    for (const { port, tag } of deliveries) {
      this.note(traveller, state, { port, what: 'sent' })
      const leaving = { ...traveller, frame: retagged(frame, tag, vlan), hops: traveller.hops + 1 }
      const { id = '', uplink } = state.ports[port] ?? {}
      yield* uplink ? this.outBy(leaving, id) : this.into(leaving, id)
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

  /** What is plugged into a port: a guest's NIC, behind it perhaps a switch. */
  private *into(frame: Traveller, port: string): Generator<Traveller | Reached> {
    const { owner } = frame
    const level = levelOf(this.park, owner)
    const [machineName, nicName] = port.split(':')
    const machine = level.machines.find(({ hardware }) => hardware.name === machineName)
    const nic = machine?.hardware.nics.find(({ name }) => name === nicName)
    if (!machine || !nic || !isUp(machine, this.nowMs)) return
    const destination = destinationOf(frame.frame)
    if (!isTagged(frame.frame) && (destination === nic.mac || destination === broadcast)) {
      yield { owner, machine, nic, hops: frame.hops }
    }
    const inside = levelOf(this.park, machine.hardware.path)
    for (const { wanted } of inside.switches) {
      if (!hasUplink(wanted, nic.name)) continue
      yield { ...frame, owner: inside.owner, switchName: wanted.name, port: nic.name }
    }
  }

  /** What lies behind an uplink. NAT, tunnels and all uplinks of L0 lead out of the simulation. */
  private *outBy(frame: Traveller, port: string): Generator<Traveller> {
    const { owner, switchName } = frame
    const wanted = levelOf(this.park, owner).switches.find((each) => each.wanted.name === switchName)?.wanted
    const uplink = wanted?.uplinks.find((each) => uplinkPortOf(each).id === port)
    if (uplink?.kind === 'overlay') yield* this.throughOverlay(frame, uplink)
    if (uplink?.kind !== 'nic' || owner === '') return
    const from = this.nicOf(owner, uplink.name)
    if (from) yield { ...frame, owner: from.owner, switchName: from.nic.switchName, port: portOf(from) }
  }

  /** Each peer that the network below reaches gets the frame on the switch where its own end is. */
  private *throughOverlay(frame: Traveller, { name, local, peers }: OverlayUplink): Generator<Traveller> {
    const from = this.nicOf(local.machine, local.nic)
    for (const peer of peers) {
      const to = this.nicOf(peer.machine, peer.nic)
      if (!from || !to || peer.machine === local.machine) continue
      const outer = tunnelFrame({ from: from.nic.mac, to: to.nic.mac }, frame.frame.length)
      const arrived = this.send(from, outer).some(({ nic }) => nic.mac === to.nic.mac)
      const end = levelOf(this.park, peer.machine).switches.find(({ wanted }) => overlayOf(wanted, name))
      const port = end && overlayOf(end.wanted, name)
      if (!arrived || !port) continue
      yield { ...frame, owner: peer.machine, switchName: end.wanted.name, port: uplinkPortOf(port).id }
    }
  }

  /** A NIC of a hypervisor that is up, where it is plugged in. */
  private nicOf(path: string, nicName: string): NicPlace | undefined {
    const slash = path.lastIndexOf('/')
    const owner = slash < 0 ? '' : path.slice(0, slash)
    const machine = levelOf(this.park, owner).machines.find(({ hardware }) => hardware.path === path)
    const nic = machine?.hardware.nics.find(({ name }) => name === nicName)
    return machine && nic && isUp(machine, this.nowMs) ? { owner, machine, nic } : undefined
  }

  private switchOf(owner: string, switchName: string): Learner | undefined {
    const key = `${owner} ${switchName}`
    if (!this.switches.has(key)) {
      const state = this.compiled(levelOf(this.park, owner), switchName)
      this.switches.set(key, state && { state, learned: new LearnedMacs() })
    }
    return this.switches.get(key)
  }

  private compiled(level: SimLevel, switchName: string): SwitchState | undefined {
    const wanted = level.switches.find((each) => each.wanted.name === switchName)?.wanted
    if (!wanted) return undefined
    const groups = new Set(wanted.portgroups.map(({ name }) => name))
    const vnics = level.machines.flatMap((machine) =>
      machine.state !== 'running'
        ? []
        : machine.hardware.nics
            .filter((nic) => nic.switchName === switchName && groups.has(nic.portgroup))
            .map((nic) => this.vnic(machine, nic)),
    )
    return compileSwitch(wanted, [...vnics, ...wanted.uplinks.map(uplinkPortOf)])
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

function overlayOf({ uplinks }: LabSwitch, name: string): OverlayUplink | undefined {
  return uplinks.find((uplink): uplink is OverlayUplink => uplink.kind === 'overlay' && uplink.name === name)
}

function hasUplink({ uplinks }: LabSwitch, nicName: string): boolean {
  return uplinks.some((uplink) => uplink.kind === 'nic' && uplink.name === nicName)
}
