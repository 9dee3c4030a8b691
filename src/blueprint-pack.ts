/** Makes the parcel of a lab, without any secret of this installation, and packs it. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type ParcelEntry, packBlueprint } from '#blueprints'
import type { BlueprintRun, PackedBlueprint, PackWish } from '#cli'
import type { HandedOut } from '#engine'
import type { Guests, Image, ImageCommands } from '#guests'
import { machinesOf, type ResolvedLab, resolvedYaml, showTree } from '#lab'
import { type Roots, sitePaths } from '#store'
import { flattenDisk, writtenDisks } from './blueprint-disks.ts'
import { contentEntry, hashOfFile, shortHash } from './blueprint-files.ts'
import { type BlueprintNote, blueprintPaths, noteJson } from './blueprint-form.ts'
import { imageEntries, imagesByName, storeName, withoutFiles } from './blueprint-images.ts'
import { readmeOf } from './blueprint-readme.ts'
import { failBlueprint } from './errors.ts'

export interface Packing {
  readonly roots: Roots
  readonly guests: Guests & { readonly images: ImageCommands }
}

export async function packLab(
  place: Packing,
  wish: PackWish,
  { onProgress, signal }: BlueprintRun,
): Promise<PackedBlueprint> {
  const { lab, running } = wish
  const images = await imagesOf(place, lab)
  const note = noteOf(lab, images, running)
  await using scratch = await scratchFor(place.roots, wish.output)
  const entries = [
    ...(await textEntries(wish, note)),
    ...(await Promise.all(
      [...images.values()].map((one) => imageEntries(sitePaths(place.roots).images, one, signal)),
    ).then((all) => all.flat())),
    ...(running ? await runningEntries(place, running, { scratch: scratch.folder, signal }) : []),
  ]
  const parcel = {
    kind: wish.thin ? 'thin' : 'full',
    lab: noteJson(note),
    createdAt: new Date().toISOString(),
    entries: withoutTwins(entries),
  } as const
  const signKey = wish.signKeyFile === undefined ? undefined : await readFile(wish.signKeyFile, 'utf8')
  const { digest, description } = await packBlueprint(parcel, wish.output, {
    form: 'file',
    replace: wish.replace,
    ...(signKey !== undefined && { signKey }),
    signal,
    onProgress: ({ path, doneBytes, totalBytes }) =>
      onProgress({ image: path, doing: 'packing', doneBytes, totalBytes }),
  })
  const bytes = new Map(
    description.entries.flatMap((entry) => ('blob' in entry ? [[entry.blob, entry.packedBytes]] : [])),
  )
  const absent = note.images
    .filter(({ redistributable }) => wish.thin || !redistributable)
    .map(({ name, sha256, redistributable }) => ({
      ...{ name, sha256, why: redistributable ? ('thin' as const) : ('licence' as const) },
    }))
  return { digest, bytes: [...bytes.values()].reduce((sum, one) => sum + one, 0), absent }
}

/** Two names of one image. */
function withoutTwins(entries: readonly ParcelEntry[]): readonly ParcelEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()]
}

type LabImages = ReturnType<typeof imagesByName>

/** Only labs on this machine have their images in the image store. Fails with `pack-images-missing`. */
async function imagesOf({ guests }: Packing, lab: ResolvedLab): Promise<LabImages> {
  if (lab.site !== 'local') return new Map()
  const found = new Map<string, Image>()
  const missing = new Set<string>()
  for (const { image } of machinesOf(lab.top)) {
    const name = storeName(image)
    const there = found.get(name) ?? (await guests.find(image))
    if (there) found.set(name, there)
    else missing.add(name)
  }
  if (missing.size > 0) throw failBlueprint('pack-images-missing', { lab: lab.name, images: [...missing] })
  return imagesByName(lab, found)
}

function noteOf(lab: ResolvedLab, images: LabImages, running: HandedOut | undefined): BlueprintNote {
  const memory = running?.instant.machines[0]?.memory
  return {
    name: lab.name,
    site: lab.site,
    machines: [...machinesOf(lab.top)].map(({ path }) => path),
    images: [...images].map(([name, { image, redistributable }]) => ({
      ...{ name, sha256: image.sha256, redistributable },
    })),
    ...(memory && {
      running: { qemu: memory.qemuVersion, accelerator: memory.accelerator, cpu: memory.cpuModel },
    }),
  }
}

async function textEntries(wish: PackWish, note: BlueprintNote): Promise<readonly ParcelEntry[]> {
  const { lab } = wish
  const picture = showTree(lab)
  return [
    contentEntry(blueprintPaths.lab, await labText(wish), 'application/yaml'),
    contentEntry(blueprintPaths.readme, readmeOf(lab, note, picture), 'text/markdown'),
    contentEntry(blueprintPaths.picture, picture, 'text/plain'),
  ]
}

/** As it was written, where that says the same wherever it lies; memory fits only what leaves nothing open. */
async function labText({ lab, file, running }: PackWish): Promise<string> {
  if (file !== undefined && !running && ['.yaml', '.yml', '.json'].includes(extname(file)))
    return await readFile(file, 'utf8')
  return resolvedYaml(withoutFiles(lab))
}

async function runningEntries(
  { roots }: Packing,
  { instant, keys, machines }: HandedOut,
  { scratch, signal }: { readonly scratch: string; readonly signal: AbortSignal },
): Promise<readonly ParcelEntry[]> {
  const entries: ParcelEntry[] = [
    contentEntry(blueprintPaths.instant, JSON.stringify(instant), 'application/json'),
    contentEntry(blueprintPaths.keys, JSON.stringify(keys), 'application/json'),
  ]
  const facts = { mediaType: 'application/octet-stream', redistributable: true }
  const { images: imagesFolder } = sitePaths(roots)
  for (const { name, folder, boot, files } of machines) {
    const at = (file: string) => `${blueprintPaths.machine(name)}/${file}`
    for (const file of ['memory', 'devices']) {
      const size = files[file]
      if (size)
        entries.push({
          ...facts,
          ...size,
          path: at(file),
          sparse: file === 'memory',
          file: join(folder, file),
        })
    }
    for (const [file, disk] of writtenDisks(boot)) {
      const layer = join(scratch, `${name}-${file}`)
      await flattenDisk(join(folder, file), layer, { imagesFolder, disk }, signal)
      entries.push({
        ...facts,
        ...(await hashOfFile(layer, signal)),
        path: at(file),
        sparse: true,
        file: layer,
      })
    }
  }
  return entries
}

/** A folder for layers that are made while packing; the same for the same output, so that nothing of a killed run stays. */
async function scratchFor(roots: Roots, output: string) {
  const folder = join(sitePaths(roots).scratch, `pack-${shortHash(output)}`)
  const clear = () => rm(folder, { recursive: true, force: true })
  await clear()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return { folder, [Symbol.asyncDispose]: clear }
}
