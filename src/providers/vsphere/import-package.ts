/** Imports an OVA or OVF of this machine: the server reads its descriptor, makes a machine, and takes the files over a lease. */
import type { Machine } from '#lab'
import { fail } from './errors.ts'
import type { OvfContent } from './level.ts'
import { isHarmless, marksOf } from './machine-spec.ts'
import { machineNameOf, networkNameOf } from './names.ts'
import { isNic } from './prepared.ts'
import { failureOf, localizedFault } from './soap/faults.ts'
import { propertiesOf } from './soap/properties.ts'
import type { Server } from './soap/secure.ts'
import { upload } from './soap/upload.ts'
import {
  at,
  flagAt,
  isList,
  isRef,
  listAt,
  type MoRef,
  refAt,
  textAt,
  typeOfObject,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'
import { laterThan, pause } from './soap/waiting.ts'
import type { Level } from './switches.ts'

export interface ImportOrder {
  readonly machine: Machine
  /** Where the package is from, for people. */
  readonly from: string
  readonly content: OvfContent
  readonly folder: MoRef
  readonly pool: MoRef
  readonly host?: MoRef | undefined
}

const leaseLookMs = 300
/** Servers give a lease five minutes without a sign of life. */
const signOfLifeMs = 20_000
const lastWordsMs = 15_000

/**
 * The machine, with its files but without a digest, so that it counts as unfinished. What fails takes it back on the
 * server. Fails with `vsphere-not-prepared`, `vsphere-upload-failed`, and what the server refuses.
 */
export async function importPackage(on: Level, order: ImportOrder, signal: AbortSignal): Promise<MoRef> {
  const { connection } = on.level
  const { importSpec, items } = await importSpecFor(on, order, signal)
  const spec = marked(on, order.machine, importSpec)
  const folder = on.place.isVCenter ? { folder: order.folder } : {}
  const parameters = { spec, ...folder, ...(order.host && { host: order.host }) }
  signal.throwIfAborted()
  // Who gives up while it begins still learns of its lease, since nobody could end it otherwise.
  using later = laterThan(signal, lastWordsMs)
  const lease = await connection.call('ImportVApp', order.pool, parameters, { signal: later })
  if (!isRef(lease)) throw fail('vsphere-answer-unreadable', { reason: 'ImportVApp gave no lease' })
  try {
    signal.throwIfAborted()
    const info = await readyLease(on, lease, signal)
    const entity = refAt(info, 'entity')
    if (!entity) throw fail('vsphere-answer-unreadable', { reason: 'the lease names no machine' })
    await sendFiles(on, { ...order, lease, info, items }, signal)
    await connection.call('HttpNfcLeaseComplete', lease, {}, { signal })
    return entity
  } catch (error) {
    const limit = AbortSignal.timeout(lastWordsMs)
    await connection.call('HttpNfcLeaseAbort', lease, {}, { signal: limit }).catch(() => undefined)
    throw error
  }
}

/** What `CreateImportSpec` is asked, for plans as well; values may be secrets. */
export function importParametersOf(
  on: Level,
  { machine, content, host }: Pick<ImportOrder, 'machine' | 'content' | 'host'>,
  network: MoRef | undefined,
): VimObject {
  const { level, place } = on
  // A lone host knows no properties: there they are settings of the machine.
  const properties = place.isVCenter ? Object.entries(content.properties) : []
  return {
    locale: '',
    deploymentOption: '',
    entityName: machineNameOf(level.lab, machine.name, place.isVCenter),
    ...(host && { hostSystem: host }),
    ...(network && { networkMapping: content.networks.map((name) => ({ name, network })) }),
    propertyMapping: properties.map(([key, value]) => ({ key, value })),
    diskProvisioning: 'thin',
  }
}

async function importSpecFor(on: Level, order: ImportOrder, signal: AbortSignal) {
  const { level, place } = on
  const { connection } = level
  const { content, pool } = order
  const network = await anyNetwork(on, order.machine, signal)
  const result = await connection.call(
    'CreateImportSpec',
    connection.service('ovfManager'),
    {
      ovfDescriptor: content.descriptor,
      resourcePool: pool,
      datastore: place.datastore.ref,
      cisp: importParametersOf(on, order, network),
    },
    { signal },
  )
  const [error] = listAt(result, 'error')
  if (error !== undefined) {
    const { message, fault } = localizedFault(error)
    refuse(order, `the server does not take its descriptor (${fault}): ${message}`)
  }
  const importSpec = at(result, 'importSpec')
  if (typeOfObject(importSpec) !== 'VirtualMachineImportSpec') refuse(order, 'it is not one machine')
  return { importSpec: importSpec as VimObject, items: checkedItems(order, listAt(result, 'fileItem')) }
}

interface Item {
  readonly deviceId: string
  readonly isNew: boolean
  readonly file: OvfContent['files'][number]
}

/** What the server wants to be sent must be a file of the package, as a whole. */
function checkedItems(order: ImportOrder, items: readonly VimValue[]): readonly Item[] {
  return items.map((item) => {
    const path = textAt(item, 'path') ?? ''
    const file = order.content.files.find(({ name }) => name === path)
    if (!file) return refuse(order, `the server asks for ${JSON.stringify(path)}, which is not in it`)
    const packing = textAt(item, 'compressionMethod') ?? ''
    if (packing !== '' && packing !== 'identity') refuse(order, `${path} in it is packed as ${packing}`)
    if (at(item, 'chunkSize') !== undefined && at(item, 'chunkSize') !== 0)
      refuse(order, `${path} in it is in pieces`)
    return { deviceId: textAt(item, 'deviceId') ?? '', isNew: flagAt(item, 'create') === true, file }
  })
}

/** Without NICs, which would be in the first network there is; and as a machine of the lab from its first moment on. */
function marked({ level, place }: Level, machine: Machine, importSpec: VimObject): VimObject {
  const config = (at(importSpec, 'configSpec') ?? {}) as VimObject
  const marks = marksOf(level, machine).map(([key, value]) => ({ key, value }))
  return {
    ...importSpec,
    configSpec: {
      ...config,
      name: machineNameOf(level.lab, machine.name, place.isVCenter),
      uuid: machine.uuid,
      deviceChange: listAt(config, 'deviceChange').filter((change) => isTaken(at(change, 'device'))),
      extraConfig: [
        ...listAt(config, 'extraConfig').filter((one) => isHarmless(textAt(one, 'key') ?? '')),
        ...marks,
      ],
    },
  }
}

/** Nobody has to trust a descriptor: what would reach files or devices of a host is left out. */
function isTaken(device: VimValue | undefined): boolean {
  return !isNic(device) && !reaching.test(typeOfObject(device) ?? '')
}

const reaching =
  /^Virtual(SerialPort|ParallelPort|USB|USB(Remote|Host).*|PCIPassthrough|SCSIPassthrough|Floppy)$/

/** Any will do for the descriptor to be read, but that of the first NIC is the one that is meant. */
async function anyNetwork(on: Level, { nics }: Machine, signal: AbortSignal): Promise<MoRef | undefined> {
  const { level, place } = on
  const { ref } = place.compute
  const [compute] = await propertiesOf(level.connection, [ref], { [ref.type]: ['network'] }, { signal })
  const value = compute?.properties.get('network')
  const refs = isList(value) ? value.filter(isRef) : []
  const types = Object.fromEntries(refs.map(({ type }) => [type, ['name']]))
  const named = await propertiesOf(level.connection, refs, types, { signal })
  const wanted = nics[0] && networkNameOf(level.lab, nics[0].portgroup)
  return (named.find(({ properties }) => properties.get('name') === wanted) ?? named[0])?.ref
}

async function readyLease({ level }: Level, lease: MoRef, signal: AbortSignal): Promise<VimValue> {
  const paths = { HttpNfcLease: ['state', 'error', 'info'] }
  for (;;) {
    const [read] = await propertiesOf(level.connection, [lease], paths, { signal })
    if (!read) throw fail('vsphere-gone', { method: 'ImportVApp', object: 'its lease' })
    const state = read.properties.get('state')
    const info = read.properties.get('info')
    if (state === 'ready' && info !== undefined) return info
    if (state === 'error') throw failureOf(localizedFault(read.properties.get('error')), 'ImportVApp')
    if (state === 'done') throw fail('vsphere-gone', { method: 'ImportVApp', object: 'its lease' })
    await pause(leaseLookMs, signal)
  }
}

interface Transfer extends ImportOrder {
  readonly lease: MoRef
  readonly info: VimValue
  readonly items: readonly Item[]
}

async function sendFiles({ level }: Level, transfer: Transfer, signal: AbortSignal): Promise<void> {
  const { lease, info, items } = transfer
  const { connection } = level
  const allBytes = items.reduce((sum, { file }) => sum + file.sizeBytes, 0)
  let before = 0
  let done = 0
  const tell = () => {
    const percent = allBytes === 0 ? 0 : Math.min(99, Math.floor((done / allBytes) * 100))
    connection.call('HttpNfcLeaseProgress', lease, { percent }, { signal }).catch(() => undefined)
  }
  const alive = setInterval(tell, signOfLifeMs)
  try {
    for (const { deviceId, isNew, file } of items) {
      const device = listAt(info, 'deviceUrl').find((one) => textAt(one, 'importKey') === deviceId)
      if (!device) return refuse(transfer, `the server gives no place for ${file.name}`)
      const target = targetOf(connection.server, textAt(device, 'url') ?? '', textAt(device, 'sslThumbprint'))
      await upload(
        target,
        {
          ...{ name: file.name, sizeBytes: file.sizeBytes, read: file.read },
          // Disks come in the form that is made for streams; whatever else is put there as it is.
          method: isNew ? 'PUT' : 'POST',
          headers: isNew ? { overwrite: 't' } : { 'content-type': 'application/x-vnd.vmware-streamVmdk' },
        },
        {
          signal,
          onBytes: (bytes) => {
            done = before + bytes
          },
        },
      )
      before += file.sizeBytes
    }
  } finally {
    clearInterval(alive)
  }
}

/** A star stands for the server that was asked; a host is held to the certificate that vCenter knows of it. */
function targetOf(server: Server, text: string, thumbprint: string | undefined): Server {
  const { url } = server
  const target = new URL(text.replace(/^(https?:\/\/)\*(?=[:/])/, `$1${url.hostname}`))
  if (text.includes('//*/')) target.port = url.port
  if (target.host === url.host) return { ...server, url: target }
  const { allowsOldTls } = server
  return {
    url: target,
    ...(thumbprint !== undefined && thumbprint !== '' && { fingerprint: thumbprint }),
    ...(allowsOldTls !== undefined && { allowsOldTls }),
  }
}

function refuse({ machine, from }: Pick<ImportOrder, 'machine' | 'from'>, reason: string): never {
  throw fail('vsphere-not-prepared', { machine: machine.path, source: from, reason })
}
