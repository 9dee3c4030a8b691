/** Measures `nestlab up` of two hypervisors with a machine in each against the same QEMU processes started by hand. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { labPaths, rootsFrom } from '#store'
import { readRecipe, startByHand } from './by-hand.ts'

const rounds = Number(process.argv[2] ?? 3)
const repository = fileURLToPath(new URL('..', import.meta.url))
const lab = 'bench-up'
const roots = rootsFrom(process.env)

function nestlab(...args: readonly string[]): void {
  const ended = spawnSync(join(repository, 'bin', 'nestlab'), args, { encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(`nestlab ${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const seconds = (ms: number): string => (ms / 1000).toFixed(1)

/** Proportional memory of each process of the lab, in MiB, by its name. */
async function memoryMiB(): Promise<string[]> {
  const lines: string[] = []
  for (const entry of await readdir('/proc')) {
    const commandLine = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (!commandLine.includes(labPaths(roots, lab).state)) continue
    const rollup = await readFile(`/proc/${entry}/smaps_rollup`, 'utf8').catch(() => '')
    const kib = Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1])
    const guest = /guest=([^\0,]+)/.exec(commandLine)?.[1]
    lines.push(`| ${guest ? `QEMU of ${guest}` : 'switch'} | ${Math.round(kib / 1024)} |`)
  }
  return lines.sort()
}

const folder = await mkdtemp(join(tmpdir(), 'nestlab-bench-'))
const file = join(folder, 'bench.lab.yaml')
const example = await readFile(join(repository, 'examples', 'two-hypervisors.lab.yaml'), 'utf8')
await writeFile(file, example.replace(/^name: .*/m, `name: ${lab}`))
try {
  nestlab('up', '-f', file)
  const recipe = await readRecipe(roots, lab, folder)
  const memory = await memoryMiB()
  nestlab('down', '--lab', lab)
  const ours: number[] = []
  const byHand: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    byHand.push(await startByHand(recipe))
    const began = performance.now()
    nestlab('up', '-f', file)
    ours.push(performance.now() - began)
    nestlab('down', '--lab', lab)
  }
  console.log(`| round | by hand, s | nestlab up, s |\n|---|---|---|`)
  for (const [round, ms] of ours.entries())
    console.log(`| ${round + 1} | ${seconds(byHand[round] ?? 0)} | ${seconds(ms)} |`)
  console.log(`| median | ${seconds(median(byHand))} | ${seconds(median(ours))} |`)
  console.log(`\nRatio of the medians: ${(median(ours) / median(byHand)).toFixed(2)}\n`)
  console.log(`| process | memory (PSS), MiB |\n|---|---|\n${memory.join('\n')}`)
} finally {
  spawnSync(join(repository, 'bin', 'nestlab'), ['down', '--lab', lab])
  await rm(folder, { recursive: true, force: true })
}
