/** Makes kept files small and safe on the disk, and says what is in them. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface SealedSize {
  readonly bytes: number
  readonly sha256: string
}

/** Pages of zeros become holes: neither the disk nor the page cache holds them. Where that cannot be, nothing is lost. */
export function digHoles(file: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('fallocate', ['--dig-holes', file], { stdio: 'ignore' })
    child.on('error', () => resolve())
    child.on('close', () => resolve())
  })
}

/** Of every file in the folder, by its name. */
export async function sealFiles(folder: string): Promise<Record<string, SealedSize>> {
  const sealed: Record<string, SealedSize> = {}
  for (const name of (await readdir(folder)).toSorted()) sealed[name] = await sealFile(join(folder, name))
  return sealed
}

async function sealFile(file: string): Promise<SealedSize> {
  const handle = await open(file, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk)
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') }
}
