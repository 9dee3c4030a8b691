/** Which lab a command is about: its file, or its name among the labs that exist. */
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LabEntry } from '#engine'
import type { ResolvedLab } from '#lab'
import { fail } from './errors.ts'
import type { LoadedLab } from './services.ts'
import type { Call, OptionRow } from './verb.ts'

export const fileOption: OptionRow = [
  '-f, --file <file>',
  'the lab file (default: the only *.lab.yaml in this folder)',
]

/** For verbs that are about a lab file and nothing else. */
export const fileArgument: OptionRow = ['[file]', 'the lab file, as with --file']

export const siteOption: OptionRow = [
  '--site <name>',
  'where to run the lab, whatever its file says: local, sim, or a site of nestlab site ls',
]

export const labOption: OptionRow = ['--lab <name>', 'the lab (default: the only one there is)']

/** The lab file, absolute. A TypeScript module counts only when it is named. */
export async function pickFile(call: Call): Promise<string> {
  const named = call.value('file')
  if (named !== undefined) return resolve(call.folder, named)
  const files = (await readdir(call.folder)).filter((name) => /\.lab\.ya?ml$/.test(name)).sort()
  if (files.length > 1) throw fail('several-lab-files', { files })
  const [file] = files
  if (file === undefined) throw fail('no-lab-file', { folder: call.folder })
  return resolve(call.folder, file)
}

/** Name of the lab that `--lab` means, or the only one; with several, the one of this folder's lab file. */
export async function pickLab(call: Call): Promise<string> {
  const engine = await call.services.engine()
  const entries = await engine.labs()
  const labs = entries.map((entry) => entry.name)
  const wanted = call.value('lab')
  if (wanted !== undefined) {
    if (!labs.includes(wanted)) throw fail('unknown-lab', { lab: wanted, labs })
    return wanted
  }
  const [only, ...others] = labs
  if (only === undefined) throw fail('no-lab', {})
  if (others.length === 0) return only
  const here = labOfFolder(entries, call.folder)
  if (here === undefined) throw fail('several-labs', { labs })
  return here
}

function labOfFolder(entries: readonly LabEntry[], folder: string): string | undefined {
  const [here, ...others] = entries.filter(
    (entry) => entry.file !== undefined && resolve(entry.file, '..') === folder,
  )
  return others.length === 0 ? here?.name : undefined
}

export interface Loaded {
  /** Absolute. */
  readonly file: string
  readonly lab: ResolvedLab
  /** Where the file says a setting of the lab. */
  readonly placeOf?: NonNullable<LoadedLab['placeOf']>
}

/** Reads the lab file, for that site if one was asked for. Its problems are printed here; then there is no lab, and the command ends with 1. */
export async function loadLab(call: Call, site?: string): Promise<Loaded | undefined> {
  return await loadFile(call, await pickFile(call), site)
}

/** The same for verbs whose one argument is the file. */
export async function loadNamed(call: Call, verb: string, site?: string): Promise<Loaded | undefined> {
  const [argument] = call.args
  if (argument === undefined) return await loadLab(call, site)
  if (call.value('file') !== undefined)
    throw fail('wrong-usage', {
      text: 'The lab file is named twice.',
      command: `nestlab ${verb}`,
    })
  return await loadFile(call, resolve(call.folder, argument), site)
}

/** The same for the file of that absolute path. */
export async function loadFile(call: Call, file: string, site?: string): Promise<Loaded | undefined> {
  const loaded = await (await call.services.labFiles()).load(file, site)
  const { lab, placeOf } = loaded
  if (lab) return { file, lab, ...(placeOf && { placeOf }) }
  if (call.json) call.terminal.say(JSON.stringify({ file, ok: false, problems: loaded.problems }))
  else call.terminal.tell(loaded.render(call.terminal.hasColor).trimEnd())
  return undefined
}
