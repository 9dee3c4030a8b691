/** Level 0 without root: one switch process a lab, which QEMU's NICs are plugged into by unix sockets. */
import type { Host } from '#host'
import type { Nic } from '#lab'
import type { LevelPaths, Roots } from '#store'
import { checkSocketPath, machinePaths, makePrivateFolder } from '#store'
import {
  applySwitch,
  type LiveConfig,
  type LivePortConfig,
  SwitchControl,
  stopSwitch,
  switchAlive,
} from '#switch'
import type { ImpairedPort } from '../network.ts'
import type { PortStats } from '../provider.ts'
import type { Options } from './command-line.ts'
import { readImpairments } from './impairments.ts'
import type { Found } from './look.ts'
import type { NetworkPlane, SwitchChange, Wiring } from './plane.ts'
import type { MachineRecord } from './record.ts'
import { runScript } from './script.ts'
import { Uplinks } from './uplinks/uplinks.ts'
import { UserSwitchPorts, withBadLinks } from './user-switch-ports.ts'

export interface UserSwitch {
  /** This machine: the switch process and the sockets it dials are here. */
  readonly host: Host
  readonly lab: string
  readonly level: LevelPaths
  /** The Node that runs the switch process, and its program. */
  readonly node: string
  readonly entry: string
  /** The program of the processes that serve uplinks. */
  readonly uplinkEntry: string
  readonly roots: Roots
}

export function openUserSwitchPlane(place: UserSwitch): NetworkPlane {
  return new UserSwitchPlane(place)
}

class UserSwitchPlane implements NetworkPlane {
  readonly #place: UserSwitch
  readonly #uplinks: Uplinks
  readonly ports: UserSwitchPorts

  constructor(place: UserSwitch) {
    this.#place = place
    const { node, uplinkEntry } = place
    this.#uplinks = new Uplinks({ ...place, program: { node, entry: uplinkEntry } })
    this.ports = new UserSwitchPorts(place.level, (all, wiring, signal) => this.#apply(wiring, signal, all))
  }

  netdev(machine: string, nic: Nic): Options {
    const path = machinePaths(this.#place.level, machine).nicSocket(nic.name)
    // QEMU listens and the switch dials: before 8.0, QEMU does not redial a switch that was restarted.
    return ['stream', { server: 'on', 'addr.type': 'unix', 'addr.path': path }]
  }

  plugScript(): string {
    return ''
  }

  unplugScript(): string {
    return ''
  }

  put(change: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    return this.#change(change, wiring, signal)
  }

  drop(change: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    return this.#change(change, wiring, signal)
  }

  async follow(wiring: () => Promise<Wiring>, signal: AbortSignal): Promise<void> {
    const wanted = await wiring()
    if (wanted.switches.length > 0) await this.#apply(wanted, signal)
  }

  async alive({ switches }: Found): Promise<(name: string) => boolean> {
    if (!(await switchAlive(this.#place.level.switchControl))) return () => false
    const broken = await this.#uplinks.broken(
      switches.map(({ wanted }) => wanted),
      new AbortController().signal,
    )
    return (name) => !broken.has(name)
  }

  async stats(): Promise<readonly PortStats[]> {
    if (!(await switchAlive(this.#place.level.switchControl))) return []
    const control = await SwitchControl.connect(this.#place.level.switchControl)
    try {
      return (await control.stats()).ports
    } finally {
      control.close()
    }
  }

  async clear(signal: AbortSignal): Promise<readonly string[]> {
    const { switchControl, switchPid } = this.#place.level
    const ended = await stopSwitch({ controlSocket: switchControl, pidFile: switchPid })
    const uplinks = await this.#uplinks.clear(signal)
    return ended ? [`switch process of ${this.#place.lab}`, ...uplinks] : uplinks
  }

  async #change({ wanted, before, after }: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    const options = { doing: `change switch ${wanted.name}`, signal }
    if (before) await runScript(this.#place.host, before, options)
    await makePrivateFolder(this.#place.level.run)
    await this.#uplinks.apply(wiring.switches, wanted, signal)
    await this.#apply(wiring, signal)
    await runScript(this.#place.host, after, options)
  }

  async #apply(wiring: Wiring, signal: AbortSignal, all?: readonly ImpairedPort[]): Promise<void> {
    const { host, level, node, entry } = this.#place
    checkSocketPath(level.switchControl)
    await makePrivateFolder(level.run)
    const impaired = all ?? (await readImpairments(host, level))
    const config = withBadLinks(this.#config(wiring), impaired)
    await applySwitch({
      config,
      configFile: level.switchConfig,
      logFile: level.switchLog,
      node,
      entry,
      signal,
    })
  }

  #config({ switches, machines }: Wiring): LiveConfig {
    const { lab, level } = this.#place
    const groups = new Set(switches.flatMap((s) => s.portgroups.map((group) => key(s.name, group.name))))
    const ports = machines.flatMap((record) => portsOf(record, level))
    return {
      lab,
      controlSocket: level.switchControl,
      pidFile: level.switchPid,
      switches,
      // A NIC whose port group has gone stays a NIC without a cable.
      ports: ports.filter((port) => groups.has(key(port.switchName, port.portgroup))),
      uplinks: this.#uplinks.sockets(switches),
    }
  }
}

const key = (switchName: string, portgroup: string): string => JSON.stringify([switchName, portgroup])

function portsOf({ machine }: MachineRecord, level: LevelPaths): LivePortConfig[] {
  const paths = machinePaths(level, machine.name)
  return machine.nics.map((nic) => ({
    id: `${machine.name}:${nic.name}`,
    switchName: nic.switchName,
    portgroup: nic.portgroup,
    initialMac: nic.mac,
    socket: paths.nicSocket(nic.name),
    rxFilter: { qmpSocket: paths.switchQmpSocket, nicId: nic.name },
  }))
}
