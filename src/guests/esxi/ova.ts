/** Opens an OVA that is not trusted: its descriptor, where its files lie in it, and whether they are what its manifest says. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '#failure'
import { openDisk } from '../images/open-disk.ts'
import { fail } from './errors.ts'
import { descriptorBytes, type OvfDescriptor, readOvf } from './ovf-descriptor.ts'
import { readBytes, readTar, type TarMember, TarProblem } from './tar-reader.ts'

export interface Ova {
  readonly descriptor: OvfDescriptor
  readonly descriptorText: string
  /** In the order of the archive, without descriptor, manifest and certificate. Their bytes can be sent from where they lie. */
  readonly files: readonly TarMember[]
  /** How the files were compared with the manifest; `nothing` where there is none. SHA-1 finds damage, not malice. */
  readonly checkedBy: SumKind | 'nothing'
}

type SumKind = (typeof sumKinds)[number]

const sumKinds = ['sha1', 'sha256', 'sha512'] as const

export interface OpenOvaOptions {
  readonly signal: AbortSignal
  readonly onBytes?: (doneBytes: number) => void
}

/** Reads all of it once where it has a manifest. Fails with `ova-unfit`, `ovf-unreadable`, `file-missing`. */
export async function openOva(file: string, options: OpenOvaOptions): Promise<Ova> {
  options.signal.throwIfAborted()
  await using disk = await openDisk(file)
  const archive = await open(disk.path, 'r')
  try {
    return await read(archive, disk.path, options)
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason
    if (error instanceof Failure) throw error
    if (error instanceof TarProblem) throw fail('ova-unfit', { file, reason: error.message }, error)
    throw error
  } finally {
    await archive.close()
  }
}

async function read(archive: FileHandle, path: string, options: OpenOvaOptions): Promise<Ova> {
  const members = await readTar(archive)
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
  const checkedBy = manifest
    ? await checkManifest(await textOf(archive, manifest, 65_536), {
        path,
        files: [first, ...files],
        options,
      })
    : 'nothing'
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

const digestLine = /^(SHA1|SHA256|SHA512) ?\(([^()\r\n]+)\) ?= ?([0-9a-fA-F]{40,128})$/

interface Checking {
  readonly path: string
  readonly files: readonly TarMember[]
  readonly options: OpenOvaOptions
}

async function checkManifest(text: string, { path, files, options }: Checking): Promise<Ova['checkedBy']> {
  const wanted = new Map<string, { readonly kind: SumKind; readonly digest: string }>()
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue
    const [, written = '', name = '', digest = ''] = digestLine.exec(line.trim()) ?? []
    const kind = sumKinds.find((one) => one === written.toLowerCase())
    if (!kind) throw new TarProblem('its manifest has a line that is none')
    if (wanted.has(name))
      throw new TarProblem(`its manifest names ${JSON.stringify(name.slice(0, 60))} twice`)
    wanted.set(name, { kind, digest: digest.toLowerCase() })
  }
  const kinds = new Set([...wanted.values()].map(({ kind }) => kind))
  if (kinds.size > 1) throw new TarProblem('its manifest has several kinds of sums')
  for (const name of wanted.keys())
    if (!files.some((file) => file.name === name))
      throw new TarProblem(`its manifest names ${JSON.stringify(name.slice(0, 60))}, which is not in it`)
  for (const file of files) {
    const line = wanted.get(file.name)
    if (!line) throw new TarProblem(`its manifest does not name ${file.name}`)
    if ((await digestOf(path, file, { ...options, kind: line.kind })) !== line.digest)
      throw new TarProblem(`${file.name} in it has another sum than its manifest says`)
  }
  return [...kinds][0] ?? 'nothing'
}

async function digestOf(
  path: string,
  { offsetBytes, sizeBytes }: TarMember,
  { kind, signal, onBytes }: OpenOvaOptions & { readonly kind: SumKind },
): Promise<string> {
  const hash = createHash(kind)
  if (sizeBytes === 0) return hash.digest('hex')
  const range = { start: offsetBytes, end: offsetBytes + sizeBytes - 1, highWaterMark: 2 ** 20, signal }
  let done = offsetBytes
  for await (const chunk of createReadStream(path, range) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    done += chunk.length
    onBytes?.(done)
  }
  return hash.digest('hex')
}
