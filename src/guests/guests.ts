/** Brings the guests together: the one object that the engine and the image commands talk to. */
import type { Failure } from '#failure'
import { connectSsh } from '#host'
import { type ImageReference, type Machine, machinesOf, type ResolvedLab } from '#lab'
import { shutDownByAgent } from './agent.ts'
import { cloudBoot, linuxBoot } from './boot-order.ts'
import { type Building, buildImage, recipeDigest } from './build/build-image.ts'
import type { Recipe } from './build/recipe.ts'
import { kvmNodeRecipe } from './build/recipe-kvm-node.ts'
import { tinyRecipe } from './build/recipe-tiny.ts'
import type { Guests, ImageProgress } from './catalogue.ts'
import { cloudSeed } from './cloud/seed.ts'
import { fail } from './errors.ts'
import type { Image, LabKeys } from './guest.ts'
import { guestOfKind } from './guest-kinds.ts'
import { adoptImage } from './images/adopt.ts'
import { diskName, fetchDisk, importDisk } from './images/disks.ts'
import { whileLocked } from './images/making-lock.ts'
import { ImageStore, isImageName, type Stored } from './images/store.ts'
import { makeKeys } from './keys.ts'
import { dropLibrariesOf, findLibrary, innerMachines, makeLibrary } from './library.ts'
import { rekey } from './rekey.ts'
import { settingsOf } from './settings.ts'
import { settleGuest } from './settle.ts'

export interface GuestsOptions {
  readonly imagesFolder: string
  readonly scratchFolder: string
}

export interface ImageWork {
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
}

/** What `nestlab image` does. Rejects with a `Failure`. */
export interface ImageCommands {
  readonly buildable: readonly string[]
  list(): Promise<readonly Image[]>
  /** Builds when the inputs have changed since, or always with `again`. */
  build(name: string, work: ImageWork & { readonly again: boolean }): Promise<Image>
  /** `name` defaults to the file's own; `sha256` is compared when given. */
  import(
    file: string,
    name: string | undefined,
    work: ImageWork & { readonly sha256?: string },
  ): Promise<Image>
  /** The image of a digest, whatever leads to it. */
  byDigest(sha256: string): Promise<Image | undefined>
  /** Takes in an image that others packed: the files of `folder`, compared with the manifest whose hash this is. */
  adopt(folder: string, sha256: string, signal: AbortSignal): Promise<Image>
  /** Lets a name lead to an image that is there, unless it leads to another one; says whether it does now. */
  claim(name: string, sha256: string): Promise<boolean>
  /** What is wrong with the image's files; nothing = intact. */
  verify(name: string, signal: AbortSignal): Promise<readonly string[]>
  /** Resolves with the freed bytes. */
  remove(name: string): Promise<number>
}

const recipes: ReadonlyMap<string, Recipe> = new Map(
  [tinyRecipe, kvmNodeRecipe].map((one) => [one.name, one]),
)
/** Time for one attempt to enter; the engine repeats it while a guest boots. */
const enterLimitMs = 30_000

export function openGuests({
  imagesFolder,
  scratchFolder,
}: GuestsOptions): Guests & { readonly images: ImageCommands } {
  const store = new ImageStore(imagesFolder, scratchFolder)
  const find = (reference: ImageReference) => findImage(store, reference)
  const found = async (reference: ImageReference): Promise<Image> => {
    const image = await find(reference)
    if (image) return image
    throw fail('image-missing', { image: nameOf(reference) })
  }
  return {
    images: imageCommands(store),
    find,
    provide: async (lab, onProgress, signal) => provide(store, lab, { onProgress, signal, again: false }),
    boot: async (lab, machine, keys) => {
      const image = await found(machine.image)
      return bootOf({ store, lab, machine, keys, image }, found)
    },
    guestOf: async (machine) => {
      const { image } = machine
      const built = image.from === 'catalogue' ? recipes.get(image.name) : undefined
      return guestOfKind(built?.guest ?? (await find(image))?.guest ?? 'cloud')
    },
    makeKeys: async () => makeKeys(),
    rekey,
    settle: settleGuest,
    shutDownByAgent,
    enter: (name, control, keys, signal) =>
      connectSsh({
        name,
        stream: control,
        username: 'root',
        privateKey: keys.clientPrivate,
        hostPublicKey: keys.hostPublic,
        readyLimitMs: enterLimitMs,
        signal,
      }),
  }
}

function imageCommands(store: ImageStore): ImageCommands {
  return {
    buildable: [...recipes.keys()],
    list: async () => {
      const names = await store.names()
      const images = await Promise.all(names.map((name) => store.find(name)))
      // An image may have several names.
      return images.flatMap((image, index) => (image ? [{ ...image, name: names[index] ?? image.name }] : []))
    },
    build: async (name, work) => {
      const recipe = recipes.get(name)
      if (!recipe) throw fail('image-unknown', { image: name })
      return building(store, name, { store, ...work }, () => buildImage(recipe, { store, ...work }))
    },
    import: async (file, name, { sha256, ...work }) => {
      const chosen = name ?? diskName(file)
      if (!isImageName(chosen)) throw fail('image-name-unsafe', { image: chosen })
      if (recipes.has(chosen)) throw fail('image-name-taken', { image: chosen })
      return importDisk({ store, file, name: chosen, ...(sha256 ? { sha256 } : {}), ...work })
    },
    byDigest: (sha256) => store.byDigest(sha256),
    adopt: (folder, sha256, signal) => adoptImage(store, { folder, sha256 }, signal),
    // Images that Nestlab builds are what it built, whatever others pack under their names.
    claim: async (name, sha256) =>
      recipes.has(name) ? (await store.find(name))?.sha256 === sha256 : await store.claim(name, sha256),
    verify: (name, signal) => store.verify(name, signal),
    remove: async (name) => {
      const image = await store.find(name)
      if (image) await dropLibrariesOf(store, image.sha256)
      return store.remove(name)
    },
  }
}

function building<Result>(
  store: ImageStore,
  image: string,
  { signal, onProgress }: Omit<Building, 'again'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const onWait = (pid: number) => onProgress({ image, doing: `waiting for process ${pid}, which is at it` })
  return store.asWritten(() => whileLocked({ folder: `${store.scratch}/locks`, image, signal, onWait }, work))
}

async function findImage(store: ImageStore, reference: ImageReference): Promise<Stored | undefined> {
  if (reference.from !== 'catalogue') return store.find(`sha256-${reference.sha256.slice(0, 32)}`)
  const image = await store.find(reference.name)
  const recipe = recipes.get(reference.name)
  // One that an older Nestlab built differently is to be built again.
  if (image && recipe && image.manifest.recipe !== recipeDigest(recipe)) return undefined
  return image
}

function nameOf(reference: ImageReference): string {
  if (reference.from === 'catalogue') return reference.name
  return reference.from === 'file' ? reference.file : reference.url
}

async function provide(store: ImageStore, lab: ResolvedLab, work: Omit<Building, 'store'>): Promise<void> {
  const wanted = new Map([...machinesOf(lab.top)].map(({ image }) => [JSON.stringify(image), image]))
  for (const reference of wanted.values()) await provideOne(store, reference, work)
  const inner = innerMachines(lab)
  if (inner.length === 0) return
  const images = await imagesOf(store, inner)
  if (await findLibrary(store, images)) return
  await building(store, 'library', { store, ...work }, async () => {
    work.onProgress({ image: 'library', doing: 'packing' })
    await makeLibrary(store, images, work.signal)
  })
}

async function provideOne(
  store: ImageStore,
  reference: ImageReference,
  work: Omit<Building, 'store'>,
): Promise<void> {
  if (await findImage(store, reference)) return
  const image = nameOf(reference)
  const recipe = reference.from === 'catalogue' ? recipes.get(reference.name) : undefined
  if (reference.from === 'catalogue' && !recipe) throw await whyNotThere(store, image, work.signal)
  const name = reference.from === 'catalogue' ? image : `sha256-${reference.sha256.slice(0, 32)}`
  await building(store, name, { store, ...work }, async () => {
    if (await findImage(store, reference)) return
    if (recipe) await buildImage(recipe, { store, ...work })
    else if (reference.from !== 'catalogue') await fetchDisk({ store, reference, name, ...work })
  })
}

/** What Nestlab cannot make again is missing, or it is there and not what it was. */
async function whyNotThere(store: ImageStore, image: string, signal: AbortSignal): Promise<Failure> {
  if (!(await store.names()).includes(image)) return fail('image-unknown', { image })
  const wrong = await store.verify(image, signal)
  return fail('image-damaged', { image, reason: wrong.join('; ') })
}

async function imagesOf(store: ImageStore, machines: readonly Machine[]): Promise<readonly Image[]> {
  const found = await Promise.all(machines.map(({ image }) => findImage(store, image)))
  const missing = machines.find((_, index) => !found[index])
  if (missing) throw fail('image-missing', { image: nameOf(missing.image) })
  return found.filter((image) => image !== undefined)
}

interface Booting {
  readonly store: ImageStore
  readonly lab: ResolvedLab
  readonly machine: Machine
  readonly keys: LabKeys
  readonly image: Image
}

async function bootOf(of: Booting, found: (reference: ImageReference) => Promise<Image>) {
  const { store, lab, machine, keys, image } = of
  const inner = machine.hypervisor ? innerMachines(lab) : []
  const images = await Promise.all(inner.map((one) => found(one.image)))
  const library = images.length > 0 ? await findLibrary(store, images) : undefined
  if (images.length > 0 && !library) throw fail('image-missing', { image: 'library' })
  const parts = { image, ...(library ? { library } : {}) }
  if (image.guest === 'cloud')
    return cloudBoot({ ...parts, seed: await cloudSeed({ lab, machine, keys, store }) })
  return linuxBoot({ ...parts, settings: settingsOf(lab, machine, keys) })
}
