/** Labs that were kept running so that the next `up` of the same lab begins there, by what they were made from. */
import { createHash } from 'node:crypto'
import type { ResolvedLab } from '#lab'
import { type Roots, readSealed, type SealedFile, sitePaths, writeSealed } from '#store'

export interface Warm {
  /** Of the resolved lab and the images of its machines. */
  readonly digest: string
  /** Of what was kept. */
  readonly id: string
  readonly lab: string
  readonly atMs: number
  readonly bytes: number
  /** It came in a blueprint: its keys are known to others, so whatever goes on from it is given new ones. */
  readonly isHandedOver?: true
}

export async function loadWarm(roots: Roots): Promise<readonly Warm[]> {
  const content = await readSealed(listFile(roots))
  return Array.isArray(content) ? (content as readonly Warm[]) : []
}

export async function saveWarm(roots: Roots, all: readonly Warm[]): Promise<void> {
  await writeSealed(listFile(roots), all)
}

/** The same for the same lab from the same images, wherever its file lies. */
export function warmDigest(lab: ResolvedLab, images: ReadonlyMap<string, string>): string {
  const about = { lab, images: [...images].toSorted(([a], [b]) => (a < b ? -1 : 1)) }
  return createHash('sha256').update(JSON.stringify(about)).digest('hex')
}

function listFile(roots: Roots): SealedFile {
  return { path: sitePaths(roots).warm, what: 'The list of warm labs' }
}
