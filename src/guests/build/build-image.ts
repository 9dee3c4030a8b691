/** Builds an image out of Debian packages; an image with the same inputs is not built again. */
import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Failure } from '#failure'
import type { ImageProgress } from '../catalogue.ts'
import { fail } from '../errors.ts'
import { sha256Of } from '../images/manifest.ts'
import type { ImageStore, Stored } from '../images/store.ts'
import { openKernel } from './kernel-files.ts'
import { kvmProof } from './kvm-proof.ts'
import { type Apt, openApt, type PackageFile } from './packages.ts'
import type { Recipe } from './recipe.ts'
import { runTool } from './run-tool.ts'
import { SystemFiles } from './system-files.ts'

export interface Building {
  readonly store: ImageStore
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
  /** Build even when there is an image made of the same inputs. */
  readonly again: boolean
}

const kernelPackage = 'linux-image-cloud-amd64'
/** Packages that others depend on for their installation only. */
const forInstallation =
  /^(perl|libperl|iso-codes|adduser|debconf|usrmerge|passwd|libpam|libsemanage|lib.*-perl)/

export function recipeDigest({ name, version, texts, packages }: Recipe): string {
  return sha256Of(JSON.stringify([name, version, texts, packages, sha256Of(kvmProof())]))
}

export async function buildImage(recipe: Recipe, building: Building): Promise<Stored> {
  const { store, onProgress, signal, again } = building
  const image = recipe.name
  try {
    onProgress({ image, doing: 'resolving packages' })
    const apt = await openApt({ image, folder: join(store.scratch, 'packages'), signal })
    const files = await wantedPackages(recipe, apt)
    const inputs = files.map(({ request, sha256 }) => ({ name: request, sha256 }))
    const plan = { name: image, guest: recipe.guest, recipe: recipeDigest(recipe), inputs }
    const before = await store.find(image)
    if (before && !again && isMadeOf(before, plan)) return before
    return await store.inScratch(async (scratch) => {
      const unpacked = await fetchAndUnpack({ apt, files, scratch }, recipe, building)
      onProgress({ image, doing: 'packing' })
      const out = join(scratch, 'out')
      await mkdir(out)
      const kernel = await openKernel(unpacked)
      const staging = join(scratch, 'staging')
      await recipe.make({ kernel, staging, out, signal, files: (tree) => new SystemFiles(unpacked, tree) })
      signal.throwIfAborted()
      return store.add(out, plan)
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Failure) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw fail('build-failed', { image, reason }, error)
  }
}

async function wantedPackages(recipe: Recipe, apt: Apt): Promise<readonly PackageFile[]> {
  const kernel = await apt.meaning(kernelPackage, 'linux-image-')
  const files = [...(await apt.alone([kernel])), ...(await apt.withDependencies(recipe.packages))]
  return files
    .filter(({ request }) => !forInstallation.test(request))
    .sort((a, b) => (a.request < b.request ? -1 : 1))
}

function isMadeOf({ manifest }: Stored, plan: Pick<Stored['manifest'], 'recipe' | 'inputs'>): boolean {
  return manifest.recipe === plan.recipe && JSON.stringify(manifest.inputs) === JSON.stringify(plan.inputs)
}

interface Fetching {
  readonly apt: Apt
  readonly files: readonly PackageFile[]
  readonly scratch: string
}

async function fetchAndUnpack(of: Fetching, { name: image }: Recipe, building: Building): Promise<string> {
  const { apt, files, scratch } = of
  const { store, onProgress, signal } = building
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const folder = join(store.scratch, 'packages', 'files')
  onProgress({ image, doing: 'downloading', doneBytes: 0, totalBytes })
  await apt.download(files, folder)
  const unpacked = join(scratch, 'unpacked')
  await mkdir(unpacked)
  const waiting = [...files]
  let doneBytes = 0
  const unpack = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      await runTool(['dpkg-deb', '-x', join(folder, next.file), unpacked], { signal })
      doneBytes += next.sizeBytes
      onProgress({ image, doing: 'unpacking', doneBytes, totalBytes })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, unpack))
  return unpacked
}
