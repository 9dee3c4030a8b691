/** What each bridge of a level shall be, as the machines and switches of the level want it. */
import { createHash } from 'node:crypto'
import type { LabSwitch, Nic, OverlayUplink } from '#lab'
import { type BridgePlan, type BridgePort, type BridgeUplink, type VxlanEnd, vxlanDevice } from '#switch'
import type { Wiring } from './plane.ts'
import type { MachineRecord } from './record.ts'

/** All ports of the switch, in the order of the machines: by it they are spread over the uplinks. */
export function planOf(spec: LabSwitch, wiring: Wiring): BridgePlan {
  const plugged = wiring.machines.flatMap((machine) => nicsOf(machine, wiring))
  return {
    spec,
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

export function nicsOf({ machine }: MachineRecord, { switches }: Wiring): PluggedNic[] {
  return machine.nics.map((nic) => {
    const tap = tapName(machine.name, nic.name)
    const spec = switches.find(({ name }) => name === nic.switchName)
    const known = spec?.portgroups.some(({ name }) => name === nic.portgroup)
    return { nic, tap, port: known ? { portgroup: nic.portgroup, tapDevice: tap, mac: nic.mac } : undefined }
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
