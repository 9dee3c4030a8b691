/** Imports: a machine is made and held by a lease until its files have come, are given up, or nobody asks any more. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type MoRef, textAt, type VimObject, type VimValue } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods } from './call.ts'
import { located } from './datastore.ts'
import type { SdkServerParts } from './dispatch.ts'
import { checkSibling, storedName } from './entity.ts'
import { ended } from './http-door.ts'
import { destroyMachine, newFolder } from './machine-calls.ts'
import { freshConfig, reconfigured } from './machine-config.ts'
import { makeMachine } from './machine-object.ts'
import { devicesOf } from './nic-backing.ts'
import { deviceIdOf } from './ovf-calls.ts'
import { placed } from './placement.ts'
import { refOf } from './properties.ts'
import { faults, localized, SdkFault } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

/** Of a machine that is still held; in no answer. */
const held = '#lease'

export const leaseCalls: Methods = {
  ImportVApp: importMachine,
  HttpNfcLeaseProgress: ({ target, parameters }) => {
    checkReady(target)
    const percent = parameters.percent as number
    if (percent < 0 || percent > 100) throw faults.argument('percent')
    target.set('transferProgress', percent)
    return undefined
  },
  HttpNfcLeaseComplete: ({ world, target }) => {
    checkReady(target)
    target.set('state', 'done')
    world.need(target.object('info').entity as MoRef).set(held, undefined)
    return undefined
  },
  HttpNfcLeaseAbort: ({ world, target }) => {
    if (target.get('state') === 'done') throw faults.state()
    endLease(world, target, faults.cancelled())
    return undefined
  },
}

function checkReady(lease: SimObject): void {
  if (lease.get('state') !== 'ready') throw faults.state()
}

/** What is held is not changed by anybody. Throws `TaskInProgress`. */
export function checkNotHeld(target: SimObject): void {
  const lease = target.ref1(held)
  if (!lease) return
  throw new SdkFault('TaskInProgress', 'The operation is not allowed while an import goes on.', {
    task: { type: 'Task', value: `task-import-${lease.value}` },
  })
}

/** As when a client is gone for longer than a lease lasts. */
export function endLeases(world: World): void {
  const timedOut = new SdkFault('Timedout', 'The lease has run out.')
  for (const lease of world.all('HttpNfcLease'))
    if (lease.get('state') === 'ready') endLease(world, lease, timedOut)
  world.changed()
}

function endLease(world: World, lease: SimObject, reason: SdkFault): void {
  const machine = world.find(lease.object('info').entity as MoRef | undefined)
  lease.set('state', 'error')
  lease.set('error', localized(reason))
  if (!machine) return
  machine.set(held, undefined)
  destroyMachine(world, machine)
}

function importMachine({ world, target, parameters }: CallContext): MoRef {
  const specification = parameters.spec as VimObject
  if (specification.$type !== 'VirtualMachineImportSpec') throw faults.notSupported()
  const config = specification.configSpec as VimObject
  const folder = refOf(parameters, 'folder')
  // A lone host has one folder for all.
  if (!folder && world.isVCenter) throw faults.argument('folder')
  const parent = folder ? world.need(folder) : onlyFolder(world)
  const name = storedName(textAt(config, 'name') ?? '')
  checkSibling(world, parent, name)
  const host = placed(world, target, refOf(parameters, 'host'))
  const path = newFolder(world, { path: textAt(config, 'files', 'vmPathName'), name, host })
  const place = { world, host, folder: path, isOn: false }
  const made = reconfigured(freshConfig(world, { name, folder: path }), config, place)
  const machine = makeMachine(world, { config: made, parent: parent.ref, host: host.ref, pool: target.ref })
  return leaseOf(world, machine).ref
}

function onlyFolder(world: World): SimObject {
  const folders = world.all('Datacenter').flatMap((one) => one.ref1('vmFolder') ?? [])
  const [folder] = folders
  if (!folder) throw faults.argument('folder')
  return world.need(folder)
}

function leaseOf(world: World, machine: SimObject): SimObject {
  const lease = world.make('HttpNfcLease', world.nextId(world.isVCenter ? 'session-lease-' : 'ha-lease-'))
  const devices = devicesOf(machine)
  const deviceUrl = devices
    .filter(({ $type }) => $type === 'VirtualDisk')
    .map((disk, index) => {
      const bus = devices.find(({ key }) => key === disk.controllerKey)?.busNumber
      return {
        key: `/${machine.ref.value}/disk:${index}`,
        importKey: deviceIdOf(String(bus), String(disk.unitNumber)),
        // The star stands for the server that was asked.
        url: `http://*/nfc/${lease.ref.value}/disk-${index}.vmdk`,
        sslThumbprint: '',
        disk: true,
      }
    })
  machine.set(held, lease.ref)
  lease.set('state', 'ready')
  lease.set('initializeProgress', 100)
  lease.set('transferProgress', 0)
  const info: Record<string, VimValue> = {
    lease: lease.ref,
    entity: machine.ref,
    deviceUrl,
    totalDiskCapacityInKB: 0,
    leaseTimeout: 300,
  }
  lease.set('info', info)
  return lease
}

/** `/nfc/LEASE/disk-0.vmdk`: who has the address may write, as long as the lease lasts. */
export async function takeFile(
  { world, controls }: SdkServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const cut = controls.takeCut('/nfc')
  controls.calls.push('/nfc')
  if (cut === 'before') {
    response.destroy()
    return
  }
  const [, id = '', number = ''] = /^\/nfc\/([\w-]+)\/disk-(\d+)\.vmdk$/.exec(request.url ?? '') ?? []
  const lease = world.find({ type: 'HttpNfcLease', value: id })
  if (lease?.get('state') !== 'ready') return ended(response, 404, '')
  if (request.method !== 'POST' && request.method !== 'PUT') return ended(response, 405, '')
  const isStream = request.headers['content-type'] === 'application/x-vnd.vmware-streamVmdk'
  if (request.method === 'POST' && !isStream) return ended(response, 415, '')
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const content = Buffer.concat(chunks)
  const machine = world.find(lease.object('info').entity as MoRef | undefined)
  const disks = machine ? devicesOf(machine).filter(({ $type }) => $type === 'VirtualDisk') : []
  const fileName = textAt(disks[Number(number)], 'backing', 'fileName')
  // The lease may have ended meanwhile.
  if (fileName === undefined || lease.get('state') !== 'ready') return ended(response, 404, '')
  const { files, path } = located(world, fileName)
  files.files.set(path, { isFolder: false, bytes: content.length, content })
  ended(response, 201, '')
}
