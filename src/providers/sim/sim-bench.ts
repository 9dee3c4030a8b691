/** Test bench of the simulated park: a clock moved by hand, the keys of a lab, orders and a switch. */
import { createHash } from 'node:crypto'
import { connectSsh, type Host } from '#host'
import type { LabSwitch, Machine, MacLearning, SecurityPolicy, Uplink, VlanPolicy } from '#lab'
import type { MachineOrder, Provider } from '../provider.ts'
import type { SimClock } from './clock.ts'
import type { SimOptions } from './index.ts'
import { makeKeyPair } from './key-pair.ts'
import { levelOf, machineAt, withLevel, withMachine } from './park.ts'
import { ParkFile } from './park-file.ts'

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

const client = makeKeyPair()
const host = makeKeyPair()

export const labKeys = {
  clientPrivate: client.private,
  clientPublic: client.public,
  hostPrivate: host.private,
  hostPublic: host.public,
}

export interface PluggedNic {
  readonly switchName: string
  readonly portgroup: string
  readonly ip?: string
}

export interface Wish {
  readonly name: string
  /** The hypervisor's path. */
  readonly inside?: string
  readonly hypervisor?: boolean
  readonly nics?: readonly PluggedNic[]
}

export function orderFor({ name, inside, hypervisor = false, nics = [] }: Wish): MachineOrder {
  const path = inside ? `${inside}/${name}` : name
  const machine: Machine = {
    path,
    name,
    level: path.split('/').length,
    uuid: '5f2c0000-0000-4000-8000-000000000001',
    image: { from: 'catalogue', name: 'tiny' },
    cpus: 1,
    memoryMiB: 96,
    nics: nics.map(({ ip, ...place }, at) => ({
      name: `nic${at}`,
      ...place,
      mac: macFor(path, at),
      ...(ip ? { address: { ip, prefixLength: 24 } } : {}),
    })),
    ...(hypervisor
      ? { hypervisor: { product: 'kvm', inside: { owner: path, switches: [], machines: [] } } }
      : {}),
  }
  return { machine, boot: { disks: [], settings: settingsFor(machine) }, digest: `${path}-1` }
}

function settingsFor({ name, path, nics }: Machine): string {
  return [
    `hostname=${name}`,
    `path=${path}`,
    `authorized_key=${labKeys.clientPublic}`,
    `host_key=${Buffer.from(labKeys.hostPrivate).toString('base64')}`,
    ...nics.map((nic) => `nic=${nic.name} ${nic.mac} 1500${nic.address ? ` ${nic.address.ip}/24` : ''}`),
    'control_mac=52:54:00:fe:fe:01',
  ].join('\n')
}

/** Different for each machine and NIC, and the same every time. */
function macFor(path: string, at: number): string {
  const hash = createHash('sha256').update(`${path} ${at}`).digest('hex')
  return `52:54:00:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`
}

/** A switch with one port group, `main`. */
export function switchWith(
  name: string,
  wish: {
    readonly uplinks?: readonly (string | Uplink)[]
    readonly vlan?: VlanPolicy
    /** Makes it a distributed switch. */
    readonly macLearning?: MacLearning
    readonly security?: Partial<SecurityPolicy>
  } = {},
): LabSwitch {
  const { uplinks = [], vlan = { mode: 'none' }, security, macLearning } = wish
  return {
    name,
    kind: macLearning ? 'distributed' : 'standard',
    mtu: 1500,
    uplinks: uplinks.map((uplink) => (typeof uplink === 'string' ? { kind: 'nic', name: uplink } : uplink)),
    portgroups: [
      {
        name: 'main',
        vlan,
        security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept', ...security },
        ...(macLearning && { macLearning }),
      },
    ],
  }
}

/** Enters a machine as the engine does. */
export async function enter(provider: Provider, name: string): Promise<Host> {
  const access = await provider.access(name)
  return connectSsh({
    name,
    stream: (signal) => access.control(signal),
    username: 'root',
    privateKey: labKeys.clientPrivate,
    hostPublicKey: labKeys.hostPublic,
    readyLimitMs: 10_000,
  })
}

/** Ends a machine's process from outside, which the provider is to notice. */
export async function crashInPark({ lab, file }: SimOptions, path: string): Promise<void> {
  await new ParkFile(file, lab).change((park) => {
    const owner = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const machine = machineAt(park, path)
    if (!machine) throw new Error(`no machine ${path}`)
    const dying = { ...machine, ending: { atMs: machine.bootedAtMs, as: 'crashed' } } as const
    return { park: withLevel(park, withMachine(levelOf(park, owner), dying)), answer: undefined }
  })
}
