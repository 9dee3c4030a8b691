/** Which labs there are on this machine, and how one is forgotten. */
import { readdir, rm } from 'node:fs/promises'
import { errorCode, fileFailure } from './errors.ts'
import { labPaths, type Roots, sitePaths } from './paths.ts'

/** Names of all labs that left anything here, sorted; a lab whose record is damaged is among them. */
export async function listLabs(roots: Roots): Promise<readonly string[]> {
  const folder = sitePaths(roots).labs
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw fileFailure('list the labs', folder, error)
  }
}

/** Removes every file of the lab. Its processes must have ended; its lock is left to the one who holds it. */
export async function removeLab(roots: Roots, lab: string): Promise<void> {
  const { state, run } = labPaths(roots, lab)
  for (const folder of [run, state]) {
    try {
      await rm(folder, { recursive: true, force: true })
    } catch (error) {
      throw fileFailure('remove the lab', folder, error)
    }
  }
}
