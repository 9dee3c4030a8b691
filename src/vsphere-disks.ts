/** Opens disk images of the image store for a site of vSphere: as one file in the form that its datastores take. */
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Guests } from '#guests'
import type { Machine } from '#lab'
import { makePrivateFolder, type Roots, sitePaths } from '#store'
import { failSite } from './errors.ts'
import { type DiskContent, type DiskSource, keyOfDisk } from './providers/vsphere/index.ts'

const run = promisify(execFile)
const mib = 1024 * 1024

/** Nothing is written until it is opened; what was written then is gone when it is closed. */
export async function openDiskFor(
  { roots, guests }: { readonly roots: Roots; readonly guests: Pick<Guests, 'find'> },
  { source, machine }: { readonly source: DiskSource; readonly machine: Machine },
): Promise<DiskContent> {
  const image = await guests.find(machine.image)
  const format = image && (['qcow2', 'raw'] as const).find((one) => `disk.${one}` in image.files)
  if (!image || !format) throw failSite('disk-image-unfit', { image: source.name, machine: machine.path })
  const file = join(sitePaths(roots).images, image.sha256, `disk.${format}`)
  const wantedMiB = machine.traits?.bootDiskMiB ?? 0
  const ownMiB = Math.ceil((await virtualBytes(file, format)) / mib)
  if (wantedMiB > 0 && wantedMiB < ownMiB)
    throw failSite('disk-image-larger', { image: source.name, machine: machine.path, ownMiB, wantedMiB })
  return {
    key: keyOfDisk(source, machine),
    capacityMiB: Math.max(wantedMiB, ownMiB),
    open: (signal) => converted({ roots, file, format, capacityMiB: Math.max(wantedMiB, ownMiB) }, signal),
  }
}

async function virtualBytes(file: string, format: string): Promise<number> {
  const { stdout } = await run('qemu-img', ['info', '--output=json', '-f', format, file])
  return Number(JSON.parse(stdout)['virtual-size'])
}

/** A layer of the wanted size over the image, written out as one sparse file: CopyVirtualDisk_Task reads that form. */
async function converted(
  order: {
    readonly roots: Roots
    readonly file: string
    readonly format: string
    readonly capacityMiB: number
  },
  signal: AbortSignal,
) {
  const { scratch } = sitePaths(order.roots)
  await makePrivateFolder(scratch)
  const folder = await mkdtemp(join(scratch, 'vmdk-'))
  const close = () => rm(folder, { recursive: true, force: true })
  try {
    const [layer, disk] = [join(folder, 'layer.qcow2'), join(folder, 'disk.vmdk')]
    const layers = ['-b', order.file, '-F', order.format, layer, `${order.capacityMiB}M`]
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', ...layers], { signal })
    const form = ['-O', 'vmdk', '-o', 'subformat=monolithicSparse,adapter_type=lsilogic']
    await run('qemu-img', ['convert', '-f', 'qcow2', ...form, layer, disk], { signal })
    const { size: sizeBytes } = await stat(disk)
    return {
      sizeBytes,
      read: (within: AbortSignal) => createReadStream(disk, { signal: within }),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
