/** A lab's status as a tree. */
import type { LabStatus, MachineStatus } from '#engine'
import type { Paint } from './paint.ts'
import { type Branch, columns, duration, mebibytes, nested, tree } from './table.ts'
import type { Call } from './verb.ts'

/** What `up`, `start` and `stop` add to a status: how long they took. */
export interface Took {
  readonly tookMs: number
  readonly tookMsByPath: ReadonlyMap<string, number>
}

/** Prints a status on stdout. */
export function sayStatus(call: Call, status: LabStatus, took?: Took): void {
  const { terminal } = call
  if (call.json) {
    const times = took && { tookMs: took.tookMs, tookMsByPath: Object.fromEntries(took.tookMsByPath) }
    terminal.say(JSON.stringify({ ...status, ...times }))
    return
  }
  terminal.say(statusLines(status, terminal.paint, took).join('\n'))
  if (took) terminal.say(`${terminal.paint.good('✓')} ${status.lab}: done in ${duration(took.tookMs)}.`)
}

export function statusLines(status: LabStatus, paint: Paint, took?: Took): string[] {
  const cellsOf = (machine: MachineStatus) => cells(machine, paint, took)
  const root: Branch = {
    cells: [`${paint.strong(status.lab)} ${paint.faint(`(${status.site})`)}`],
    branches: nested(status.machines, (machine) => machine.path, cellsOf),
  }
  return [
    ...tree([root]),
    ...deadSwitches(status, paint),
    ...notes(status, paint),
    ...interruption(status, paint),
  ]
}

function cells(machine: MachineStatus, paint: Paint, took?: Took): string[] {
  const tookMs = took?.tookMsByPath.get(machine.path)
  return [
    paint.name(machine.path.split('/').at(-1) ?? machine.path),
    paint.faint(`L${machine.level}`),
    stateText(machine, paint),
    machine.accelerator ?? '',
    machine.image,
    machine.runningCpus === undefined
      ? `${machine.cpus} cpu`
      : `${machine.runningCpus} of ${machine.cpus} cpu`,
    mebibytes(machine.memoryMiB),
    machine.addresses.join(' '),
    tookMs === undefined ? '' : paint.faint(duration(tookMs)),
  ]
}

function stateText({ state, leftover }: MachineStatus, paint: Paint): string {
  const text = leftover ? `${state} (not in the file)` : state
  switch (state) {
    case 'ready':
      return paint.good(text)
    case 'crashed':
    case 'unreachable':
      return paint.bad(text)
    case 'running':
    case 'created':
    case 'paused':
    case 'unknown':
      return paint.doubtful(text)
    case 'missing':
    case 'stopped':
      return paint.faint(text)
    default:
      return state satisfies never
  }
}

function notes(status: LabStatus, paint: Paint): string[] {
  return (status.notes ?? []).map((note) => paint.faint(note))
}

function deadSwitches(status: LabStatus, paint: Paint): string[] {
  const dead = status.switches.filter((one) => !one.alive)
  return columns(dead.map((one) => [paint.bad('switch not running'), one.path]))
}

function interruption(status: LabStatus, paint: Paint): string[] {
  const { interrupted } = status
  if (interrupted.length === 0) return []
  const steps = interrupted.map((step) => `  ${step.id}`)
  return [
    paint.doubtful('A command was cut off while it did this:'),
    ...steps,
    'nestlab up goes on from here; nestlab down takes everything away.',
  ]
}
