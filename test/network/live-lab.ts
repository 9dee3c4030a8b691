/**
 * A whole lab on the live switch: every switch of every level in one process, every NIC a real socket. A hypervisor
 * is a cable from its NIC outside to the uplinks of the switches inside.
 */
import { resolve } from 'node:path'
import type { LabSwitch, Level, Machine, Nic, ResolvedLab } from '#lab'
import { type LiveConfig, type SwitchSpec, uplinkPortOf } from '#switch'
import { type Desk, Guest } from './guest.ts'
import { Wire } from './wire.ts'

/** A machine that can be pinged: its NIC with an address, and the MTU of the switch that it is plugged into. */
export interface End {
  readonly path: string
  readonly mtu: number
  readonly guest: Guest
}

type Part = Pick<LiveConfig, 'switches' | 'ports' | 'uplinks'>

export class LiveLab {
  readonly lab: ResolvedLab
  readonly ends: End[] = []
  readonly #wires: Wire[] = []
  readonly #prefix: string
  readonly #folder: string
  readonly #config: { [Key in keyof Part]: Part[Key][number][] } = { switches: [], ports: [], uplinks: [] }

  private constructor(lab: ResolvedLab, prefix: string, folder: string) {
    this.lab = lab
    this.#prefix = prefix
    this.#folder = folder
  }

  /** `prefix` keeps the names of several labs in one process apart. */
  static async plug(
    lab: ResolvedLab,
    { prefix, folder }: { readonly prefix: string; readonly folder: string },
    desk: Desk,
  ): Promise<LiveLab> {
    const live = new LiveLab(lab, prefix, folder)
    await live.#addLevel(lab.top, new Map(), desk)
    return live
  }

  /** Its part of the configuration. `forgetting`: the same switches, but none of them learns. */
  config(forgetting: boolean): Part {
    const { switches, ports, uplinks } = this.#config
    return { switches: forgetting ? switches.map(forgetful) : switches, ports, uplinks }
  }

  /** Frames that came out of switches so far. */
  get heard(): number {
    return this.#wires.reduce((sum, { heard }) => sum + heard, 0)
  }

  get connected(): boolean {
    return this.#wires.every((wire) => wire.connected)
  }

  close(): void {
    for (const wire of this.#wires) wire.close()
  }

  /** `outer`: the cables of the NICs of this level's owner. */
  async #addLevel(level: Level, outer: ReadonlyMap<string, Wire>, desk: Desk): Promise<void> {
    for (const labSwitch of level.switches) {
      this.#config.switches.push({ ...labSwitch, name: this.#nameOf(level, labSwitch.name) })
      for (const uplink of labSwitch.uplinks) {
        const { id } = uplinkPortOf(uplink)
        const wire = await this.#wire()
        join(outer.get(id), wire)
        this.#config.uplinks.push({
          switchName: this.#nameOf(level, labSwitch.name),
          uplink: id,
          socket: wire.path,
        })
      }
    }
    for (const machine of level.machines) {
      const wires = new Map<string, Wire>()
      for (const nic of machine.nics) wires.set(nic.name, await this.#addNic(level, machine, nic))
      if (machine.hypervisor) await this.#addLevel(machine.hypervisor.inside, wires, desk)
      const nic = machine.nics.find(({ address }) => address)
      const wire = nic && wires.get(nic.name)
      if (!nic || !wire) continue
      const guest = new Guest(this.ends.length, nic, wire, desk)
      this.ends.push({ path: machine.path, mtu: mtuOf(level.switches, nic), guest })
    }
  }

  async #addNic(level: Level, machine: Machine, nic: Nic): Promise<Wire> {
    const wire = await this.#wire()
    this.#config.ports.push({
      id: `${this.#prefix}${machine.path}:${nic.name}`,
      switchName: this.#nameOf(level, nic.switchName),
      portgroup: nic.portgroup,
      initialMac: nic.mac,
      socket: wire.path,
    })
    return wire
  }

  #nameOf(level: Level, name: string): string {
    return `${this.#prefix}${level.owner}/${name}`
  }

  async #wire(): Promise<Wire> {
    const wire = await Wire.listen(resolve(this.#folder, `${this.#prefix}${this.#wires.length}`))
    this.#wires.push(wire)
    return wire
  }
}

/** A cable between two ends; without the outer one, the uplink leads out of the lab. */
function join(outer: Wire | undefined, inner: Wire): void {
  if (!outer) return
  outer.onFrame = (frame) => inner.send(frame)
  inner.onFrame = (frame) => outer.send(frame)
}

function mtuOf(switches: readonly LabSwitch[], { switchName }: Nic): number {
  return switches.find(({ name }) => name === switchName)?.mtu ?? 0
}

function forgetful({ portgroups, ...spec }: SwitchSpec): SwitchSpec {
  const forgetting = portgroups.map(({ macLearning: _, ...group }) => group)
  return { ...spec, kind: 'standard', portgroups: forgetting }
}
