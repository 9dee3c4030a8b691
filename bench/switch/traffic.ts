/** Runs `traffic.c` against one switch and reads what it counted. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Transport = 'stream' | 'vde' | 'tap'

export interface Load {
  readonly name: string
  readonly pattern: 'bulk' | 'one' | 'flood' | 'mix' | 'slow'
  readonly frameBytes: number
  readonly ports: number
  /** Of the ports, the last ones. */
  readonly promiscuous: number
}

export interface Count {
  readonly sent: number
  readonly delivered: number
  readonly seconds: number
  readonly switchCpuS: number
  readonly ownCpuS: number
}

/** Folders, built programs and a network namespace for one run of the benchmark. */
export interface Bench {
  readonly folder: string
  readonly traffic: string
  readonly reference: string
  /** Words before a command that shall run in the namespace. */
  readonly inNamespace: readonly string[]
}

/** A switch that runs, plugged to where the traffic comes from. */
export interface Running {
  readonly pid: number
  stop(): Promise<void>
}

export interface Candidate {
  readonly name: string
  readonly transport: Transport
  /** Why it cannot be measured here. */
  lacking(): string | undefined
  carries(load: Load): boolean
  /** Before the traffic opens its ends; the place to hand to it. */
  prepare?(bench: Bench, load: Load): Promise<void>
  start(bench: Bench, load: Load): Promise<Running>
}

const startLimitMs = 20_000
/** Node compiles what runs often within about this time. */
export const warmUpSeconds = 1.5

export const placeOf = (bench: Bench, candidate: Pick<Candidate, 'transport'>): string =>
  candidate.transport === 'tap' ? 'nlbench' : `${bench.folder}/port`

/** One load through one candidate for `seconds`. */
export async function measure(
  bench: Bench,
  candidate: Candidate,
  { load, seconds, watch }: { load: Load; seconds: number; watch?: (pid: number) => void },
): Promise<Count> {
  await candidate.prepare?.(bench, load)
  const { transport } = candidate
  const place = transport === 'vde' ? `${bench.folder}/vde` : placeOf(bench, candidate)
  const words = [transport, load.ports, load.pattern, load.frameBytes, warmUpSeconds, seconds, place].map(
    String,
  )
  const [command = '', ...rest] = [...bench.inNamespace, 'taskset', '-c', '1', bench.traffic, ...words]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  let running: Running | undefined
  try {
    const lines = linesOf(child)
    await expectLine(lines, 'listening')
    running = await candidate.start(bench, load)
    await expectLine(lines, 'ready')
    child.stdin.write(`${running.pid}\n`)
    watch?.(running.pid)
    const { value } = await lines.next()
    return JSON.parse(String(value)) as Count
  } finally {
    await running?.stop()
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}

function linesOf(child: ChildProcess): AsyncIterator<string> {
  if (!child.stdout) throw new Error('traffic has no output')
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]()
}

async function expectLine(lines: AsyncIterator<string>, wanted: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`traffic did not say ${wanted}`)), startLimitMs)
  })
  const { value } = await Promise.race([lines.next(), late]).finally(() => clearTimeout(timer))
  if (value !== wanted) throw new Error(`traffic said ${value} instead of ${wanted}`)
}

/** A process of a candidate, on the other CPU than the traffic; ended by `stop`. */
export function launch(command: readonly string[]): Running {
  const [program = '', ...words] = ['taskset', '-c', '0', ...command]
  // A pipe that says nothing: vde_switch ends with its input.
  const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'ignore'] })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command[0]} did not start`)
  return {
    pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 2000)
      await ended
      clearTimeout(force)
    },
  }
}
