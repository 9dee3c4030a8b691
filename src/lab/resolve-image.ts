/** Which image, product and size a machine has when the file says only part of it. */

import { readImageFile, readImageUrl, readSha256 } from './image-reference.ts'
import { plainMachine, type WellKnownImage, wellKnownImage, wellKnownImages } from './images.ts'
import type { ImageReference } from './model.ts'
import { instead, nearest } from './near.ts'
import { accepted, type Path } from './problem.ts'
import { type Product, productNamed, productNames, releaseOf } from './products.ts'
import type { Resolution } from './resolution.ts'
import type { ImageInput, MachineInput } from './schema-machine.ts'
import { readMemory } from './sizes.ts'

export interface Software {
  readonly image: ImageReference
  readonly product?: string
  readonly version?: string
  readonly cpus: number
  readonly memoryMiB: number
}

export function resolveSoftware(machine: MachineInput, path: Path, resolution: Resolution): Software {
  const known = typeof machine.image === 'string' ? wellKnownImage(machine.image) : undefined
  const product = productOf(machine, known, path, resolution)
  const version = product && versionOf(machine, known, product, path, resolution)
  const release = product && version !== undefined ? releaseOf(product, version) : version
  const image = imageOf(machine, product?.image(release), path, resolution)
  const chosen = known ?? (image.from === 'catalogue' ? wellKnownImage(image.name) : undefined)
  const least = chosen ?? (product && leastOf(product, release)) ?? plainMachine
  const memory = machine.memory === undefined ? undefined : accepted(readMemory(machine.memory))
  return {
    image,
    ...(product && { product: product.name }),
    ...(version !== undefined && { version }),
    cpus: machine.cpus ?? least.cpus,
    memoryMiB: memory ?? least.memoryMiB,
  }
}

function leastOf(product: Product, version: string | undefined): { cpus: number; memoryMiB: number } {
  return { cpus: product.cpus, memoryMiB: product.memoryMiB[version ?? ''] ?? product.memoryMiB.other }
}

function productOf(
  machine: MachineInput,
  known: WellKnownImage | undefined,
  path: Path,
  { findings, options: { knownImages } }: Resolution,
): Product | undefined {
  if (!machine.hypervisor) return undefined
  const named = machine.hypervisor.product
  const place = [...path, 'hypervisor', 'product']
  if (known && known.product === undefined) {
    const text = `The image \`${known.name}\` is no hypervisor.`
    findings.push({
      path: place,
      onKey: named === undefined,
      text,
      remedy: 'Use `image: kvm-node`, or remove `hypervisor`.',
    })
  } else if (known && named !== undefined && known.product !== named) {
    const text = `The image \`${known.name}\` holds ${known.title}, not \`${named}\`.`
    findings.push({
      path: place,
      text,
      remedy: `Write \`product: ${known.product}\`, or choose another image.`,
    })
  } else if (named === undefined && !known && !unknownImage(machine.image, knownImages)) {
    const text = '`product` is missing: the image does not tell which hypervisor is in it.'
    findings.push({
      path: place,
      onKey: true,
      text,
      remedy: `Add \`product\`, one of ${productNames.join(', ')}.`,
    })
  }
  return productNamed(named ?? known?.product ?? '')
}

function versionOf(
  { hypervisor }: MachineInput,
  known: WellKnownImage | undefined,
  product: Product,
  path: Path,
  { findings }: Resolution,
): string | undefined {
  const asked = hypervisor?.version
  const held = known?.product === product.name ? known.version : undefined
  if (asked === undefined) return held ?? product.defaultVersion
  const place = [...path, 'hypervisor', 'version']
  const release = releaseOf(product, asked)
  if (product.versions.length > 0 && release === undefined) {
    const text = `There is no version \`${asked}\` of ${product.title} here.`
    findings.push({ path: place, text, remedy: () => instead(asked, product.versions, 'versions') })
    return held ?? product.defaultVersion
  }
  if (known && held !== undefined && held !== (release ?? asked)) {
    const text = `The image \`${known.name}\` holds version ${held}, not ${asked}.`
    findings.push({ path: place, text, remedy: `Write \`version: "${held}"\`, or choose another image.` })
  }
  return asked
}

function imageOf(
  machine: MachineInput,
  byProduct: string | undefined,
  path: Path,
  resolution: Resolution,
): ImageReference {
  const { image } = machine
  if (typeof image === 'object') return outsideImage(image, resolution)
  const name = image ?? byProduct
  if (name === undefined) {
    // A wrong product or template has been reported; the image that follows from it cannot be known.
    const clueless = machine.extends !== undefined && !resolution.templates.has(machine.extends)
    if (!machine.hypervisor && !clueless) resolution.findings.push(missingImage([...path, 'image']))
    return { from: 'catalogue', name: '' }
  }
  const { knownImages } = resolution.options
  if (unknownImage(name, knownImages)) {
    resolution.findings.push({
      path: [...path, 'image'],
      text: `There is no image \`${name}\`.`,
      remedy: () => otherImage(name, knownImages),
    })
  }
  return { from: 'catalogue', name }
}

function unknownImage(image: ImageInput | undefined, knownImages: readonly string[]): boolean {
  return typeof image === 'string' && !wellKnownImage(image) && !knownImages.includes(image)
}

function otherImage(name: string, knownImages: readonly string[]): string {
  const usable = [...new Set(['tiny', 'kvm-node', ...knownImages])]
  const near = nearest(name, [...usable, ...wellKnownImages.map((known) => known.name)])
  if (near !== undefined) return `Did you mean \`${near}\`?`
  return `There are ${usable.slice(0, 12).join(', ')}; bring in others with \`nestlab image import\`.`
}

function missingImage(path: Path) {
  return {
    path,
    onKey: true,
    text: '`image` is missing here.',
    remedy: 'Add what the machine starts, for example `image: tiny`.',
  }
}

function outsideImage(image: Exclude<ImageInput, string>, { options }: Resolution): ImageReference {
  const sha256 = accepted(readSha256(image.sha256)) ?? ''
  if ('url' in image) return { from: 'url', url: accepted(readImageUrl(image.url)) ?? '', sha256 }
  const folder = options.folder.replace(/\/$/, '')
  const file = `${folder}/${accepted(readImageFile(image.file)) ?? ''}`
  return { from: 'file', file, root: folder || '/', sha256 }
}
