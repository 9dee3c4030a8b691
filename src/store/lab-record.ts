/** The lab as it was last brought up, with the file it came from. */
import type { ResolvedLab } from '#lab'
import { failStore } from './errors.ts'
import { labPaths, type Roots } from './paths.ts'
import { readSealed, type SealedFile, writeSealed } from './sealed.ts'

export interface LabRecord {
  readonly lab: ResolvedLab
  /** Absolute path of the lab file; it may have changed or gone since. */
  readonly sourceFile: string
  readonly savedAtMs: number
}

/** Refuses to replace a record that is damaged. */
export async function saveLabRecord(roots: Roots, record: LabRecord): Promise<void> {
  await writeSealed(recordFile(roots, record.lab.name), record)
}

/** `undefined` when the lab was never brought up. */
export async function loadLabRecord(roots: Roots, lab: string): Promise<LabRecord | undefined> {
  const file = recordFile(roots, lab)
  const content = await readSealed(file)
  if (content === undefined) return undefined
  if (!isLabRecord(content) || content.lab.name !== lab) {
    throw failStore('state-damaged', { ...file, reason: `it does not describe lab ${lab}` })
  }
  return content
}

function recordFile(roots: Roots, lab: string): SealedFile {
  return { path: labPaths(roots, lab).record, what: 'The record of the lab' }
}

/** The checksum has already shown that the content is what Nestlab wrote; this tells records from other files. */
function isLabRecord(value: unknown): value is LabRecord {
  if (typeof value !== 'object' || value === null) return false
  if (!('sourceFile' in value && typeof value.sourceFile === 'string')) return false
  if (!('lab' in value && typeof value.lab === 'object' && value.lab !== null)) return false
  return 'name' in value.lab && 'top' in value.lab
}
