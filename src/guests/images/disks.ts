/** Takes disks that others made into the store, from a file or an address, and trusts nothing about them. */
import { mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ImageReference } from '#lab'
import type { ImageProgress } from '../catalogue.ts'
import { fail } from '../errors.ts'
import { download } from './download.ts'
import { type FileFacts, hashFile } from './hash-file.ts'
import { inspectDiskFile } from './inspect-file.ts'
import { openDisk } from './open-disk.ts'
import type { ImageStore, Stored } from './store.ts'

interface Work {
  readonly store: ImageStore
  readonly name: string
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
}

/** A name made of the file's: `debian-12.qcow2` → `debian-12`. */
export function diskName(file: string): string {
  const base = basename(file).replace(/\.(qcow2|raw|img)$/i, '')
  return base.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-')
}

interface FileToImport {
  readonly file: string
  readonly sha256?: string
  /** The file must lie in this folder, wherever symbolic links lead. */
  readonly root?: string
}

/** Copies first and looks then, so that nobody can exchange the file between the two. */
export async function importDisk(of: Work & FileToImport): Promise<Stored> {
  const { store, file, root, sha256, name, onProgress, signal } = of
  await using source = await openDisk(file, root)
  // Awaited here: the file must not be closed before.
  return await store.inScratch(async (scratch) => {
    const copy = join(scratch, 'disk')
    const onBytes = (doneBytes: number) =>
      onProgress({ image: name, doing: 'copying', doneBytes, totalBytes: source.sizeBytes })
    const facts = await hashFile(source.path, { to: copy, signal, onBytes })
    if (sha256 && facts.sha256 !== sha256) {
      throw fail('checksum-wrong', { file, wanted: sha256, found: facts.sha256 })
    }
    return addDisk({ store, name, source: file, scratch, copy, facts })
  })
}

type DiskReference = Exclude<ImageReference, { from: 'catalogue' }>

export async function fetchDisk(of: Work & { reference: DiskReference }): Promise<Stored> {
  const { store, reference, name, onProgress, signal } = of
  const { sha256 } = reference
  if (reference.from === 'file') {
    const { file, root } = reference
    return importDisk({ store, name, onProgress, signal, sha256, file, root })
  }
  const folder = join(store.scratch, 'downloads')
  await store.asWritten(() => mkdir(folder, { recursive: true }))
  const { url } = reference
  const onBytes = (doneBytes: number, totalBytes?: number) =>
    onProgress({ image: name, doing: 'downloading', doneBytes, ...(totalBytes ? { totalBytes } : {}) })
  const file = await store.asWritten(() => download({ url, sha256, folder, onBytes, signal }))
  return store.inScratch(async (scratch) => {
    const copy = join(scratch, 'disk')
    await rename(file, copy)
    return addDisk({ store, name, source: url, scratch, copy, facts: { sha256, sizeBytes: 0 } })
  })
}

interface Adding {
  readonly store: ImageStore
  readonly name: string
  readonly source: string
  readonly scratch: string
  readonly copy: string
  readonly facts: FileFacts
}

async function addDisk({ store, name, source, scratch, copy, facts }: Adding): Promise<Stored> {
  const verdict = await inspectDiskFile(copy)
  if ('refused' in verdict) throw fail('disk-unusable', { file: source, reason: verdict.refused })
  const out = join(scratch, 'out')
  await mkdir(out)
  await rename(copy, join(out, `disk.${verdict.format}`))
  return store.add(out, { name, guest: 'cloud', inputs: [{ name: basename(source), sha256: facts.sha256 }] })
}
