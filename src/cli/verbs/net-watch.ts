/** `nestlab net watch`: what passes the ports and what is dropped there, as it happens. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabNetwork } from '#engine'
import { fail } from '../errors.ts'
import { LiveLines } from '../live.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { portPath } from '../port-words.ts'
import { bitsPerSecond, readDuration } from '../quantities.ts'
import { columns } from '../table.ts'
import { changes, type PortChange, type Sample } from '../traffic.ts'
import type { Call, Verb } from '../verb.ts'

const shortestIntervalMs = 100

export const watch: Verb = {
  name: 'watch',
  summary: 'watch frames, bits and drops per port until Ctrl-C',
  more: 'On a terminal the picture is drawn anew; otherwise there is one line (with --json one object) for each port on which something has happened.',
  options: [
    labOption,
    ['--interval <time>', 'look this often: 1s, which is the default'],
    ['--duration <time>', 'end after this time: 10s'],
  ],
  examples: [
    { line: 'nestlab net watch', does: 'where do the frames go, and where do they stop?' },
    { line: 'nestlab net watch --json --duration 10s', does: 'ten seconds of it for a program' },
  ],
  async run(call) {
    const intervalMs = Math.max(shortestIntervalMs, duration(call, 'interval') ?? 1000)
    const durationMs = duration(call, 'duration') ?? Number.POSITIVE_INFINITY
    const lab = await pickLab(call)
    const network = await (await call.services.engine()).network(lab, call.signal)
    try {
      await follow(call, network, { intervalMs, durationMs })
    } catch (error) {
      // Ctrl-C is how it ends.
      if (!call.signal.aborted) throw error
    } finally {
      await network.close()
    }
    return 0
  },
}

async function follow(
  call: Call,
  network: LabNetwork,
  { intervalMs, durationMs }: { readonly intervalMs: number; readonly durationMs: number },
): Promise<void> {
  const { nowMs } = call.services
  const { stdout } = call.terminal
  using lines = stdout.isTTY && !call.json ? new LiveLines(stdout) : undefined
  const untilMs = nowMs() + durationMs
  let before = await sample(call, network)
  for (const { owner, why } of before.unreachable) call.terminal.tell(`${owner}: ${why}`)
  do {
    await sleep(intervalMs, undefined, { signal: call.signal })
    const after = await sample(call, network)
    const changed = changes(before, after)
    before = after
    if (lines) lines.draw(picture(call, changed))
    else for (const change of changed) if (change.isBusy) sayChange(call, change)
  } while (nowMs() < untilMs)
}

async function sample(call: Call, network: LabNetwork): Promise<Sample> {
  const levels = await network.stats(call.signal)
  return {
    atMs: call.services.nowMs(),
    ports: levels.flatMap(({ owner, ports }) =>
      ports.map((port) => ({
        ...port,
        port: portPath(owner, port.port),
        switchName: portPath(owner, port.switchName),
      })),
    ),
    unreachable: levels.flatMap(({ owner, unreachable }) =>
      unreachable ? [{ owner, why: unreachable }] : [],
    ),
  }
}

function picture({ terminal: { paint } }: Call, changed: readonly PortChange[]): string[] {
  const head = ['PORT', 'SWITCH', 'IN', '', 'OUT', '', 'DROPPED'].map(paint.faint)
  const rows = changed.map(({ port, switchName, portgroup, in: come, out, dropped }) => [
    port,
    portgroup ? `${switchName}/${portgroup}` : switchName,
    ...[come, out].flatMap(({ framesPerS, bitsPerS }) => [
      `${Math.round(framesPerS)}/s`,
      bitsPerS === undefined ? '' : bitsPerSecond(bitsPerS),
    ]),
    paint.doubtful(dropsText(dropped)),
  ])
  return columns([head, ...rows])
}

function sayChange({ terminal, json }: Call, change: PortChange): void {
  const { isBusy: _, ...told } = change
  if (json) {
    terminal.say(JSON.stringify({ at: new Date().toISOString(), ...told }))
    return
  }
  const way = (name: string, { framesPerS, bitsPerS }: PortChange['in']) =>
    `${name} ${Math.round(framesPerS)} frames/s${bitsPerS === undefined ? '' : `, ${bitsPerSecond(bitsPerS)}`}`
  const time = new Date().toLocaleTimeString('en-GB')
  const drops = dropsText(change.dropped)
  const text = `${time} ${change.port}  ${way('in', change.in)}  ${way('out', change.out)}`
  terminal.say(drops ? `${text}  dropped ${terminal.paint.doubtful(drops)}` : text)
}

function dropsText(dropped: Readonly<Record<string, number>>): string {
  return Object.entries(dropped)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ')
}

function duration(call: Call, option: string): number | undefined {
  const text = call.value(option)
  if (text === undefined) return undefined
  const ms = readDuration(text)
  if (ms !== undefined) return ms
  throw fail('wrong-usage', {
    text: `--${option} ${text} is not a time, as in 10s or 500ms.`,
    command: 'nestlab net watch',
  })
}
