/** What a kickstart ISO is made of, planned from the installer that it is made from. */
import type { FileHandle } from 'node:fs/promises'
import { bootConfig } from './boot-config.ts'
import { type IsoContents, type IsoFile, IsoProblem, readFileOf, readIso } from './iso-reader.ts'
import { kickstartName } from './kickstart.ts'

/** What the new image is made of. */
export interface IsoPlan {
  readonly contents: IsoContents
  /** Files that are taken as they are. */
  readonly kept: readonly IsoFile[]
  /** By path: files with other content than in the installer, and the kickstart. */
  readonly written: ReadonlyMap<string, Uint8Array>
  readonly bootFiles: readonly IsoFile[]
  readonly catalogPath: string
}

/** Rejects with an `IsoProblem`. */
export async function planOf(
  image: FileHandle,
  { text, options }: { readonly text: string; readonly options: readonly string[] },
): Promise<IsoPlan> {
  const contents = await readIso(image)
  const at = (path: string) => contents.files.find((file) => file.path.toUpperCase() === path)
  const written = new Map<string, Uint8Array>([[kickstartName, Buffer.from(text)]])
  if (!at('BOOT.CFG')) throw new IsoProblem('it has no BOOT.CFG')
  // The second one is for UEFI; installers before 6.0 may lack it.
  for (const file of [at('BOOT.CFG'), at('EFI/BOOT/BOOT.CFG')]) {
    if (!file) continue
    if (file.sizeBytes > 65_536) throw new IsoProblem(`${file.path} is too large for what it is`)
    const patched = bootConfig(await readFileOf(image, file), options)
    if ('reason' in patched) throw new IsoProblem(`${file.path} cannot be changed, because ${patched.reason}`)
    written.set(file.path, patched)
  }
  const catalog = contents.files.find((file) => file.firstSector === contents.catalogSector)
  const replaced = new Set([...written.keys(), catalog?.path].map((path) => path?.toUpperCase()))
  const kept = contents.files.filter((file) => !replaced.has(file.path.toUpperCase()))
  return {
    ...{ contents, kept, written, bootFiles: bootFilesOf(contents) },
    catalogPath: catalog?.path ?? 'BOOT.CAT',
  }
}

function bootFilesOf({ boot, files }: IsoContents): readonly IsoFile[] {
  if (boot.length === 0) throw new IsoProblem('it cannot be booted from')
  if (new Set(boot.map(({ firmware }) => firmware)).size < boot.length)
    throw new IsoProblem('it boots in several ways with one firmware')
  return boot.map(({ firmware, firstSector }) => {
    const file = files.find((one) => one.firstSector === firstSector && one.sizeBytes > 0)
    if (!file) throw new IsoProblem(`what it boots with ${firmware.toUpperCase()} is none of its files`)
    return file
  })
}
