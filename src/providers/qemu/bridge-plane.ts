/** Where we are root, as inside a hypervisor: a Linux bridge a switch, a tap device a NIC. */
import type { Host } from '#host'
import type { Nic } from '#lab'
import type { LevelPaths } from '#store'
import {
  type Argv,
  compileBridge,
  compilePorts,
  compileRules,
  makeOverlays,
  removeBridge,
  removeOverlays,
  removePorts,
  removeRules,
  settleOverlays,
} from '#switch'
import type { PortStats } from '../provider.ts'
import { clearDevices } from './bridge-clear.ts'
import { nicsOf, type PluggedNic, planOf, vxlanEndsOf } from './bridge-plans.ts'
import { BridgePorts, entryDevice } from './bridge-ports.ts'
import { readPortCounters, statsScript, type TapPort } from './bridge-stats.ts'
import type { Options } from './command-line.ts'
import {
  claimDevice,
  type DeviceNames,
  insideNames,
  labelDevice,
  makeDevice,
  removeDevice,
} from './device-names.ts'
import type { Found } from './look.ts'
import type { NetworkPlane, SwitchChange, Wiring } from './plane.ts'
import type { MachineRecord } from './record.ts'
import { RulesTold } from './rules-told.ts'
import { runScript, words } from './script.ts'

export interface BridgePlace {
  readonly host: Host
  readonly level: LevelPaths
  /** Where the kernel is shared with others; absent inside a hypervisor. */
  readonly names?: DeviceNames
  /** The kernel itself moves the frames of taps (vhost). */
  readonly vhost?: boolean
}

export function openBridgePlane(place: BridgePlace): NetworkPlane {
  return new BridgePlane(place)
}

class BridgePlane implements NetworkPlane {
  readonly #host: Host
  readonly #place: BridgePlace
  readonly #names: DeviceNames
  readonly #rules = new RulesTold()
  readonly ports: BridgePorts

  constructor(place: BridgePlace) {
    const { host, names = insideNames } = place
    this.#host = host
    this.#place = place
    this.#names = names
    this.ports = new BridgePorts(host, names)
  }

  netdev(machine: string, nic: Nic): Options {
    // Inside, vhost would need a kernel module that saves nothing under emulation.
    const vhost = this.#place.vhost ? 'on' : 'off'
    return ['tap', { ifname: this.#names.tap(machine, nic.name), script: 'no', downscript: 'no', vhost }]
  }

  plugScript(machine: MachineRecord, wiring: Wiring): string {
    const nics = nicsOf(machine, wiring, this.#names)
    this.#rules.begin()
    const taps = nics.flatMap(({ tap }) =>
      makeDevice(this.#names, tap, `ip tuntap add dev ${tap} mode tap </dev/null`),
    )
    const there = { ...wiring, machines: [...without(wiring, machine).machines, machine] }
    return [...taps, ...this.#plug(nics, there, compilePorts)].join('\n')
  }

  unplugScript(machine: MachineRecord, wiring: Wiring): string {
    const nics = nicsOf(machine, wiring, this.#names)
    this.#rules.begin()
    // A bad link has a device besides its tap.
    const taps = nics.flatMap(({ tap }) =>
      [entryDevice(tap), tap].flatMap((device) => removeDevice(this.#names, device)),
    )
    return [...this.#plug(nics, without(wiring, machine), removePorts), ...taps].join('\n')
  }

  #plug(nics: readonly PluggedNic[], wiring: Wiring, how: typeof compilePorts): string[] {
    return wiring.switches.flatMap((spec) => {
      const ports = nics.flatMap(({ nic, port }) => (nic.switchName === spec.name && port ? [port] : []))
      if (ports.length === 0) return []
      const plan = planOf(spec, wiring, this.#names)
      this.#rules.told(spec.name, plan)
      return commands(how(plan, ports))
    })
  }

  async put({ wanted, before, after }: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    const plan = planOf(wanted, wiring, this.#names)
    const ends = vxlanEndsOf(wanted)
    const nics = wiring.machines.flatMap((machine) => nicsOf(machine, wiring, this.#names))
    const bridge = this.#names.bridge(wanted.name)
    const made = compileBridge(plan)
    const script = [
      before,
      ...claimDevice(this.#names, bridge),
      // Ends of overlays are inside hypervisors only.
      ...commands(
        this.#names.shared ? made : [...makeOverlays(ends), ...made, ...settleOverlays(wanted.name, ends)],
      ),
      labelDevice(this.#names, bridge),
      // A NIC whose port group has gone stays a NIC without a cable.
      ...nics
        .filter(({ nic, port }) => nic.switchName === wanted.name && !port)
        .map(({ tap }) => `[ ! -e /sys/class/net/${tap} ] || ip link set dev ${tap} nomaster`),
      after,
    ].join('\n')
    await runScript(this.#host, script, { doing: `make switch ${wanted.name}`, signal })
  }

  async drop({ wanted, before, after }: SwitchChange, _wiring: Wiring, signal: AbortSignal): Promise<void> {
    const bridge = this.#names.bridge(wanted.name)
    const lines = this.#names.shared
      ? [...removeDevice(this.#names, bridge), ...commands([removeRules(bridge)])]
      : commands([...removeOverlays(wanted.name), ...removeBridge(wanted.name)])
    const script = [before, ...lines, after].join('\n')
    await runScript(this.#host, script, { doing: `remove switch ${wanted.name}`, signal })
  }

  /**
   * Ports are plugged by the scripts that start and remove machines, each with the rules of all ports as it knew them.
   * Where such scripts overlapped, the one that ran last may not have known of the others.
   */
  async follow(wiring: () => Promise<Wiring>, signal: AbortSignal): Promise<void> {
    const unsure = this.#rules.settle()
    if (unsure.length === 0) return
    const now = await wiring()
    const wanted = now.switches.filter(({ name }) => unsure.includes(name))
    const script = commands(wanted.map((spec) => compileRules(planOf(spec, now, this.#names)))).join('\n')
    await runScript(this.#host, script, { doing: 'bring the rules of bridges up to date', signal })
  }

  async alive({ links }: Found): Promise<(name: string) => boolean> {
    return (name) => links.has(this.#names.bridge(name))
  }

  async stats({ machines }: Found, signal: AbortSignal): Promise<readonly PortStats[]> {
    const ports = machines.flatMap(({ record }): TapPort[] =>
      record
        ? record.machine.nics.map((nic) => ({
            machine: record.machine.name,
            nic,
            tap: this.#names.tap(record.machine.name, nic.name),
          }))
        : [],
    )
    if (ports.length === 0) return []
    const script = statsScript(ports.map(({ tap }) => tap))
    return readPortCounters(
      ports,
      await runScript(this.#host, script, { doing: 'read the counters', signal }),
    )
  }

  /** Bridges go with their switches and taps with their machines, unless a record of these was damaged. */
  async clear(signal: AbortSignal): Promise<readonly string[]> {
    const { host, level } = this.#place
    return this.#names.shared ? await clearDevices({ host, level, shared: this.#names.shared }, signal) : []
  }
}

function without({ switches, machines }: Wiring, { machine }: MachineRecord): Wiring {
  return { switches, machines: machines.filter((other) => other.machine.name !== machine.name) }
}

/** Each with an stdin of its own, since the script around them comes through stdin. */
function commands(argvs: readonly Argv[]): string[] {
  return argvs.map((argv) => `${words(...argv)} </dev/null`)
}
