/** Watches the live switch's memory while it is sent more than a guest takes: `node bench/switch-memory.ts [minutes]`. */
import { readFileSync } from 'node:fs'
import { ours } from './switch/candidates.ts'
import { withBench } from './switch/setting.ts'
import { type Load, measure } from './switch/traffic.ts'

const minutes = Number(process.argv[2] ?? 10)
const sampleEveryMs = 5000

/** Everything port 0 can send, to a port that reads 64 KiB ten times a second. */
const load: Load = { name: 'overload', pattern: 'slow', frameBytes: 1514, ports: 8, promiscuous: 0 }

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
}

await withBench(async (bench) => {
  const samples: number[] = []
  let timer: NodeJS.Timeout | undefined
  const watch = (pid: number) => {
    timer = setInterval(() => samples.push(residentMiB(pid)), sampleEveryMs)
  }
  const count = await measure(bench, ours, { load, seconds: minutes * 60, watch })
  clearInterval(timer)
  const tenth = Math.max(1, Math.floor(samples.length / 10))
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length
  const parts = Array.from({ length: 10 }, (_, part) => samples.slice(part * tenth, (part + 1) * tenth))
  console.log(`Memory of the switch (RSS, MiB) over ${minutes} minutes of overload, means of each tenth:\n`)
  console.log(`| ${parts.map((_, part) => `${part + 1}`).join(' | ')} |`)
  console.log(`|${parts.map(() => '---').join('|')}|`)
  console.log(`| ${parts.map((part) => (part.length > 0 ? mean(part).toFixed(1) : '–')).join(' | ')} |`)
  const [sentM, deliveredM] = [count.sent, count.delivered].map((frames) => (frames / 1e6).toFixed(2))
  console.log(`\n${sentM} M frames sent, ${deliveredM} M delivered; the rest was dropped and counted.`)
})
