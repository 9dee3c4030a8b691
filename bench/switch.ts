/** Measures the live switch against a C reference and against what else one could use: `node bench/switch.ts [rounds] [seconds]`. */
import { bridge, candidates, ours, reference } from './switch/candidates.ts'
import { withBench } from './switch/setting.ts'
import {
  type Bench,
  type Candidate,
  type Count,
  type Load,
  measure,
  warmUpSeconds,
} from './switch/traffic.ts'

const rounds = Number(process.argv[2] ?? 3)
const seconds = Number(process.argv[3] ?? 2)
const only = process.argv[4]

const loads: readonly Load[] = [
  { name: '64 B, one frame a write', pattern: 'one', frameBytes: 64, ports: 2, promiscuous: 0 },
  { name: '1514 B, one frame a write', pattern: 'one', frameBytes: 1514, ports: 2, promiscuous: 0 },
  { name: '64 B bulk', pattern: 'bulk', frameBytes: 64, ports: 2, promiscuous: 0 },
  { name: '1514 B bulk', pattern: 'bulk', frameBytes: 1514, ports: 2, promiscuous: 0 },
  { name: '64 B flood to 7', pattern: 'flood', frameBytes: 64, ports: 8, promiscuous: 0 },
  { name: '1514 B flood to 7', pattern: 'flood', frameBytes: 1514, ports: 8, promiscuous: 0 },
  { name: '64 B to 7 in turn', pattern: 'mix', frameBytes: 64, ports: 8, promiscuous: 0 },
  { name: '1514 B to 7 in turn', pattern: 'mix', frameBytes: 1514, ports: 8, promiscuous: 0 },
  { name: '64 B to one, 6 promiscuous', pattern: 'bulk', frameBytes: 64, ports: 8, promiscuous: 6 },
]

/** Frames delivered for each second of CPU that the switch took, in millions; of everybody, for a bridge. */
function perCpuSecond(candidate: Candidate, count: Count): number {
  const cpuS = candidate === bridge ? count.ownCpuS : count.switchCpuS
  return count.delivered / Math.max(cpuS, 0.01) / 1e6
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function compare(bench: Bench, load: Load, usable: readonly Candidate[]): Promise<string> {
  const results = new Map<Candidate, number[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const candidate of usable) {
      if (!candidate.carries(load)) continue
      const count = await measure(bench, candidate, { load, seconds })
      results.set(candidate, [...(results.get(candidate) ?? []), perCpuSecond(candidate, count)])
    }
  }
  const own = median(results.get(ours) ?? [])
  const cells = usable.map((candidate) => {
    const values = results.get(candidate)
    if (!values) return '–'
    const value = median(values)
    return candidate === ours ? value.toFixed(2) : `${value.toFixed(2)} (${(own / value).toFixed(2)} ×)`
  })
  return `| ${[load.name, ...cells].join(' | ')} |`
}

await withBench(async (bench) => {
  const usable = candidates.filter((candidate) => {
    const why = candidate.lacking()
    if (why) console.log(`${candidate.name} is left out: ${why}`)
    return !why && (only === undefined || [ours.name, reference.name].includes(candidate.name))
  })
  console.log(
    `Frames delivered per CPU-second of the switch, in millions; in brackets: Nestlab's divided by it.`,
  )
  console.log(
    `Medians of ${rounds} interleaved rounds of ${seconds} s after ${warmUpSeconds} s of warm-up. The bridge's CPU is that of everybody.\n`,
  )
  console.log(`| load | ${usable.map(({ name }) => name).join(' | ')} |`)
  console.log(`|---${'|---'.repeat(usable.length)}|`)
  for (const load of loads) console.log(await compare(bench, load, usable))
})
