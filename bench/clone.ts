/** Measures what begins at a kept instant against what boots: `node bench/clone.ts [rounds] [seconds until memory is read] [copies…]`. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { labPaths, rootsFrom } from '#store'
import { answersAfterRevert } from './answers.ts'

const rounds = Number(process.argv[2] ?? 3)
const settleS = Number(process.argv[3] ?? 60)
const curve = process.argv.slice(4).map(Number)
const repository = fileURLToPath(new URL('..', import.meta.url))
const lab = 'bench-clone'
const roots = rootsFrom(process.env)

function nestlab(...args: readonly string[]): string {
  const ended = spawnSync(join(repository, 'bin', 'nestlab'), args, { encoding: 'utf8' })
  if (ended.status === 0) return ended.stdout
  throw new Error(`nestlab ${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
}

/** Milliseconds that the command took. */
function timed(...args: readonly string[]): number {
  const began = performance.now()
  nestlab(...args)
  return performance.now() - began
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const seconds = (ms: number): string => (ms / 1000).toFixed(2)

interface Memory {
  /** Sums over the QEMU processes of a lab, in MiB. */
  readonly privateMiB: number
  readonly pssMiB: number
}

async function memoryOf(name: string): Promise<Memory> {
  let [privateKiB, pssKiB] = [0, 0]
  for (const entry of await readdir('/proc')) {
    const commandLine = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (!commandLine.startsWith('qemu-') || !commandLine.includes(`${labPaths(roots, name).state}/`)) continue
    const rollup = await readFile(`/proc/${entry}/smaps_rollup`, 'utf8').catch(() => '')
    const kib = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
    privateKiB += kib('Private_Dirty')
    pssKiB += kib('Pss')
  }
  return { privateMiB: privateKiB / 1024, pssMiB: pssKiB / 1024 }
}

async function cachedMiB(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8')
  return Number(/^Cached:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024
}

/** Cold and warm beginnings of the same lab, one after the other. */
function beginnings(file: string): { readonly cold: number[]; readonly warm: number[] } {
  const cold: number[] = []
  const warm: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    cold.push(timed('up', '-f', file))
    nestlab('warm', 'make', '-f', file)
    nestlab('down', '--lab', lab)
    warm.push(timed('up', '-f', file))
    nestlab('down', '--lab', lab)
    nestlab('warm', 'rm', lab)
  }
  return { cold, warm }
}

async function answers(): Promise<void> {
  console.log(
    '\n| round | machines run again, s | inner machines answer, s | the command ends, s |\n|---|---|---|---|',
  )
  for (let round = 1; round <= rounds; round += 1) {
    const { resumedMs, answeredMs, endedMs } = await answersAfterRevert({ repository, lab, nestlab })
    console.log(`| ${round} | ${seconds(resumedMs)} | ${seconds(answeredMs)} | ${seconds(endedMs)} |`)
  }
}

async function copies(): Promise<void> {
  await pause(settleS * 1000)
  const booted = await memoryOf(lab)
  const { pausedMs } = JSON.parse(nestlab('snapshot', 'create', 'start', '--lab', lab, '--json')) as {
    readonly pausedMs: number
  }
  console.log(`\nA machine stood still for the snapshot: ${Math.round(pausedMs)} ms at most.\n`)
  console.log(
    '| copies | a copy began in, s | private, MiB each | of a booted lab | PSS, MiB each | page cache, MiB |',
  )
  console.log('|---|---|---|---|---|---|')
  const made: string[] = []
  try {
    for (const count of curve.length > 0 ? curve : [1]) {
      const times: number[] = []
      while (made.length < count) {
        const name = `${lab}-${made.length + 1}`
        made.push(name)
        times.push(timed('clone', `${lab}@start`, '--name', name))
        // All that stand still together take no time from the next one.
        if (count > 1) nestlab('freeze', '--lab', name)
      }
      if (count === 1) await pause(settleS * 1000)
      const all = await Promise.all(made.map(memoryOf))
      const [own, pss] = [median(all.map((one) => one.privateMiB)), median(all.map((one) => one.pssMiB))]
      const share = `${Math.round((own / booted.privateMiB) * 100)} %`
      const cached = Math.round(await cachedMiB())
      console.log(
        `| ${count} | ${seconds(median(times))} | ${Math.round(own)} | ${share} | ${Math.round(pss)} | ${cached} |`,
      )
    }
  } finally {
    for (const name of made) nestlab('down', '--lab', name)
  }
}

const folder = await mkdtemp(join(tmpdir(), 'nestlab-bench-'))
try {
  const file = join(folder, 'bench.lab.yaml')
  const example = await readFile(join(repository, 'examples', 'two-hypervisors.lab.yaml'), 'utf8')
  await writeFile(file, example.replace(/^name: .*/m, `name: ${lab}`))
  const { cold, warm } = beginnings(file)
  console.log('| round | up, booting, s | up, from a warm lab, s |\n|---|---|---|')
  for (const [round, ms] of cold.entries())
    console.log(`| ${round + 1} | ${seconds(ms)} | ${seconds(warm[round] ?? 0)} |`)
  console.log(`| median | ${seconds(median(cold))} | ${seconds(median(warm))} |`)
  console.log(`\nRatio of the medians: ${(median(cold) / median(warm)).toFixed(1)}`)
  nestlab('up', '-f', file)
  try {
    await copies()
    await answers()
  } finally {
    nestlab('down', '--lab', lab)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
