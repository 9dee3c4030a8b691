/** Datastores are mounted and let go; their folders and files are made, listed and taken away. */
import { flagAt, listAt, type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods, TaskMethods } from './call.ts'
import { hostOfSystem } from './compute.ts'
import { type DatastoreFiles, located, makeDatastore, pathText, takeSpace, usersOf } from './datastore.ts'
import { checkSibling, datacenterOf, removeEntity, storedName } from './entity.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

export const datastoreCalls: Methods = {
  CreateNasDatastore: createNas,
  RemoveDatastore: ({ world, target, parameters }) => {
    const host = hostOfSystem(world, target)
    const datastore = world.need(parameters.datastore as MoRef)
    const isUsed = usersOf(world, datastore).some(
      (machine) => (machine.object('runtime').host as MoRef).value === host.ref.value,
    )
    if (isUsed) throw faults.inUse(datastore.name, 'Datastore')
    unmount(world, datastore, host)
    return undefined
  },
  RescanAllHba: () => undefined,
  RescanVmfs: () => undefined,
  MakeDirectory: ({ world, parameters }) => {
    const text = textAt(parameters, 'name') ?? ''
    const { files, path, datastore } = located(world, text)
    if (path === '' || files.files.has(path)) throw faults.fileExists(text)
    const parent = path.split('/').slice(0, -1).join('/')
    if (!files.hasFolder(parent)) {
      if (parameters.createParentDirectories !== true) throw faults.noFile(pathText(datastore, parent))
      makeParents(files, parent)
    }
    files.files.set(path, { isFolder: true, bytes: 0 })
    return undefined
  },
}

export const datastoreTasks: TaskMethods = {
  DeleteDatastoreFile_Task: {
    run: ({ world, parameters }) => {
      const text = textAt(parameters, 'name') ?? ''
      const { files, path } = located(world, text)
      if (!files.files.has(path)) throw faults.noFile(text)
      files.remove(path)
      return undefined
    },
  },
  CopyVirtualDisk_Task: { run: copyDisk },
  SearchDatastore_Task: { run: (context) => search(context, false)[0] },
  SearchDatastoreSubFolders_Task: {
    run: (context) => ({ $as: 'ArrayOfHostDatastoreBrowserSearchResults', value: search(context, true) }),
  },
}

/** A disk that was uploaded as it is becomes one that machines can have. vCenter chooses the form itself. */
function copyDisk({ world, parameters }: CallContext): undefined {
  if (parameters.destSpec !== undefined && world.isVCenter) throw faults.notSupported()
  const from = textAt(parameters, 'sourceName') ?? ''
  const to = textAt(parameters, 'destName') ?? ''
  const source = located(world, from)
  const target = located(world, to)
  const file = source.files.files.get(source.path)
  if (!file || file.isFolder) throw faults.noFile(from)
  if (!to.endsWith('.vmdk')) throw faults.argument('destName')
  if (target.files.files.has(target.path) && parameters.force !== true) throw faults.fileExists(to)
  const parent = target.path.split('/').slice(0, -1).join('/')
  if (!target.files.hasFolder(parent)) throw faults.noFile(pathText(target.datastore, parent))
  takeSpace(target.datastore, target.path, file.bytes)
  return undefined
}

export function makeParents(files: DatastoreFiles, path: string): void {
  const steps = path.split('/')
  for (let count = 1; count <= steps.length; count += 1) {
    const folder = steps.slice(0, count).join('/')
    if (folder !== '' && !files.files.has(folder)) files.files.set(folder, { isFolder: true, bytes: 0 })
  }
}

function createNas({ world, target, parameters }: CallContext): MoRef {
  const host = hostOfSystem(world, target)
  const specification = parameters.spec as VimObject
  const name = storedName(textAt(specification, 'localPath') ?? '')
  const nas = {
    host: textAt(specification, 'remoteHost') ?? '',
    path: textAt(specification, 'remotePath') ?? '',
  }
  if (nas.host === '' || nas.path === '') throw faults.argument('spec.remoteHost')
  if (!['readWrite', 'readOnly'].includes(textAt(specification, 'accessMode') ?? '')) {
    throw faults.argument('spec.accessMode')
  }
  const mounted = host.refs('datastore').flatMap((ref) => world.find(ref) ?? [])
  if (mounted.some((one) => one.name === name)) throw faults.duplicate(name, host.ref)
  const folder = world.need(datacenterOf(world, host).ref1('datastoreFolder') as MoRef)
  const shared = sameExport(world, nas)
  if (shared && mounted.includes(shared)) throw faults.exists(shared.name)
  if (!shared) checkSibling(world, folder, name)
  const id = world.isVCenter ? world.nextId('datastore-') : `${nas.host}:${nas.path}`
  const size = { capacityMiB: 1_048_576, freeMiB: 1_048_576 }
  const datastore =
    shared ?? makeDatastore(world, { id, name, parent: folder.ref, ...size, type: 'NFS' as const, nas })
  if (!shared) folder.addRef('childEntity', datastore.ref)
  mount(datastore, host)
  return datastore.ref
}

/** Hosts that mount the same export see one datastore. */
function sameExport(world: World, { host, path }: { readonly host: string; readonly path: string }) {
  return world.all('Datastore').find((one) => {
    const nas = one.object('info').nas
    return textAt(nas, 'remoteHost') === host && textAt(nas, 'remotePath') === path
  })
}

export function mount(datastore: SimObject, host: SimObject): void {
  const mountInfo = {
    path: `/vmfs/volumes/${datastore.ref.value}`,
    accessMode: 'readWrite',
    mounted: true,
    accessible: true,
  }
  const mounts = datastore.get('host') as readonly VimObject[]
  datastore.set('host', [...mounts, { key: host.ref, mountInfo }])
  host.addRef('datastore', datastore.ref)
}

/** A datastore that no host sees any more is gone. */
export function unmount(world: World, datastore: SimObject, host: SimObject): void {
  if (!host.refs('datastore').some(({ value }) => value === datastore.ref.value)) return
  const mounts = datastore.get('host') as readonly VimObject[]
  const left = mounts.filter(({ key }) => (key as MoRef).value !== host.ref.value)
  datastore.set('host', left)
  host.dropRef('datastore', datastore.ref)
  if (left.length > 0) return
  world.remove(datastore.ref1('browser') ?? datastore.ref)
  removeEntity(world, datastore)
}

function search({ world, target, parameters }: CallContext, isDeep: boolean): readonly VimObject[] {
  const text = textAt(parameters, 'datastorePath') ?? ''
  const { datastore, files, path } = located(world, text)
  const isOwn = target.refs('datastore').some(({ value }) => value === datastore.ref.value)
  if (!isOwn)
    throw new SdkFault('InvalidDatastorePath', `Invalid datastore path '${text}'.`, { datastorePath: text })
  if (!files.hasFolder(path)) throw faults.noFile(text)
  const patterns = listAt(parameters, 'searchSpec', 'matchPattern').filter((one) => typeof one === 'string')
  const hasDetails = flagAt(parameters, 'searchSpec', 'details', 'fileSize') === true
  const below = [...files.files].filter(([, { isFolder }]) => isFolder).map(([folder]) => folder)
  const folders = [path, ...(isDeep ? below.filter((one) => path === '' || one.startsWith(`${path}/`)) : [])]
  return folders.map((folder) => ({
    $type: 'HostDatastoreBrowserSearchResults',
    datastore: datastore.ref,
    folderPath: pathText(datastore, folder === '' ? '' : `${folder}/`),
    file: filesIn(files, folder)
      .filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => matches(name, pattern)))
      .map(({ name, bytes, isFolder }) => ({
        $type: isFolder ? 'FolderFileInfo' : 'FileInfo',
        path: name,
        ...(hasDetails && { fileSize: bytes }),
      })),
  }))
}

function filesIn(files: DatastoreFiles, folder: string) {
  const prefix = folder === '' ? '' : `${folder}/`
  return [...files.files]
    .filter(([path]) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
    .map(([path, file]) => ({ name: path.slice(prefix.length), ...file }))
}

function matches(name: string, pattern: string): boolean {
  const parts = pattern
    .split('*')
    .map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\?/g, '.'))
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(name)
}
