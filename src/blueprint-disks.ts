/** The disks that machines of a running lab wrote to: packed as one layer each, and put on the images of whoever takes them in. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inspectDiskFile } from '#guests'
import type { Boot, Disk } from '#lab'
import { failBlueprint } from './errors.ts'

const run = promisify(execFile)

/** By the names of their files. */
export function writtenDisks({
  disks,
}: Boot): readonly (readonly [string, Extract<Disk, { kind: 'image' }>])[] {
  return disks.flatMap((disk, index) =>
    disk.kind === 'image' && disk.overlay ? [[`disk${index}`, disk] as const] : [],
  )
}

interface Layer {
  readonly imagesFolder: string
  readonly disk: Extract<Disk, { kind: 'image' }>
}

/** All that was written since the image, in one layer that names no other file. */
export async function flattenDisk(
  from: string,
  to: string,
  { imagesFolder, disk }: Layer,
  signal: AbortSignal,
) {
  const image = join(imagesFolder, disk.source.image, disk.source.file)
  const onImage = ['-B', image, '-F', disk.format]
  await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'qcow2', ...onImage, from, to], { signal })
  await run('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-b', '', to], { signal })
}

/** No program opens the disk before its header has shown that it leads to no other file. Fails with `blueprint-lab-wrong`. */
export async function standOnImage(
  file: string,
  { imagesFolder, disk, source }: Layer & { readonly source: string },
  signal: AbortSignal,
): Promise<void> {
  const verdict = await inspectDiskFile(file)
  const reason = 'refused' in verdict ? verdict.refused : verdict.format === 'raw' && 'it is no qcow2 layer'
  if (reason) throw failBlueprint('blueprint-lab-wrong', { source, reason: `a disk is not used: ${reason}.` })
  const image = join(imagesFolder, disk.source.image, disk.source.file)
  await run('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-F', disk.format, '-b', image, file], { signal })
}
