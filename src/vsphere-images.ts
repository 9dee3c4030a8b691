/** What the machines of a lab start from on a site of vSphere, as its settings and the lab file say. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { type ImageReference, type Machine, machinesOf, type ResolvedLab, wellKnownImage } from '#lab'
import type { VsphereSite } from '#store'
import type { ImageSource } from './providers/vsphere/index.ts'

/** Longest way from one copy to another that is followed. */
const mostCopies = 50

/**
 * What the site says a machine starts from; undefined when it says nothing. A machine's own path comes before the name
 * of its image: each host that is installed unattended needs an ISO of its own.
 */
export function sourceOf(
  { images = {}, emptyDisks = false }: VsphereSite,
  { image, path }: Pick<Machine, 'image'> & { readonly path?: string },
): ImageSource | undefined {
  const keys = [path, image.from === 'catalogue' ? image.name : undefined]
  const key = keys.find((one) => one !== undefined && Object.hasOwn(images, one))
  const text = key === undefined ? undefined : images[key]
  if (text !== undefined) return readSource(text)
  if (image.from !== 'catalogue' || !wellKnownImage(image.name)) return diskSource(image)
  return emptyDisks ? { kind: 'empty' } : undefined
}

/** An image of this machine. One that was imported is known by its name, and looked at when it is opened. */
function diskSource(image: ImageReference): ImageSource {
  if (image.from === 'catalogue') return { kind: 'disk', name: image.name, sha256: hashOf(image.name) }
  const name = basename(image.from === 'file' ? image.file : new URL(image.url).pathname)
  return { kind: 'disk', name, sha256: image.sha256 }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** `[nas] iso/esxi.iso`, `/home/me/esxi.ova`, `library:LIBRARY/ITEM`, `golden`, `linked:golden` or `linked:golden@sealed`. */
function readSource(text: string): ImageSource {
  if (/^\[[^\]]+\].*\.iso$/i.test(text)) return { kind: 'iso', path: text }
  const [, library, item] = /^library:([^/]+)\/(.+)$/.exec(text) ?? []
  if (library !== undefined && item !== undefined) return { kind: 'library', library, item }
  if (isPackagePath(text)) return { kind: 'package', file: text }
  const [, name = '', snapshot] = /^linked:([^@]+)(?:@(.+))?$/.exec(text) ?? []
  return name === '' ? { kind: 'template', name: text } : { kind: 'template', name, linked: { snapshot } }
}

/** Of a file on this machine; such a path is kept whole, so that it means the same in every folder. */
export function isPackagePath(text: string): boolean {
  return /^\/.*\.(?:ova|ovf)$/i.test(text)
}

export type Found =
  | { readonly source: ImageSource | undefined }
  /** Why what the file says cannot be. */
  | { readonly refusal: string }

/**
 * A copy of a machine of the lab starts from what that one starts from, where that is something prepared; a copy of
 * anything else is one of a machine that was prepared on the site.
 */
export function sourceIn(site: VsphereSite, lab: ResolvedLab, machine: Machine): Found {
  const clone = machine.traits?.clone
  if (!clone) return { source: sourceOf(site, machine) }
  const original = originalOf(lab, machine)
  const linked = clone.linked ? { linked: { snapshot: clone.snapshot } } : {}
  if (typeof original === 'string') return { source: { kind: 'template', name: original, ...linked } }
  const source = original && sourceOf(site, original)
  if (source?.kind === 'template') return { source: { ...source, ...linked } }
  // Made from the same package again, it is the same as a copy.
  if ((source?.kind === 'package' || source?.kind === 'library') && !clone.linked) return { source }
  return { refusal: nothingPrepared(site, machine, original) }
}

/** The machine of the lab at the end of all copies, or the name of one that is not of the lab. */
function originalOf(lab: ResolvedLab, machine: Machine): Machine | string | undefined {
  const byPath = new Map([...machinesOf(lab.top)].map((one) => [one.path, one]))
  let one = machine
  for (let copies = 0; copies < mostCopies; copies += 1) {
    const of = one.traits?.clone?.of
    if (of === undefined) return one
    const next = byPath.get(of)
    if (!next) return of
    one = next
  }
  return undefined
}

function nothingPrepared({ name }: VsphereSite, machine: Machine, original: Machine | undefined): string {
  if (!original) return `Nothing is at the end of the copies that ${machine.path} is one of.`
  const { path } = original
  return (
    `${machine.path} is a copy of ${path}, which is not made from anything prepared: machines of the lab are not ` +
    `copied while it comes up. Prepare one on the site, and say so: nestlab site set ${name} images.${path} GOLDEN`
  )
}
