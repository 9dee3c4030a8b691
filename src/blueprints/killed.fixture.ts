/** Starts an errand of this room as a process and kills it at the step that a test wants, as a power cut would. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Errand } from './kill.fixture.ts'

const program = fileURLToPath(new URL('kill.fixture.ts', import.meta.url))

/** Resolves with the steps it had done; `done` when it ended before the step it was to be killed at. */
export async function killAt(errand: Errand, note: string, step: number): Promise<number | 'done'> {
  await writeFile(note, JSON.stringify(errand))
  const child = spawn(process.execPath, [program, note], { stdio: ['ignore', 'pipe', 'pipe'] })
  let steps = 0
  let complaint = ''
  child.stdout.on('data', (text: Buffer) => {
    steps += text.toString().split('\n').length - 1
    if (steps >= step) child.kill('SIGKILL')
  })
  child.stderr.on('data', (text: Buffer) => {
    complaint += text
  })
  const [code] = await once(child, 'close')
  if (code !== null && code !== 0) throw new Error(complaint)
  return code === 0 ? 'done' : steps
}
