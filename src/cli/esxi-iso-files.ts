/** Where an unattended ISO comes from and goes to: looked at before anybody is asked for a password. */
import { constants } from 'node:fs'
import { access, lstat, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail } from './errors.ts'
import type { Call } from './verb.ts'

export interface IsoFiles {
  /** Absolute, as is `output`. */
  readonly iso: string
  readonly output: string
}

const command = 'nestlab esxi iso'

/** A file that is there is written over with --force alone, and the installer never. */
export async function isoFiles(call: Call): Promise<IsoFiles> {
  const named = { iso: call.value('iso'), output: call.value('output') }
  if (named.iso === undefined)
    throw fail('wrong-usage', { text: 'Which installer? Add --iso FILE.', command })
  if (named.output === undefined)
    throw fail('wrong-usage', { text: 'Nowhere to write to: add -o FILE.', command })
  const [iso, output] = [resolve(call.folder, named.iso), resolve(call.folder, named.output)]
  const installer = await readable(iso)
  const there = await lstat(output).catch(() => undefined)
  if (!there) return { iso, output }
  if (!call.has('force')) throw fail('iso-file-exists', { file: output })
  if (!there.isFile())
    throw fail('wrong-usage', { text: `${output} is no file that could be written over.`, command })
  if (there.dev === installer.dev && there.ino === installer.ino)
    throw fail('wrong-usage', { text: '-o names the installer itself, which is still needed.', command })
  return { iso, output }
}

async function readable(iso: string) {
  try {
    await access(iso, constants.R_OK)
    return await stat(iso)
  } catch (error) {
    throw fail('installer-missing', { file: iso }, error)
  }
}
