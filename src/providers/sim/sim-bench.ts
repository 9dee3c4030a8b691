/** Test bench of the simulated park: a clock moved by hand, the keys of a lab, orders and a switch. */
import ssh2 from 'ssh2'
import type { LabSwitch, Machine } from '#lab'
import type { MachineOrder } from '../provider.ts'
import type { SimClock } from './clock.ts'

export class SteppedClock implements SimClock {
  private nowMs = 1_000_000

  now(): number {
    return this.nowMs
  }

  /** Sleepers wake at once: what they wait for is only time. */
  async sleep(virtualMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.nowMs += virtualMs
  }

  pass(ms: number): void {
    this.nowMs += ms
  }
}

const client = ssh2.utils.generateKeyPairSync('ed25519')
const host = ssh2.utils.generateKeyPairSync('ed25519')

export const labKeys = {
  clientPrivate: client.private,
  clientPublic: client.public,
  hostPrivate: host.private,
  hostPublic: host.public,
}

export const boardSwitch: LabSwitch = {
  name: 'board',
  kind: 'standard',
  mtu: 1500,
  uplinks: [],
  portgroups: [
    {
      name: 'main',
      vlan: { mode: 'none' },
      security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
    },
  ],
}

export interface Wish {
  readonly name: string
  readonly inside?: string
  readonly hypervisor?: boolean
}

export function orderFor({ name, inside, hypervisor = false }: Wish): MachineOrder {
  const mac = '52:54:00:00:00:01'
  const machine: Machine = {
    path: inside ? `${inside}/${name}` : name,
    name,
    level: inside ? 2 : 1,
    uuid: '5f2c0000-0000-4000-8000-000000000001',
    image: { from: 'catalogue', name: 'tiny' },
    cpus: 1,
    memoryMiB: 96,
    nics: [{ name: 'nic0', switchName: 'board', portgroup: 'main', mac }],
    ...(hypervisor
      ? { hypervisor: { product: 'kvm', inside: { owner: name, switches: [], machines: [] } } }
      : {}),
  }
  const settings = [
    `hostname=${name}`,
    `path=${machine.path}`,
    `authorized_key=${labKeys.clientPublic}`,
    `host_key=${Buffer.from(labKeys.hostPrivate).toString('base64')}`,
    `nic=nic0 ${mac} 1500 10.0.10.1/24`,
    'control_mac=52:54:00:fe:fe:01',
  ].join('\n')
  return { machine, boot: { disks: [], settings }, digest: `${name}-1` }
}
