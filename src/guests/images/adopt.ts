/** Takes whole images that others packed into the store, and trusts nothing about them. */
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../errors.ts'
import type { Image } from '../guest.ts'
import { hashFile } from './hash-file.ts'
import { inspectDiskFile } from './inspect-file.ts'
import { imageOf, type Manifest, manifestFile, readManifest, sha256Of } from './manifest.ts'
import type { ImageStore } from './store.ts'

/**
 * `folder` holds the files of the image and its manifest; it becomes part of the store under `sha256`, and no name
 * leads to it yet. Every file is compared with the manifest, and disks must not lead to other files. Fails with
 * `image-damaged` and `disk-unusable`.
 */
export async function adoptImage(
  store: ImageStore,
  { folder, sha256 }: { readonly folder: string; readonly sha256: string },
  signal: AbortSignal,
): Promise<Image> {
  const there = await store.byDigest(sha256)
  if (there) return there
  const manifest = await checkedManifest(folder, sha256)
  await checkFiles(folder, manifest, signal)
  return await store.asWritten(async () => {
    // The library disk is made of them, and its bytes tell the rights of files.
    for (const file of await readdir(folder)) await chmod(join(folder, file), 0o644)
    await chmod(folder, 0o755)
    await mkdir(store.folder, { recursive: true })
    await rm(join(store.folder, sha256), { recursive: true, force: true })
    await rename(folder, join(store.folder, sha256))
    return imageOf(manifest, sha256)
  })
}

async function checkedManifest(folder: string, sha256: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestFile), 'utf8').catch(() => '')
  const manifest = sha256Of(text) === sha256 ? readManifest(text) : undefined
  if (!manifest)
    throw fail('image-damaged', { image: sha256, reason: `${manifestFile} is not what its hash says` })
  return manifest
}

async function checkFiles(folder: string, { files }: Manifest, signal: AbortSignal): Promise<void> {
  const there = (await readdir(folder)).filter((file) => file !== manifestFile).toSorted()
  if (JSON.stringify(there) !== JSON.stringify(Object.keys(files).toSorted()))
    throw fail('image-damaged', { image: folder, reason: 'it has other files than its manifest says' })
  for (const [file, wanted] of Object.entries(files)) {
    const path = join(folder, file)
    const found = await hashFile(path, { signal })
    if (found.sha256 !== wanted.sha256 || found.sizeBytes !== wanted.sizeBytes)
      throw fail('image-damaged', { image: folder, reason: `${file} is not what the manifest says` })
    if (!file.startsWith('disk.')) continue
    const verdict = await inspectDiskFile(path)
    const reason = 'refused' in verdict ? verdict.refused : undefined
    if (reason) throw fail('disk-unusable', { file, reason })
    if (!('format' in verdict) || file !== `disk.${verdict.format}`)
      throw fail('disk-unusable', { file, reason: 'it is of another format than its name says' })
  }
}
