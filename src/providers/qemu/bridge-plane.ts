/** The inside of a hypervisor, where we are root: a Linux bridge a switch, a tap device a NIC. */
import { createHash } from 'node:crypto'
import type { Host } from '#host'
import type { LabSwitch, Nic, OverlayUplink } from '#lab'
import {
  type Argv,
  type BridgePort,
  bridgeDeviceName,
  compileBridge,
  compilePort,
  makeOverlays,
  removeBridge,
  removeOverlays,
  removePort,
  settleOverlays,
  type VxlanEnd,
  vxlanDevice,
} from '#switch'
import type { PortStats } from '../provider.ts'
import { BridgePorts } from './bridge-ports.ts'
import { readPortCounters, statsScript, type TapPort } from './bridge-stats.ts'
import type { Options } from './command-line.ts'
import type { Found } from './look.ts'
import type { NetworkPlane, SwitchChange, Wiring } from './plane.ts'
import type { MachineRecord } from './record.ts'
import { runScript, words } from './script.ts'

export function openBridgePlane(host: Host): NetworkPlane {
  return new BridgePlane(host)
}

class BridgePlane implements NetworkPlane {
  readonly #host: Host
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
    const lines = portsOf(machine, wiring).flatMap(({ tap, spec, port }) => [
      `[ -e /sys/class/net/${tap} ] || ip tuntap add dev ${tap} mode tap`,
      ...(spec && port ? commands(compilePort(spec, port)) : []),
    ])
    return lines.join('\n')
  }

  unplugScript(machine: MachineRecord, wiring: Wiring): string {
    const lines = portsOf(machine, wiring).flatMap(({ tap, spec, port }) => [
      ...(spec && port ? commands(removePort(spec, port)) : []),
      `[ ! -e /sys/class/net/${tap} ] || ip link del dev ${tap}`,
    ])
    return lines.join('\n')
  }

  async put({ wanted, before, after }: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    const uplinkDevices = wanted.uplinks.flatMap((uplink) => (uplink.kind === 'nic' ? [uplink.name] : []))
    const plugged = wiring.machines.flatMap((machine) => portsOf(machine, wiring))
    const ports = plugged.flatMap(({ tap, nic, spec, port }) => {
      if (nic.switchName !== wanted.name || !spec) return []
      // A NIC whose port group has gone stays a NIC without a cable.
      const lines = port ? commands(compilePort(spec, port)) : [`ip link set dev ${tap} nomaster`]
      return [`if [ -e /sys/class/net/${tap} ]; then`, ...lines, 'fi']
    })
    const own = wanted.uplinks.flatMap((uplink) =>
      uplink.kind === 'overlay' ? [{ device: vxlanDevice(uplink), vlan: uplink.vlan }] : [],
    )
    const ends = wanted.uplinks.flatMap((uplink) => (uplink.kind === 'overlay' ? [vxlanEnd(uplink)] : []))
    const bridge = commands([
      ...makeOverlays(ends),
      ...compileBridge(wanted, { uplinkDevices, own }),
      ...settleOverlays(wanted.name, ends),
    ])
    const script = [before, ...bridge, ...ports, after].join('\n')
    await runScript(this.#host, script, { doing: `make switch ${wanted.name}`, signal })
  }

  async drop({ wanted, before, after }: SwitchChange, _wiring: Wiring, signal: AbortSignal): Promise<void> {
    const bridge = commands([...removeOverlays(wanted.name), ...removeBridge(wanted.name)])
    const script = [before, ...bridge, after].join('\n')
    await runScript(this.#host, script, { doing: `remove switch ${wanted.name}`, signal })
  }

  /** Everything is plugged by the scripts that start and remove a machine. */
  async follow(): Promise<void> {}

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

function vxlanEnd({ local, peers, vni, udpPort, learning }: OverlayUplink): VxlanEnd {
  return { vni, udpPort, learning, nic: local.nic, local: local.ip, peers: peers.map(({ ip }) => ip) }
}

interface PluggedNic {
  readonly nic: Nic
  readonly tap: string
  /** Absent when the switch, or its port group, is not there. */
  readonly spec: LabSwitch | undefined
  readonly port: BridgePort | undefined
}

function portsOf({ machine }: MachineRecord, { switches }: Wiring): PluggedNic[] {
  return machine.nics.map((nic) => {
    const tap = tapName(machine.name, nic.name)
    const spec = switches.find(({ name }) => name === nic.switchName)
    const known = spec?.portgroups.some(({ name }) => name === nic.portgroup)
    const port = known ? { portgroup: nic.portgroup, tapDevice: tap, mac: nic.mac } : undefined
    return { nic, tap, spec, port }
  })
}

/** Longest name of a network device that Linux takes (IFNAMSIZ is 16 with the final zero). */
const linkNameBytes = 15

/** `web-nic0` where that fits, otherwise a hash; the dot keeps the two kinds apart. */
export function tapName(machine: string, nic: string): string {
  const plain = `${machine}-${nic}`
  if (plain.length <= linkNameBytes && !plain.includes('.')) return plain
  const hash = createHash('sha256').update(`${machine}/${nic}`).digest('hex')
  return `tap.${hash.slice(0, linkNameBytes - 4)}`
}

/** Each with an stdin of its own, since the script around them comes through stdin. */
function commands(argvs: readonly Argv[]): string[] {
  return argvs.map((argv) => `${words(...argv)} </dev/null`)
}
