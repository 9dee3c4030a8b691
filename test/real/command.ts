/** Runs the real `nestlab` command as a process for tests that boot real machines. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { labPaths, rootsFrom, sitePaths } from '#store'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const program = join(repository, 'bin', 'nestlab')

/** Images are built once and shared by all real tests; labs are told apart by their names. */
export const home = process.env.NESTLAB_TEST_HOME ?? join(repository, '.cache', 'home')
const roots = rootsFrom({ NESTLAB_HOME: home })

/** Part of the command line of every process of the lab. */
export function runFolder(lab: string): string {
  return labPaths(roots, lab).run
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the command and hands out the process, so that a test can kill it. */
export function start(
  args: readonly string[],
  folder = repository,
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(program, [...args], {
    cwd: folder,
    env: { ...process.env, NESTLAB_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  return { child, ended }
}

export async function nestlab(args: readonly string[], folder?: string): Promise<Ended> {
  return await start(args, folder).ended
}

/** Runs the command and fails the test with everything it printed unless it exits with 0. */
export async function succeed(args: readonly string[], folder?: string): Promise<string> {
  const ended = await nestlab(args, folder)
  assert.equal(
    ended.code,
    0,
    `nestlab ${args.join(' ')} exited with ${ended.code}\n${ended.stdout}\n${ended.stderr}`,
  )
  return ended.stdout
}

export interface LabFile extends AsyncDisposable {
  readonly file: string
  readonly name: string
  rewrite(change: (text: string) => string): Promise<void>
}

/** Writes a lab file to a folder of its own; when the test ends the lab is taken down, also after a failure. */
export async function labFile(name: string, text: string): Promise<LabFile> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-test-'))
  const file = join(folder, `${name}.lab.yaml`)
  await writeFile(file, text)
  return {
    file,
    name,
    async rewrite(change) {
      await writeFile(file, change(await readFile(file, 'utf8')))
    },
    async [Symbol.asyncDispose]() {
      await nestlab(['down', '--lab', name])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Processes whose command line holds `text`, as far as this user may see them. */
export async function processesWith(text: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(text)) found.push(Number(entry))
  }
  return found
}

/** Everything a lab could leave behind: its folders and its processes. */
export async function leftovers(name: string): Promise<string[]> {
  const left: string[] = []
  for (const folder of [sitePaths(roots).labs, roots.run]) {
    for (const entry of await readdir(folder).catch(() => []))
      if (entry === name) left.push(join(folder, entry))
  }
  for (const pid of await processesWith(runFolder(name))) left.push(`process ${pid}`)
  return left
}
