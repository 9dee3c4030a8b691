/** Makes an installer ISO of ESXi that installs without questions: the same files, our kickstart, other boot options. */
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure } from '#failure'
import { runTool, ToolError } from '../build/run-tool.ts'
import { errorCode } from '../errors.ts'
import { type FileFacts, hashFile } from '../images/hash-file.ts'
import { openDisk } from '../images/open-disk.ts'
import { fail } from './errors.ts'
import { sectorBytes } from './iso-bytes.ts'
import { checkIso } from './iso-check.ts'
import { type IsoPlan, planOf } from './iso-plan.ts'
import { IsoProblem } from './iso-reader.ts'
import { kernelOptions, kickstartOf } from './kickstart.ts'
import type { KickstartSettings } from './kickstart-settings.ts'

export interface KickstartIso {
  /** The installer as it comes from Broadcom. It is not trusted. */
  readonly iso: string
  readonly kickstart: KickstartSettings
  /** Where the new one goes; what is there is replaced when the new one is whole. */
  readonly output: string
  /** A folder with room for the files of the installer. */
  readonly scratch: string
  readonly signal: AbortSignal
}

export interface MadeIso extends FileFacts {
  /** Firmware that it boots with: what the installer boots with. */
  readonly firmware: readonly ('bios' | 'uefi')[]
}

/** The same installer and settings give the same bytes. Fails with `esxi-iso-unfit`, `esxi-iso-not-made`, `esxi-settings-refused`. */
export async function makeKickstartIso(of: KickstartIso): Promise<MadeIso> {
  const changed = { text: kickstartOf(of.kickstart), options: kernelOptions(of.kickstart) }
  await using disk = await openDisk(of.iso)
  const image = await open(disk.path, 'r')
  const folder = await mkdtemp(join(of.scratch, 'esxi-'))
  // Beside the output, since only within a file system it can take its place at once; nobody else may look into it.
  const beside = await mkdtemp(join(dirname(of.output), '.nestlab-')).catch(() => undefined)
  const draft = join(beside ?? folder, 'draft.iso')
  try {
    if (beside === undefined)
      throw fail('esxi-iso-not-made', { file: of.output, reason: 'its folder cannot be written to' })
    const plan = await planOf(image, changed)
    const root = join(folder, 'root')
    await copyFiles(plan, { from: disk.path, root, signal: of.signal })
    await runTool(xorrisoArguments(plan, root, draft), { signal: of.signal })
    await chmod(draft, 0o600)
    await checkIso(draft, plan)
    const facts = await hashFile(draft, { signal: of.signal })
    await rename(draft, of.output)
    return { ...facts, firmware: plan.contents.boot.map(({ firmware }) => firmware) }
  } catch (error) {
    throw toldOf(error, of)
  } finally {
    await image.close()
    await rm(folder, { recursive: true, force: true })
    if (beside !== undefined) await rm(beside, { recursive: true, force: true })
  }
}

function toldOf(error: unknown, { iso, output, signal }: KickstartIso): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof Failure) return error
  if (error instanceof IsoProblem) return fail('esxi-iso-unfit', { file: iso, reason: error.message }, error)
  if (error instanceof ToolError || (error instanceof Error && errorCode(error) !== ''))
    return fail('esxi-iso-not-made', { file: output, reason: error.message }, error)
  return error
}

async function copyFiles(
  { kept, written }: IsoPlan,
  { from, root, signal }: { readonly from: string; readonly root: string; readonly signal: AbortSignal },
): Promise<void> {
  for (const { path, firstSector, sizeBytes } of kept) {
    const to = join(root, path)
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    if (sizeBytes === 0) {
      await writeFile(to, '', { flag: 'wx' })
      continue
    }
    const start = firstSector * sectorBytes
    const source = createReadStream(from, { start, end: start + sizeBytes - 1, highWaterMark: 2 ** 20 })
    await pipeline(source, createWriteStream(to, { flags: 'wx' }), { signal })
  }
  for (const [path, content] of written) {
    await mkdir(dirname(join(root, path)), { recursive: true, mode: 0o700 })
    await writeFile(join(root, path), content, { flag: 'wx', mode: 0o600 })
  }
}

/** As VMware's manual has it ("Create an Installer ISO Image with a Custom Installation or Upgrade Script", 6.7). */
function xorrisoArguments({ contents, bootFiles, catalogPath }: IsoPlan, root: string, draft: string) {
  const day = '2000010100000000'
  const images = contents.boot.map((entry, place) => {
    const path = bootFiles[place]?.path ?? ''
    // Isolinux asks for its own place to be written into it.
    if (entry.firmware === 'uefi') return ['-e', path, '-no-emul-boot']
    return ['-b', path, '-no-emul-boot', '-boot-load-size', `${entry.loadBlocks}`, '-boot-info-table']
  })
  return [
    ...['xorriso', '-as', 'mkisofs', '-quiet', '-V', contents.volume],
    ...[`--modification-date=${day}`, '--set_all_file_dates', day],
    // Every tree of the image then has the names as they were.
    ...['-relaxed-filenames', '-allow-lowercase', '-allow-multidot', '-J', '-r'],
    ...['-o', draft, '-c', catalogPath],
    ...images.flatMap((image, place) => (place === 0 ? image : ['-eltorito-alt-boot', ...image])),
    root,
  ]
}
