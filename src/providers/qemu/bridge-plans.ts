/** What each bridge of a level shall be, as the machines and switches of the level want it. */
import type { LabSwitch, Nic, OverlayUplink } from '#lab'
import {
  type BridgePlan,
  type BridgePort,
  type BridgeUplink,
  dropLogGroup,
  type VxlanEnd,
  vxlanDevice,
} from '#switch'
import type { DeviceNames } from './device-names.ts'
import type { Wiring } from './plane.ts'
import type { MachineRecord } from './record.ts'

/** All ports of the switch, in the order of the machines: by it they are spread over the uplinks. */
export function planOf(spec: LabSwitch, wiring: Wiring, names: DeviceNames): BridgePlan {
  const plugged = wiring.machines.flatMap((machine) => nicsOf(machine, wiring, names))
  return {
    spec,
    logGroup: dropLogGroup,
    device: names.bridge(spec.name),
    shared: names.shared !== undefined,
    uplinks: spec.uplinks.flatMap((uplink): BridgeUplink[] => {
      if (uplink.kind === 'nic') return [{ device: uplink.name }]
      return uplink.kind === 'overlay' ? [{ device: vxlanDevice(uplink), vlan: uplink.vlan }] : []
    }),
    ports: plugged.flatMap(({ nic, port }) => (nic.switchName === spec.name && port ? [port] : [])),
  }
}

export function vxlanEndsOf({ uplinks }: LabSwitch): VxlanEnd[] {
  return uplinks.flatMap((uplink) => (uplink.kind === 'overlay' ? [vxlanEnd(uplink)] : []))
}

function vxlanEnd({ local, peers, vni, udpPort, learning }: OverlayUplink): VxlanEnd {
  return { vni, udpPort, learning, nic: local.nic, local: local.ip, peers: peers.map(({ ip }) => ip) }
}

export interface PluggedNic {
  readonly nic: Nic
  readonly tap: string
  /** Absent when the switch, or its port group, is not there. */
  readonly port: BridgePort | undefined
}

export function nicsOf({ machine }: MachineRecord, { switches }: Wiring, names: DeviceNames): PluggedNic[] {
  return machine.nics.map((nic) => {
    const tap = names.tap(machine.name, nic.name)
    const spec = switches.find(({ name }) => name === nic.switchName)
    const known = spec?.portgroups.some(({ name }) => name === nic.portgroup)
    return { nic, tap, port: known ? { portgroup: nic.portgroup, tapDevice: tap, mac: nic.mac } : undefined }
  })
}
