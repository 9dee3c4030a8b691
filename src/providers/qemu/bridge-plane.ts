/** The inside of a hypervisor, where we are root: a Linux bridge a switch, a tap device a NIC. */
import type { Host } from '#host'
import type { Nic } from '#lab'
import {
  type Argv,
  bridgeDeviceName,
  compileBridge,
  compilePorts,
  compileRules,
  makeOverlays,
  removeBridge,
  removeOverlays,
  removePorts,
  settleOverlays,
} from '#switch'
import type { PortStats } from '../provider.ts'
import { nicsOf, type PluggedNic, planOf, tapName, vxlanEndsOf } from './bridge-plans.ts'
import { BridgePorts } from './bridge-ports.ts'
import { readPortCounters, statsScript, type TapPort } from './bridge-stats.ts'
import type { Options } from './command-line.ts'
import type { Found } from './look.ts'
import type { NetworkPlane, SwitchChange, Wiring } from './plane.ts'
import type { MachineRecord } from './record.ts'
import { RulesTold } from './rules-told.ts'
import { runScript, words } from './script.ts'

export function openBridgePlane(host: Host): NetworkPlane {
  return new BridgePlane(host)
}

class BridgePlane implements NetworkPlane {
  readonly #host: Host
  readonly #rules = new RulesTold()
  readonly ports: BridgePorts

  constructor(host: Host) {
    this.#host = host
    this.ports = new BridgePorts(host, tapName)
  }

  netdev(machine: string, nic: Nic): Options {
    // Plain tap: vhost would need a kernel module that saves nothing under emulation.
    return ['tap', { ifname: tapName(machine, nic.name), script: 'no', downscript: 'no', vhost: 'off' }]
  }

  plugScript(machine: MachineRecord, wiring: Wiring): string {
    const nics = nicsOf(machine, wiring)
    this.#rules.begin()
    const taps = nics.map(({ tap }) => `[ -e /sys/class/net/${tap} ] || ip tuntap add dev ${tap} mode tap`)
    const there = { ...wiring, machines: [...without(wiring, machine).machines, machine] }
    return [...taps, ...this.#plug(nics, there, compilePorts)].join('\n')
  }

  unplugScript(machine: MachineRecord, wiring: Wiring): string {
    const nics = nicsOf(machine, wiring)
    this.#rules.begin()
    const taps = nics.map(({ tap }) => `[ ! -e /sys/class/net/${tap} ] || ip link del dev ${tap}`)
    return [...this.#plug(nics, without(wiring, machine), removePorts), ...taps].join('\n')
  }

  #plug(nics: readonly PluggedNic[], wiring: Wiring, how: typeof compilePorts): string[] {
    return wiring.switches.flatMap((spec) => {
      const ports = nics.flatMap(({ nic, port }) => (nic.switchName === spec.name && port ? [port] : []))
      if (ports.length === 0) return []
      const plan = planOf(spec, wiring)
      this.#rules.told(spec.name, plan)
      return commands(how(plan, ports))
    })
  }

  async put({ wanted, before, after }: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    const plan = planOf(wanted, wiring)
    const ends = vxlanEndsOf(wanted)
    const nics = wiring.machines.flatMap((machine) => nicsOf(machine, wiring))
    const script = [
      before,
      ...commands([...makeOverlays(ends), ...compileBridge(plan), ...settleOverlays(wanted.name, ends)]),
      // A NIC whose port group has gone stays a NIC without a cable.
      ...nics
        .filter(({ nic, port }) => nic.switchName === wanted.name && !port)
        .map(({ tap }) => `[ ! -e /sys/class/net/${tap} ] || ip link set dev ${tap} nomaster`),
      after,
    ].join('\n')
    await runScript(this.#host, script, { doing: `make switch ${wanted.name}`, signal })
  }

  async drop({ wanted, before, after }: SwitchChange, _wiring: Wiring, signal: AbortSignal): Promise<void> {
    const bridge = commands([...removeOverlays(wanted.name), ...removeBridge(wanted.name)])
    const script = [before, ...bridge, after].join('\n')
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
    const script = commands(wanted.map((spec) => compileRules(planOf(spec, now)))).join('\n')
    await runScript(this.#host, script, { doing: 'bring the rules of bridges up to date', signal })
  }

  async alive({ links }: Found): Promise<(name: string) => boolean> {
    return (name) => links.has(bridgeDeviceName(name))
  }

  async stats({ machines }: Found, signal: AbortSignal): Promise<readonly PortStats[]> {
    const ports = machines.flatMap(({ record }): TapPort[] =>
      record
        ? record.machine.nics.map((nic) => ({
            machine: record.machine.name,
            nic,
            tap: tapName(record.machine.name, nic.name),
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

  /** Bridges go with their switches and taps with their machines; nothing runs for the level as a whole. */
  async clear(): Promise<readonly string[]> {
    return []
  }
}

function without({ switches, machines }: Wiring, { machine }: MachineRecord): Wiring {
  return { switches, machines: machines.filter((other) => other.machine.name !== machine.name) }
}

/** Each with an stdin of its own, since the script around them comes through stdin. */
function commands(argvs: readonly Argv[]): string[] {
  return argvs.map((argv) => `${words(...argv)} </dev/null`)
}
