/** A simulated vCenter or ESXi host that is as strict as a real one, for tests and tutorials. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { fingerprintOf, type KeyAndCertificate, selfSigned } from './certificate.ts'
import { SdkControls } from './controls.ts'
import type { SdkServerParts } from './dispatch.ts'
import { listenerFor } from './http-door.ts'
import { fill } from './inventory.ts'
import { endLeases } from './lease-calls.ts'
import { setPower } from './machine-object.ts'
import type { SdkOptions } from './options.ts'
import { allVersions } from './schema.ts'
import { Sessions } from './session.ts'
import { Tasks } from './tasks.ts'
import { World } from './world.ts'

export type { Cut, FaultOrder, SdkControls } from './controls.ts'
export { unsupportedMethods } from './dispatch.ts'
export type {
  Licence,
  SdkCopiedVolume,
  SdkDatastore,
  SdkDisk,
  SdkDrive,
  SdkInventory,
  SdkOptions,
  SdkSpareHost,
} from './options.ts'

export interface Sdk {
  /** `https://127.0.0.1:PORT/sdk` */
  readonly url: URL
  /** SHA-256 of the certificate, in capitals with colons; absent without TLS. */
  readonly fingerprint?: string
  readonly controls: SdkControls
  /** All there is in the inventory, one line each: `VirtualMachine web`, with what it is made of. */
  picture(): readonly string[]
  /** Switches machines of this name off without anybody having asked, as when one crashes. */
  crash(machine: string): void
  /** Leases of imports run out, as when their client has been gone for five minutes. */
  endLeases(): void
  close(): Promise<void>
}

/** Rejects with a `RangeError` for an API version that no server ever had. */
export async function openSdk(options: SdkOptions): Promise<Sdk> {
  const { apiVersion, tls, port = 0, now = () => new Date() } = options
  if (!allVersions.includes(apiVersion)) throw new RangeError(`there is no vSphere API ${apiVersion}`)
  const world = new World({ kind: options.kind, api: apiVersion, now })
  world.withoutTools = new Set(options.withoutTools)
  const sessions = new Sessions()
  const controls = new SdkControls(sessions, options.licence ?? 'evaluation')
  fill(world, options, controls)
  const parts = { world, options, controls, sessions, tasks: new Tasks(world) }
  const pair = tls === 'self-signed' ? await selfSigned() : tls
  const server = serverFor(parts, pair)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    url: new URL(`${pair ? 'https' : 'http'}://127.0.0.1:${own}/sdk`),
    ...(pair && { fingerprint: fingerprintOf(pair.cert) }),
    controls,
    picture: () => picture(world),
    crash: (name) => {
      for (const machine of world.all('VirtualMachine'))
        if (machine.name === name) setPower(world, machine, 'poweredOff')
      world.changed()
    },
    endLeases: () => endLeases(world),
    close: async () => {
      sessions.endAll()
      controls.releaseTasks()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function serverFor(parts: SdkServerParts, pair: KeyAndCertificate | undefined): http.Server | https.Server {
  const listener = listenerFor(parts)
  return pair ? https.createServer(pair, listener) : http.createServer(listener)
}

/** Without ids and times, so that two moments can be compared. */
function picture(world: World): readonly string[] {
  const entities = world
    .all('ManagedEntity')
    .map((entity) => `${entity.ref.type} ${pathOf(world, entity.ref.value)}`)
  const networks = world.all('HostNetworkSystem').flatMap((system) => {
    const info = system.object('networkInfo')
    const { vswitch, portgroup } = info as {
      vswitch: readonly { name: string }[]
      portgroup: readonly { spec: { name: string } }[]
    }
    const host = pathOf(world, system.ref1('#host')?.value ?? '')
    return [
      ...vswitch.map(({ name }) => `vSwitch ${host} ${name}`),
      ...portgroup.map(({ spec }) => `PortGroup ${host} ${spec.name}`),
    ]
  })
  const fields = world.all('CustomFieldsManager').flatMap((manager) => {
    const defined = manager.get('field') as readonly { name: string }[]
    return defined.map(({ name }) => `CustomField ${name}`)
  })
  return [...entities, ...networks, ...fields].sort()
}

function pathOf(world: World, id: string): string {
  const entity = world.find({ type: 'ManagedObject', value: id })
  if (!entity) return ''
  const parent = entity.ref1('parent')
  return parent ? `${pathOf(world, parent.value)}/${entity.name}` : entity.name
}
