/** Opens an OVA that is not trusted: its descriptor, where its files lie in it, and whether they are what its manifest says. */
import { type FileHandle, open } from 'node:fs/promises'
import { type OpenDisk, openDisk } from '../images/open-disk.ts'
import { fail } from './errors.ts'
import { descriptorBytes, type OvfDescriptor, readOvf } from './ovf-descriptor.ts'
import { checkManifest, manifestBytes, type StoredFile, type SumKind } from './ovf-manifest.ts'
import { readBytes, readTar, type TarMember, TarProblem } from './tar-reader.ts'

export interface Ova {
  readonly descriptor: OvfDescriptor
  readonly descriptorText: string
  /** In the order of the archive, without descriptor, manifest and certificate. Their bytes can be sent from where they lie. */
  readonly files: readonly StoredFile[]
  /** How the files were compared with the manifest; `nothing` where there is none. SHA-1 finds damage, not malice. */
  readonly checkedBy: SumKind | 'nothing'
}

export interface OvaOptions {
  readonly signal: AbortSignal
  readonly onBytes?: (doneBytes: number) => void
  /** Its files are not compared with its manifest. */
  readonly skipsSums?: boolean
}

/** Reads all of it once where it has a manifest. Fails with `ova-unfit`, `ovf-unreadable`, `file-missing`. */
export async function openOva(file: string, options: OvaOptions): Promise<Ova> {
  options.signal.throwIfAborted()
  await using disk = await openDisk(file)
  try {
    return await readOva(disk, options)
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason
    if (error instanceof TarProblem) throw fail('ova-unfit', { file, reason: error.message }, error)
    throw error
  }
}

/** The same of one that is open. Rejects with a `TarProblem` where it is unfit. */
export async function readOva({ path }: OpenDisk, options: OvaOptions): Promise<Ova> {
  const archive = await open(path, 'r')
  try {
    return await read(archive, path, options)
  } finally {
    await archive.close()
  }
}

async function read(archive: FileHandle, path: string, options: OvaOptions): Promise<Ova> {
  const members = (await readTar(archive)).map((one) => ({ ...one, path }))
  const [first, ...rest] = members
  // DSP0243 5.3: the descriptor comes first, the manifest next, and there is one of each.
  if (!first || !/\.ovf$/i.test(first.name)) throw new TarProblem('its first file is no .ovf descriptor')
  const descriptorText = await textOf(archive, first, descriptorBytes)
  const descriptor = readOvf(descriptorText)
  const files = rest.filter(({ name }) => !/\.(?:mf|cert)$/i.test(name))
  if (files.some(({ name }) => /\.ovf$/i.test(name))) throw new TarProblem('it has more than one descriptor')
  const manifests = rest.filter(({ name }) => /\.mf$/i.test(name))
  if (manifests.length > 1) throw new TarProblem('it has more than one manifest')
  checkReferences(descriptor, files)
  const [manifest] = manifests
  const text = manifest && !options.skipsSums ? await textOf(archive, manifest, manifestBytes) : undefined
  const checkedBy = text === undefined ? 'nothing' : await checkManifest(text, [first, ...files], options)
  return { descriptor, descriptorText, files, checkedBy }
}

function checkReferences({ files }: OvfDescriptor, members: readonly TarMember[]): void {
  for (const name of files)
    if (!members.some((member) => member.name === name))
      throw new TarProblem(`its descriptor wants ${JSON.stringify(name.slice(0, 60))}, which is not in it`)
  for (const { name } of members)
    if (!files.includes(name)) throw new TarProblem(`its descriptor does not name ${name}`)
}

async function textOf(archive: FileHandle, member: TarMember, mostBytes: number): Promise<string> {
  if (member.sizeBytes > mostBytes) throw new TarProblem(`${member.name} in it is too large for what it is`)
  const bytes = await readBytes(archive, member.offsetBytes, member.sizeBytes)
  return new TextDecoder('utf-8', { fatal: false }).decode(bytes)
}
