/** Fetches a blueprint from a registry, or out of a folder that holds several. */
import { fail, withFiles } from './errors.ts'
import { type Inspected, type InspectOptions, look, openSource } from './inspect.ts'
import type { OpenBlueprint } from './layout.ts'
import { indexBytes } from './oci.ts'
import { openWriter, refuseExisting } from './pack.ts'
import { readReference } from './reference.ts'
import { Connection, type RegistryAccess } from './registry/connection.ts'
import { openRemote } from './registry/remote.ts'
import { copyBlobs, type TransferProgress } from './transfer.ts'
import type { BlueprintForm } from './writer.ts'

export interface PullOptions extends RegistryAccess, InspectOptions {
  readonly form: BlueprintForm
  /** Whether a file of that name may be replaced; a folder never is. Default false. */
  readonly replace?: boolean
  /** More than that, packed, is refused before anything is written. */
  readonly maxBytes: number
  readonly onProgress?: (progress: TransferProgress) => void
}

/**
 * `target` appears when it is whole and every hash has been checked, and is then what was packed, byte for byte. Until
 * then there is `TARGET.part`, which the same call goes on with, in the middle of a blob too. Fails like
 * `inspectBlueprint`, and with `blueprint-there`, `blueprint-too-large`, `not-in-registry`, `registry-unreachable`,
 * `registry-login`, `registry-refused`, `registry-unsafe`.
 */
export async function pullBlueprint(
  reference: string,
  target: string,
  options: PullOptions,
): Promise<Inspected> {
  await refuseExisting(target, options)
  await using blueprint = await openReference(reference, options)
  const { manifest, inspected } = await look(blueprint, options)
  const { source } = blueprint
  if (inspected.packedBytes > options.maxBytes) {
    throw fail('blueprint-too-large', { source, bytes: inspected.packedBytes, limitBytes: options.maxBytes })
  }
  await withFiles('write the blueprint', target, async () => {
    await using writer = await openWriter(target, options.form)
    const { signatures } = await copyBlobs(blueprint, { writer, manifest, options })
    await writer.finish(indexBytes({ manifest: blueprint.manifest, signatures, tag: 'latest' }))
  })
  return inspected
}

/** Looks at a blueprint where it is, and fetches nothing but its manifest and description. Fails like `pullBlueprint`. */
export async function inspectReference(
  reference: string,
  options: RegistryAccess & InspectOptions = {},
): Promise<Inspected> {
  await using blueprint = await openReference(reference, options)
  return (await look(blueprint, options)).inspected
}

async function openReference(text: string, options: RegistryAccess): Promise<OpenBlueprint> {
  const reference = readReference(text)
  return reference.kind === 'folder'
    ? openSource(text)
    : openRemote(new Connection(reference, options, 'pull'))
}
