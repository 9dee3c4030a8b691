/** The images of a lab, as they are packed, and as they are taken in from others. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParcelEntry } from '#blueprints'
import type { AbsentImage } from '#cli'
import type { Image, ImageCommands } from '#guests'
import {
  type ImageReference,
  type Level,
  type Machine,
  machinesOf,
  type ResolvedLab,
  wellKnownImage,
} from '#lab'
import { hashOfFile } from './blueprint-files.ts'
import { blueprintPaths, type NotedImage } from './blueprint-form.ts'

/** Systems whose licences forbid to hand them on, by the names that people give to their images. */
const licensed = /^(windows|win-?\d|esxi|vmware|vcenter|vcsa|hyper-?v|macos)/

/** By name, each once. */
export function imagesByName(
  lab: ResolvedLab,
  find: ReadonlyMap<string, Image>,
): ReadonlyMap<string, { readonly image: Image; readonly redistributable: boolean }> {
  const named = new Map<string, { image: Image; redistributable: boolean }>()
  for (const machine of machinesOf(lab.top)) {
    const name = storeName(machine.image)
    const image = find.get(name)
    if (!image) continue
    const before = named.get(name)?.redistributable ?? true
    named.set(name, { image, redistributable: before && isRedistributable(machine) })
  }
  return named
}

export function isRedistributable({ image, hypervisor }: Machine): boolean {
  const product = hypervisor?.product ?? 'kvm'
  const name = image.from === 'catalogue' ? image.name : ''
  return product === 'kvm' && wellKnownImage(name)?.supplied !== 'by-user' && !licensed.test(name)
}

/** How the image store calls what a machine starts from. */
export function storeName(image: ImageReference): string {
  return image.from === 'catalogue' ? image.name : `sha256-${image.sha256.slice(0, 32)}`
}

/** The files of one image, with its manifest. */
export async function imageEntries(
  imagesFolder: string,
  { image, redistributable }: { readonly image: Image; readonly redistributable: boolean },
  signal: AbortSignal,
): Promise<readonly ParcelEntry[]> {
  const folder = join(imagesFolder, image.sha256)
  const manifest = join(folder, 'manifest.json')
  const facts = { mediaType: 'application/octet-stream', redistributable }
  const at = (file: string) => `${blueprintPaths.image(image.sha256)}/${file}`
  const files = Object.entries(image.files).map(
    ([file, { sha256, sizeBytes }]): ParcelEntry => ({
      ...{ ...facts, path: at(file), bytes: sizeBytes, sha256, sparse: true },
      file: join(folder, file),
    }),
  )
  const own = await hashOfFile(manifest, signal)
  return [...files, { ...facts, ...own, path: at('manifest.json'), sparse: false, file: manifest }]
}

export interface Adopted {
  /** New names by old ones, where the old one means something else here. */
  readonly renamed: ReadonlyMap<string, string>
  readonly missing: readonly AbsentImage[]
}

/**
 * Takes in what is below `folder`. No name that means something here changes its meaning: then the image gets a name of
 * its own, with its hash.
 */
export async function adoptImages(
  images: ImageCommands,
  of: { readonly folder: string; readonly noted: readonly NotedImage[] },
  signal: AbortSignal,
): Promise<Adopted> {
  const renamed = new Map<string, string>()
  const missing: AbsentImage[] = []
  for (const { name, sha256, redistributable } of of.noted) {
    const folder = join(of.folder, blueprintPaths.image(sha256))
    if (await isThere(join(folder, 'manifest.json'))) await images.adopt(folder, sha256, signal)
    const image = await images.byDigest(sha256)
    if (!image) {
      missing.push({ name, sha256, why: redistributable ? 'thin' : 'licence' })
      continue
    }
    const pin = `${name.slice(0, 45)}-${sha256.slice(0, 16)}`
    if (isOfName(image, name) && (await images.claim(name, sha256))) continue
    if (await images.claim(pin, sha256)) renamed.set(name, pin)
    else missing.push({ name, sha256, why: 'thin' })
  }
  return { renamed, missing }
}

/** Names of disks by their hash mean that very disk. */
function isOfName({ files }: Image, name: string): boolean {
  if (!name.startsWith('sha256-')) return true
  const disk = Object.entries(files).find(([file]) => file.startsWith('disk.'))?.[1].sha256
  return disk !== undefined && name === `sha256-${disk.slice(0, 32)}`
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}

/** Files of this machine mean nothing elsewhere: their images are called by their hash. */
export function withoutFiles(lab: ResolvedLab): ResolvedLab {
  const files = [...machinesOf(lab.top)].flatMap(({ image }) =>
    image.from === 'file' ? [storeName(image)] : [],
  )
  return withImages(lab, new Map(files.map((name) => [name, name])))
}

/** The lab with images of other names. */
export function withImages(lab: ResolvedLab, renamed: ReadonlyMap<string, string>): ResolvedLab {
  if (renamed.size === 0) return lab
  const level = (one: Level): Level => ({ ...one, machines: one.machines.map(machine) })
  const machine = (one: Machine): Machine => {
    const as = renamed.get(storeName(one.image))
    return {
      ...one,
      ...(as !== undefined && { image: { from: 'catalogue', name: as } }),
      ...(one.hypervisor && { hypervisor: { ...one.hypervisor, inside: level(one.hypervisor.inside) } }),
    }
  }
  return { ...lab, top: level(lab.top) }
}
