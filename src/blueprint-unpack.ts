/** Takes in a blueprint, of which nothing is believed: images, the lab file, and on demand the lab as it ran. */
import { mkdir, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectBlueprint, type UnpackOptions, unpackBlueprint } from '#blueprints'
import type { BlueprintRun, UnpackedBlueprint, UnpackWish } from '#cli'
import type { Engine, MachineFiles, RunOptions } from '#engine'
import { Failure } from '#failure'
import {
  editLab,
  type LoadedLab,
  type LoadOptions,
  labFileBytes,
  loadLab,
  type ResolvedLab,
  resolvedYaml,
} from '#lab'
import { lockHolder, lockLab, makePrivateFolder, type Roots, readSites, sitePaths, writeWhole } from '#store'
import { standOnImage, writtenDisks } from './blueprint-disks.ts'
import { hashOfFile } from './blueprint-files.ts'
import { type BlueprintNote, blueprintPaths, readNote } from './blueprint-form.ts'
import { adoptImages, withImages } from './blueprint-images.ts'
import type { Packing } from './blueprint-pack.ts'
import { failBlueprint } from './errors.ts'

export interface Unpacking extends Packing {
  readonly engine: () => Promise<Engine>
}

const labName = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/
const scratchName = (digest: string) => `blueprint-${digest.slice('sha256:'.length, 'sha256:'.length + 16)}`
const scratchForm = /^blueprint-[0-9a-f]{16}$/

export async function unpackLab(
  place: Unpacking,
  wish: UnpackWish,
  run: BlueprintRun & RunOptions,
): Promise<UnpackedBlueprint> {
  const { roots } = place
  const { source } = wish
  const key = wish.keyFile === undefined ? {} : { key: await readFile(wish.keyFile, 'utf8') }
  const { digest, description } = await inspectBlueprint(source, key)
  const note = readNote(description.lab, source)
  const name = wish.name ?? note.name
  if (!labName.test(name)) throw failBlueprint('blueprint-lab-name', { name })
  const scratch = scratchName(digest)
  await using _lock = await lockLab(roots, scratch, 'nestlab blueprint unpack')
  await clearScratch(roots, scratch)
  const folder = join(sitePaths(roots).scratch, scratch)
  const isRunning = wish.running && note.running !== undefined
  const options = { ...key, digest, wants: wanted(note, isRunning) }
  try {
    await unpackTo(folder, { wish, options }, run)
    return await takeApart(place, { wish, note, name, folder, digest, isRunning }, run)
  } finally {
    // What a killed command leaves is gone on with; what fails leaves nothing.
    await rm(folder, { recursive: true, force: true })
  }
}

interface ToScratch {
  readonly wish: UnpackWish
  readonly options: Pick<UnpackOptions, 'key' | 'digest' | 'wants'>
}

async function unpackTo(
  folder: string,
  { wish, options }: ToScratch,
  { signal, onProgress }: BlueprintRun,
): Promise<void> {
  await makePrivateFolder(folder)
  const maxBytes = wish.maxBytes ?? (await freeBytes(folder))
  const told: UnpackOptions['onProgress'] = ({ path, doneBytes, totalBytes }) =>
    onProgress({ image: path, doing: 'unpacking', doneBytes, totalBytes })
  const once = () => unpackBlueprint(wish.source, folder, { ...options, maxBytes, signal, onProgress: told })
  try {
    await once()
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'unpack-in-the-way') throw error
    // A killed command had begun to change what it had unpacked.
    await rm(folder, { recursive: true, force: true })
    await makePrivateFolder(folder)
    await once()
  }
}

/** Whatever else is in a blueprint is not looked at. */
function wanted({ images }: BlueprintNote, isRunning: boolean): (path: string) => boolean {
  const folders = images.map(({ sha256 }) => `${blueprintPaths.image(sha256)}/`)
  const texts: readonly string[] = [blueprintPaths.lab, blueprintPaths.readme, blueprintPaths.picture]
  return (path) =>
    texts.includes(path) ||
    folders.some((folder) => path.startsWith(folder)) ||
    (isRunning && path.startsWith('running/'))
}

interface Apart {
  readonly wish: UnpackWish
  readonly note: BlueprintNote
  readonly name: string
  /** Where the entries are. */
  readonly folder: string
  readonly digest: string
  readonly isRunning: boolean
}

async function takeApart(
  place: Unpacking,
  apart: Apart,
  run: BlueprintRun & RunOptions,
): Promise<UnpackedBlueprint> {
  const { wish, note, name, folder, digest } = apart
  const { source } = wish
  const target = join(wish.folder, name)
  const text = await readLabText(join(folder, blueprintPaths.lab), source)
  const load = await loadOptions(place, { target, note })
  const packed = needLab(loadLab(text, load), source)
  if (packed.name !== note.name || packed.site !== note.site)
    throw failBlueprint('blueprint-lab-wrong', { source, reason: 'it is not the one that is announced.' })
  const { images } = place.guests
  const adopted = await adoptImages(images, { folder, noted: note.images }, run.signal)
  const lab = { ...withImages(packed, adopted.renamed), name }
  const isPlain = adopted.renamed.size === 0 && !apart.isRunning
  const written = name === note.name && isPlain ? text : renamedText(text, lab, { isPlain, load })
  await writeFolder(target, folder, written)
  const asRead = needLab(loadLab(written, await loadOptions(place, { target, note })), source)
  const running = apart.isRunning ? await takeRunning(place, { apart, lab, asRead }, run) : {}
  return {
    ...{ lab: name, digest, file: join(target, blueprintPaths.lab) },
    isRunning: apart.isRunning && running.notRunning === undefined,
    ...running,
    ...(note.running && !wish.running && { notRunning: notAsked }),
    renamed: [...adopted.renamed].map(([old, as]) => ({ name: old, as })),
    missing: adopted.missing,
  }
}

/** Another name gives other MAC addresses, unless what runs has those of the old one. */
function renamedText(
  text: string,
  lab: ResolvedLab,
  { isPlain, load }: { readonly isPlain: boolean; readonly load: LoadOptions & { readonly folder: string } },
): string {
  if (!isPlain) return resolvedYaml(lab, load.folder)
  return editLab(text, [{ path: ['name'], value: lab.name }], { load })
}

const notAsked =
  'The blueprint holds the lab as it ran, which QEMU would read with your rights: --running takes it in if you trust who packed it.'

async function readLabText(file: string, source: string): Promise<string> {
  const bytes = await readFile(file).catch(() => undefined)
  if (!bytes) throw failBlueprint('blueprint-lab-wrong', { source, reason: 'there is none.' })
  if (bytes.length > labFileBytes)
    throw failBlueprint('blueprint-lab-wrong', { source, reason: `it has ${bytes.length} bytes.` })
  return bytes.toString()
}

/** By the schema, like every lab file; sites that are not known here are those of whoever packed it. */
async function loadOptions(
  { roots, guests }: Unpacking,
  { target, note }: { readonly target: string; readonly note: BlueprintNote },
): Promise<LoadOptions & { readonly folder: string }> {
  const known = (await guests.images.list()).map(({ name }) => name)
  const sites = new Map((await readSites(roots)).map(({ name, kind }) => [name, kind]))
  if (note.site !== 'local' && note.site !== 'sim' && !sites.has(note.site)) sites.set(note.site, 'vsphere')
  return {
    file: join(target, blueprintPaths.lab),
    folder: target,
    knownImages: [...known, ...note.images.map(({ name }) => name)],
    sites,
  }
}

function needLab({ lab, problems }: LoadedLab, source: string): ResolvedLab {
  if (lab) return lab
  const { line = 0, text = 'it describes nothing.' } = problems[0] ?? {}
  throw failBlueprint('blueprint-lab-wrong', { source, reason: `line ${line}: ${text}` })
}

/** A folder that is there already must be what an earlier run has begun. The lab file comes last. */
async function writeFolder(target: string, from: string, lab: string): Promise<void> {
  const texts = new Map<string, string>()
  for (const file of [blueprintPaths.readme, blueprintPaths.picture]) {
    const text = await readFile(join(from, file), 'utf8').catch(() => undefined)
    if (text !== undefined) texts.set(file, text)
  }
  texts.set(blueprintPaths.lab, lab)
  await mkdir(target, { recursive: true })
  for (const file of await readdir(target)) {
    const there = texts.has(file) && (await readFile(join(target, file), 'utf8'))
    if (there !== texts.get(file)) throw failBlueprint('blueprint-folder-there', { path: join(target, file) })
  }
  for (const [file, text] of texts) await writeWhole(join(target, file), text, 'write the lab', 0o644)
}

interface Taking {
  readonly apart: Apart
  readonly lab: ResolvedLab
  readonly asRead: ResolvedLab
}

/** What does not fit this machine is no failure: the lab boots. */
async function takeRunning(
  place: Unpacking,
  { apart, lab, asRead }: Taking,
  run: BlueprintRun & RunOptions,
): Promise<{ readonly notRunning?: string }> {
  const { folder, wish } = apart
  const { guests, roots } = place
  const { source } = wish
  await guests.provide(lab, run.onProgress, run.signal)
  const read = async (file: string) => {
    const text = await readFile(join(folder, file), 'utf8').catch(() => 'null')
    return text.length > longestNoteBytes ? null : (JSON.parse(text) as unknown)
  }
  const files = new Map<string, MachineFiles>()
  for (const machine of lab.top.machines) {
    const own = join(folder, blueprintPaths.machine(machine.name))
    // Only what they are plugged into matters here, and no key is in that.
    const boot = await guests.boot(lab, machine, await guests.makeKeys())
    const { images: imagesFolder } = sitePaths(roots)
    for (const [file, disk] of writtenDisks(boot))
      await standOnImage(join(own, file), { imagesFolder, disk, source }, run.signal)
    files.set(machine.name, await measured(own, run.signal))
  }
  const from = join(folder, 'running/machines')
  const [instant, keys] = [await read(blueprintPaths.instant), await read(blueprintPaths.keys)]
  try {
    const engine = await place.engine()
    await engine.takeIn({ lab, asRead, instant, keys, folder: from, files }, run)
    return {}
  } catch (error) {
    if (error instanceof Failure && error.code === 'snapshot-misfits') return { notRunning: error.message }
    throw error
  }
}

const longestNoteBytes = 16 * 1024 * 1024

async function measured(folder: string, signal: AbortSignal): Promise<MachineFiles> {
  const files: Record<string, { bytes: number; sha256: string }> = {}
  for (const file of await readdir(folder).catch(() => []))
    files[file] = await hashOfFile(join(folder, file), signal)
  return files
}

/** What killed runs have left there, except of the same blueprint, which is gone on with. */
async function clearScratch(roots: Roots, own: string): Promise<void> {
  const { scratch } = sitePaths(roots)
  for (const name of await readdir(scratch).catch(() => [])) {
    if (!scratchForm.test(name) || name === own || (await lockHolder(roots, name))) continue
    await rm(join(scratch, name), { recursive: true, force: true })
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
