/** How long `nestlab check` takes on large labs, and whether it grows with them: `node bench/check.ts [rounds]`. Best of several. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadLab, machinesOf, type ResolvedLab } from '#lab'
import { checkLab } from '#rules'
import { type Shape, shapes } from './check-labs.ts'

const rounds = Number(process.argv[2] ?? 5)
const nestlab = fileURLToPath(new URL('../bin/nestlab', import.meta.url))
const sizes = [100, 1000, 10_000] as const

function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function best(measure: () => number): number {
  return Math.min(...Array.from({ length: rounds }, measure))
}

function loaded(text: string): ResolvedLab {
  const { lab, problems } = loadLab(text, { file: 'bench.lab.yaml' })
  if (!lab) throw new Error(`a lab of the benchmark is wrong: ${JSON.stringify(problems[0])}`)
  return lab
}

/** How long the whole command takes, from its start to its end. */
function commandMs(...args: readonly string[]): number {
  return best(() => {
    const began = performance.now()
    const { status, stderr } = spawnSync(nestlab, args, { encoding: 'utf8', maxBuffer: 2 ** 30 })
    if (status !== 0 && status !== 1) throw new Error(stderr)
    return performance.now() - began
  })
}

interface Row {
  readonly machines: number
  readonly findings: number
  readonly loadMs: number
  readonly checkMs: number
  readonly commandMs: number
}

async function measured({ textOf }: Shape, machines: number, folder: string): Promise<Row> {
  const text = textOf(machines)
  const lab = loaded(text)
  const file = join(folder, 'bench.lab.yaml')
  await writeFile(file, text)
  return {
    machines: [...machinesOf(lab.top)].length,
    findings: checkLab(lab).findings.length,
    loadMs: best(() => cpuMs(() => void loaded(text))),
    checkMs: best(() => cpuMs(() => void checkLab(lab))),
    commandMs: commandMs('check', '-f', file),
  }
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

const folder = await mkdtemp(join(tmpdir(), 'nestlab-bench-'))
try {
  console.log(
    '| lab | machines | findings | load, ms | check, ms | whole command, ms |\n|---|---|---|---|---|---|',
  )
  const growth: string[] = []
  for (const shape of shapes) {
    const rows: Row[] = []
    for (const machines of sizes) rows.push(await measured(shape, machines, folder))
    for (const row of rows) {
      const times = [row.loadMs, row.checkMs, row.commandMs].map(ms)
      console.log(`| ${[shape.name, row.machines, row.findings, ...times].join(' | ')} |`)
    }
    const [, middle, last] = rows
    const ratio = (last?.checkMs ?? Number.NaN) / (middle?.checkMs ?? Number.NaN)
    growth.push(`${shape.name} ${ratio.toFixed(1)}`)
  }
  console.log(`\nCheck of 10,000 machines divided by that of 1,000: ${growth.join(' · ')}`)
  console.log(`A start that does nothing (--version): ${ms(commandMs('--version'))} ms`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
