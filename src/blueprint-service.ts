/** Blueprints for the command line: labs are packed, handed over, and taken in. */
import { readFile, stat } from 'node:fs/promises'
import {
  type Description,
  type Inspected,
  inspectBlueprint,
  inspectReference,
  pullBlueprint,
  pushBlueprint,
  type RegistryAccess,
  refuseExisting,
  type TransferProgress,
} from '#blueprints'
import type { BlueprintCommands, BlueprintFacts, BlueprintRun, RegistryWish } from '#cli'
import type { Engine } from '#engine'
import { machinesOf } from '#lab'
import type { Roots } from '#store'
import { shortHash } from './blueprint-files.ts'
import { readNote } from './blueprint-form.ts'
import { isRedistributable } from './blueprint-images.ts'
import { packLab } from './blueprint-pack.ts'
import { unpackLab } from './blueprint-unpack.ts'
import { failBlueprint } from './errors.ts'
import { openLocalGuests } from './image-service.ts'
import type { PasswordSources } from './site-passwords.ts'

export interface BlueprintsOptions extends PasswordSources {
  readonly roots: Roots
  readonly engine: () => Promise<Engine>
}

const userVariable = 'NESTLAB_REGISTRY_USER'
const passwordVariable = 'NESTLAB_REGISTRY_PASSWORD'
/** Nothing is fetched that could not be stored anyway. */
const mostPulledBytes = 2 ** 43

export function openBlueprints(options: BlueprintsOptions): BlueprintCommands {
  const place = { ...options, guests: openLocalGuests(options.roots) }
  return {
    passing: async ({ lab, output, replace }) => {
      if (lab.site !== 'local')
        throw failBlueprint('pack-running-elsewhere', { lab: lab.name, site: lab.site })
      const licensed = [...machinesOf(lab.top)].filter((machine) => !isRedistributable(machine))
      if (licensed.length > 0) {
        const machines = licensed.map(({ path }) => path)
        throw failBlueprint('pack-running-licensed', { lab: lab.name, machines })
      }
      if (!replace) await refuseExisting(output, { form: 'file' })
      return { ...lab, name: `blueprint-${shortHash(output)}` }
    },
    refuseWritten: async (lab) => {
      const written: string[] = []
      for (const machine of machinesOf(lab.top))
        if ((await place.guests.guestOf(machine)).name === 'cloud') written.push(machine.path)
      if (written.length > 0)
        throw failBlueprint('pack-disks-hold-keys', { lab: lab.name, machines: written })
    },
    pack: (wish, run) => packLab(place, wish, run),
    unpack: (wish, run) => unpackLab(place, wish, run),
    inspect: async (source, wish, run) => {
      const key = await keyOf(wish)
      const isHere = source.startsWith('oci:') || (await isThere(source))
      const inspected = isHere
        ? await inspectBlueprint(source, key)
        : await inspectReference(source, { ...accessOf(options, wish, run), ...key })
      return factsOf(inspected, source, key.key !== undefined)
    },
    push: async (source, wish, run) =>
      await pushBlueprint(source, wish.reference, {
        ...accessOf(options, wish, run),
        ...(await keyOf(wish)),
        onProgress: told(run, 'pushing'),
      }),
    pull: async ({ output, replace, ...wish }, run) => {
      const inspected = await pullBlueprint(wish.reference, output, {
        ...{ form: 'file', replace, maxBytes: mostPulledBytes },
        ...accessOf(options, wish, run),
        ...(await keyOf(wish)),
        onProgress: told(run, 'pulling'),
      })
      const { digest, packedBytes: bytes, description } = inspected
      return { digest, bytes, absent: absentIn(description, wish.reference) }
    },
  }
}

function accessOf(
  { environment, ask }: PasswordSources,
  { plainHttp }: Omit<RegistryWish, 'reference'>,
  { signal }: BlueprintRun,
): RegistryAccess {
  return {
    ...(plainHttp !== undefined && { plainHttp }),
    signal,
    credentials: async (registry) => {
      const user = environment[userVariable]
      if (user === undefined || user === '') return undefined
      const given = environment[passwordVariable]
      const password = given ?? (await ask(`Password of ${user} on ${registry}: `).catch(() => undefined))
      return password === undefined ? undefined : { user, password }
    },
  }
}

async function keyOf({ keyFile }: Omit<RegistryWish, 'reference'>): Promise<{ readonly key?: string }> {
  return keyFile === undefined ? {} : { key: await readFile(keyFile, 'utf8') }
}

function told({ onProgress }: BlueprintRun, doing: string): (progress: TransferProgress) => void {
  return ({ digest, doneBytes, totalBytes }) =>
    onProgress({ image: digest.slice('sha256:'.length, 'sha256:'.length + 12), doing, doneBytes, totalBytes })
}

function factsOf({ description, ...of }: Inspected, source: string, isSigned: boolean): BlueprintFacts {
  const note = readNote(description.lab, source)
  const there = new Set(
    description.entries.flatMap((entry) => ('blob' in entry ? [entry.path.split('/')[1]] : [])),
  )
  return {
    ...of,
    lab: note.name,
    kind: description.kind,
    createdAt: description.createdAt,
    ...(isSigned && { isSigned: true }),
    machines: note.machines,
    images: note.images.map(({ name, sha256 }) => ({ name, sha256, isThere: there.has(sha256) })),
    ...(note.running && { running: note.running }),
    files: description.entries.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
  }
}

function absentIn(description: Description, source: string) {
  const { images } = readNote(description.lab, source)
  return images
    .filter(({ redistributable }) => description.kind === 'thin' || !redistributable)
    .map(({ name, sha256, redistributable }) => ({
      ...{ name, sha256, why: redistributable ? ('thin' as const) : ('licence' as const) },
    }))
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  )
}
