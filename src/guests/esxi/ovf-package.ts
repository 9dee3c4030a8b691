/** Opens an OVA, or an OVF descriptor with its files beside it, so that they can be sent somewhere; none is trusted. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { Failure } from '#failure'
import { type OpenDisk, openDisk } from '../images/open-disk.ts'
import { fail } from './errors.ts'
import { type Ova, type OvaOptions, readOva } from './ova.ts'
import { descriptorBytes, type OvfDescriptor, readOvf } from './ovf-descriptor.ts'
import { checkManifest, manifestBytes, type StoredFile } from './ovf-manifest.ts'
import { memberName, TarProblem } from './tar-reader.ts'

export interface PackagedFile {
  readonly name: string
  readonly sizeBytes: number
  /** All of its bytes. */
  read(signal: AbortSignal): Readable
}

/** What was opened stays what it was, whatever becomes of the names of its files; dispose it when done. */
export interface OvfPackage extends AsyncDisposable {
  readonly descriptor: OvfDescriptor
  readonly descriptorText: string
  readonly files: readonly PackagedFile[]
  readonly checkedBy: Ova['checkedBy']
}

export interface PackageOptions extends OvaOptions {
  /** The files are only looked for, for those who want to know what it is made of. */
  readonly skipsSums?: boolean
}

/** Fails with `ova-unfit`, `ovf-unreadable`, `file-missing`, `file-outside`. */
export async function openOvfPackage(file: string, options: PackageOptions): Promise<OvfPackage> {
  options.signal.throwIfAborted()
  const open: OpenDisk[] = []
  const close = async () => {
    for (const disk of open.splice(0)) await disk[Symbol.asyncDispose]()
  }
  try {
    const disk = await openDisk(file)
    open.push(disk)
    const read = /\.ovf$/i.test(file) ? await readFolder(file, open, options) : await readOva(disk, options)
    return {
      ...read,
      files: read.files.map((one) => ({
        name: one.name,
        sizeBytes: one.sizeBytes,
        read: (signal) => bytesOf(one, signal),
      })),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    if (options.signal.aborted) throw options.signal.reason
    if (error instanceof TarProblem) throw fail('ova-unfit', { file, reason: error.message }, error)
    throw error
  }
}

function bytesOf({ path, offsetBytes, sizeBytes }: StoredFile, signal: AbortSignal): Readable {
  if (sizeBytes === 0) return Readable.from([])
  const range = { start: offsetBytes, end: offsetBytes + sizeBytes - 1, highWaterMark: 2 ** 20, signal }
  return createReadStream(path, range)
}

/** The descriptor is open already, as the first of `open`; what else is opened is added. */
async function readFolder(
  file: string,
  open: OpenDisk[],
  { skipsSums, ...options }: PackageOptions,
): Promise<Ova> {
  const folder = dirname(file)
  const [first] = open
  if (!first) throw new Error('the descriptor is not open')
  const descriptorText = await textOf(first, basename(file), descriptorBytes)
  const descriptor = readOvf(descriptorText)
  const files: StoredFile[] = []
  for (const name of descriptor.files) {
    memberName(name, files)
    const disk = await openDisk(join(folder, name), folder)
    open.push(disk)
    files.push({ name, path: disk.path, offsetBytes: 0, sizeBytes: disk.sizeBytes })
  }
  const manifest = skipsSums ? undefined : await manifestBeside(file, open)
  const own = { name: basename(file), path: first.path, offsetBytes: 0, sizeBytes: first.sizeBytes }
  const checkedBy =
    manifest === undefined ? 'nothing' : await checkManifest(manifest, [own, ...files], options)
  return { descriptor, descriptorText, files, checkedBy }
}

/** An appliance need not have one. */
async function manifestBeside(file: string, open: OpenDisk[]): Promise<string | undefined> {
  const path = file.replace(/\.ovf$/i, '.mf')
  const disk = await openDisk(path, dirname(file)).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'file-missing') return undefined
    throw error
  })
  if (!disk) return undefined
  open.push(disk)
  return await textOf(disk, basename(path), manifestBytes)
}

async function textOf({ path, sizeBytes }: OpenDisk, name: string, mostBytes: number): Promise<string> {
  if (sizeBytes > mostBytes) throw new TarProblem(`${name} is too large for what it is`)
  return new TextDecoder('utf-8', { fatal: false }).decode(await readFile(path))
}
