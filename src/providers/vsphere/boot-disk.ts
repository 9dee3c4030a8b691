/** Brings a disk image of this machine to a datastore of the site, and gives each machine a copy of its own. */
import type { Machine } from '#lab'
import { fail } from './errors.ts'
import type { DiskContent, DiskSource } from './level.ts'
import { containerNameOf, recordNameOf } from './names.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { upload } from './soap/upload.ts'
import { listAt, type MoRef, numberAt, refAt, textAt, type VimValue } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

/** A disk that is there, to be taken as it is. */
export interface BootDisk {
  /** `[nas] nestlab-LAB_images-OWNER/web.vmdk` */
  readonly fileName: string
  readonly capacityMiB: number
}

export interface DiskOfMachine {
  readonly machine: Machine
  readonly source: DiskSource
}

/** A copy for this machine, made anew: what is there of a try that was cut off is written over. */
export async function bootDiskFor(on: Level, of: DiskOfMachine, signal: AbortSignal): Promise<BootDisk> {
  const { level, place } = on
  const content = await level.openDisk?.(of.source, of.machine, signal)
  if (!content) {
    const reason = 'disk images cannot be opened'
    throw fail('vsphere-cannot', { what: `Machine ${of.machine.path}`, reason })
  }
  const center = await datacenterOf(on, signal)
  const image = await on.inTurn('images', () => broughtThere(on, { content, center }, signal))
  const fileName = `${imagesFolderOf(on)}/${of.machine.name}.vmdk`
  const manager = level.connection.service('virtualDiskManager')
  const both = { sourceDatacenter: center.ref, destDatacenter: center.ref, force: true }
  const names = { sourceName: onStore(on, image), destName: onStore(on, fileName) }
  await runTask(level.connection, 'CopyVirtualDisk_Task', manager, { ...names, ...both }, { signal })
  return { fileName: `[${place.datastore.name}] ${fileName}`, capacityMiB: content.capacityMiB }
}

/** The calls, for people; what is there already is not sent again. */
export async function describeBootDisk(
  on: Level,
  { machine, source }: DiskOfMachine,
  signal: AbortSignal,
): Promise<{ readonly calls: readonly string[]; readonly bootDisk: BootDisk }> {
  const key = keyOfDisk(source, machine)
  const folder = imagesFolderOf(on)
  const image = onStore(on, `${folder}/${key}.vmdk`)
  const isThere = (await on.record.images(signal)).get(key)?.startsWith('there ') || hasSaid(on, key)
  const note = `ReconfigVM_Task ${recordNameOf(on.level.lab)}: that image ${source.name}`
  const sent = [
    `${note} is being sent`,
    `MakeDirectory ${onStore(on, folder)}`,
    `PUT ${image}, made from ${source.name}`,
    `${note} is there`,
  ]
  const fileName = onStore(on, `${folder}/${machine.name}.vmdk`)
  const copy = `CopyVirtualDisk_Task ${image} to ${fileName}`
  // How large an image is that was not fetched yet, nobody knows.
  const content = await on.level.openDisk?.(source, machine, signal).catch(() => undefined)
  const capacityMiB = content?.capacityMiB ?? machine.traits?.bootDiskMiB ?? 0
  return { calls: [...(isThere ? [] : sent), copy], bootDisk: { fileName, capacityMiB } }
}

/** Images that were told of in this plan, by the record of the lab. */
const told = new WeakMap<object, Set<string>>()

function hasSaid({ record }: Level, key: string): boolean {
  const known = told.get(record) ?? new Set()
  const isKnown = known.has(key)
  told.set(record, known.add(key))
  return isKnown
}

/** One image in one size; what the machine asks for beyond it is added before it is sent. */
export function keyOfDisk({ sha256 }: DiskSource, { traits }: Machine): string {
  return `${sha256.slice(0, 16)}-${traits?.bootDiskMiB ?? 0}`
}

/** Of all images of the lab, and of disks of machines that were cut off. Says what it removed. */
export async function removeImages(on: Level, signal: AbortSignal): Promise<readonly string[]> {
  const { record, level } = on
  const noted = await record.images(signal)
  if (noted.size === 0) return []
  const stores = new Set([...noted.values()].map((text) => text.replace(/^\w+ \d+ /, '')))
  const { ref: datacenter } = await datacenterOf(on, signal)
  const folder = imagesFolderOf(on)
  for (const store of stores) {
    const name = `[${store}] ${folder}`
    const manager = level.connection.service('fileManager')
    await runTask(
      level.connection,
      'DeleteDatastoreFile_Task',
      manager,
      { name, datacenter },
      { signal },
    ).catch((error: unknown) => {
      signal.throwIfAborted()
      if (!isFault(error, 'FileNotFound')) throw error
    })
  }
  for (const key of noted.keys()) await record.forgetImage(key, signal)
  return [`images ${folder}`]
}

/** Its path on the datastore. It counts as there once it was sent whole and the server says that it has its size. */
async function broughtThere(
  on: Level,
  { content, center }: { readonly content: DiskContent; readonly center: Center },
  signal: AbortSignal,
): Promise<string> {
  const { record, place, level } = on
  const store = place.datastore.name
  const folder = imagesFolderOf(on)
  const file = `${content.key}.vmdk`
  const path = `${folder}/${file}`
  const [, bytes = ''] = /^there (\d+) /.exec((await record.images(signal)).get(content.key) ?? '') ?? []
  if (bytes !== '' && (await sizeOf(on, { folder, file }, signal)) === Number(bytes)) return path
  await record.noteImage(content.key, `sending 0 ${store}`, signal)
  await needFolder(on, { folder, center }, signal)
  await using disk = await content.open(signal)
  const address = new URL('/folder/', level.connection.server.url)
  address.pathname += path.split('/').map(encodeURIComponent).join('/')
  address.search = new URLSearchParams({ dcPath: center.path, dsName: store }).toString()
  const { server, headers } = level.connection
  const type = { 'content-type': 'application/octet-stream' }
  const sending = { ...disk, name: file, method: 'PUT' as const, headers: { ...headers, ...type } }
  await upload({ ...server, url: address }, sending, { signal })
  const found = await sizeOf(on, { folder, file }, signal)
  if (found !== disk.sizeBytes) {
    const reason = `${found ?? 'no'} bytes of ${disk.sizeBytes} are there`
    throw fail('vsphere-upload-failed', { file, server: level.connection.server.url.host, reason })
  }
  await record.noteImage(content.key, `there ${found} ${store}`, signal)
  return path
}

async function needFolder(
  on: Level,
  { folder, center }: { readonly folder: string; readonly center: Center },
  signal: AbortSignal,
): Promise<void> {
  const { connection } = on.level
  const parameters = { name: onStore(on, folder), datacenter: center.ref, createParentDirectories: true }
  await connection
    .call('MakeDirectory', connection.service('fileManager'), parameters, { signal })
    .catch((error: unknown) => {
      signal.throwIfAborted()
      if (!isFault(error, 'FileAlreadyExists')) throw error
    })
}

/** Undefined where there is no such file. */
async function sizeOf(
  on: Level,
  { folder, file }: { readonly folder: string; readonly file: string },
  signal: AbortSignal,
): Promise<number | undefined> {
  const { connection } = on.level
  const [store] = await propertiesOf(
    connection,
    [on.place.datastore.ref],
    { Datastore: ['browser'] },
    { signal },
  )
  const browser = refAt(store?.properties.get('browser'))
  if (!browser) return undefined
  const searchSpec = {
    matchPattern: [file],
    details: { fileType: false, fileSize: true, modification: false, fileOwner: false },
  }
  const parameters = { datastorePath: onStore(on, folder), searchSpec }
  try {
    const found = await runTask(connection, 'SearchDatastore_Task', browser, parameters, { signal })
    const files: readonly VimValue[] = listAt(found, 'file')
    const [seen] = files.filter((one) => textAt(one, 'path') === file)
    return seen === undefined ? undefined : numberAt(seen, 'fileSize')
  } catch (error) {
    signal.throwIfAborted()
    if (isFault(error, 'FileNotFound')) return undefined
    throw error
  }
}

interface Center {
  readonly ref: MoRef
  /** As addresses of files name it: `folder/DC0`. */
  readonly path: string
}

/** The data centre around the machines, found upwards. */
async function datacenterOf({ level, place }: Level, signal: AbortSignal): Promise<Center> {
  const { connection } = level
  const root = connection.service('rootFolder').value
  const names: string[] = []
  let center: MoRef | undefined
  for (let at: MoRef | undefined = place.vmFolder; at && at.value !== root; ) {
    const paths = { Folder: ['name', 'parent'], Datacenter: ['name', 'parent'] }
    const [found] = await propertiesOf(connection, [at], paths, { signal })
    if (at.type === 'Datacenter') center = at
    if (center) names.unshift(String(found?.properties.get('name')))
    at = refAt(found?.properties.get('parent'))
  }
  if (center) return { ref: center, path: names.join('/') }
  throw fail('vsphere-missing', { what: 'datacenter', name: 'around the machines', names: [] })
}

/** Others may have a lab of that name, and a datastore in common with us. */
function imagesFolderOf({ level }: Level): string {
  return `${containerNameOf(level.lab)}_images-${level.owner ?? 'OWNER'}`
}

function onStore({ place }: Level, path: string): string {
  return `[${place.datastore.name}] ${path}`
}

function isFault(error: unknown, fault: string): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'fault' in cause && cause.fault === fault
}
