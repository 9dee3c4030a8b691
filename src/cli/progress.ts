/** Shows a plan being carried out: a live tree with elapsed times for people, one line an event otherwise. */
import type { EngineEvent, Step } from '#engine'
import { LiveLines } from './live.ts'
import { harmless, type Paint } from './paint.ts'
import { stepWords, subjectOf } from './step-words.ts'
import { duration, nested, tree } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Spinner and elapsed times move this often. */
const redrawMs = 120

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export interface Progress extends Disposable {
  readonly onEvent: (event: EngineEvent) => void
}

type StepEvent = Extract<EngineEvent, { readonly step: Step }>

/** One machine or switch: its last step and how that goes. */
interface Row {
  readonly path: string
  /** Steps that have not ended. */
  readonly left: Set<string>
  step?: Step
  state: 'waiting' | 'doing' | 'done' | 'failed' | 'skipped'
  sinceMs: number
  tookMs: number
}

export function showProgress(terminal: Terminal, lab: string, nowMs: () => number): Progress {
  return terminal.isLive ? new LiveProgress(terminal, lab, nowMs) : new PlainProgress(terminal, lab)
}

class PlainProgress implements Progress {
  readonly #terminal: Terminal
  readonly #lab: string

  constructor(terminal: Terminal, lab: string) {
    this.#terminal = terminal
    this.#lab = lab
  }

  readonly onEvent = (event: EngineEvent): void => {
    const line = plainLine(event, this.#lab)
    if (line) this.#terminal.tell(line)
  };

  [Symbol.dispose](): void {}
}

function plainLine(event: EngineEvent, lab: string): string | undefined {
  if (event.kind === 'planned') return undefined
  if (event.kind === 'note') return `${event.path || lab}: ${harmless(event.text)}`
  const subject = subjectOf(event.step, lab)
  const words = stepWords[event.step.do]
  switch (event.kind) {
    case 'step-began':
      // Most steps end at once; only a long wait is worth a line before its end.
      return event.step.do === 'prove-guest' || event.step.do === 'stop-machine'
        ? `${subject}: ${words.doing}`
        : undefined
    case 'step-done':
      return `${subject}: ${words.done} (${duration(event.tookMs)})`
    case 'step-failed':
      return `${subject}: failed while ${words.doing}`
    case 'step-skipped':
      return `${subject}: not ${words.done}: ${event.because}`
    default:
      return event satisfies never
  }
}

class LiveProgress implements Progress {
  readonly #terminal: Terminal
  readonly #lines: LiveLines
  readonly #nowMs: () => number
  readonly #lab: string
  readonly #rows = new Map<string, Row>()
  readonly #ended = new Set<string>()
  readonly #timer: NodeJS.Timeout
  readonly #beganMs: number
  #beat = 0

  constructor(terminal: Terminal, lab: string, nowMs: () => number) {
    this.#terminal = terminal
    this.#nowMs = nowMs
    this.#lab = lab
    this.#beganMs = nowMs()
    this.#lines = new LiveLines(terminal.stderr)
    this.#timer = setInterval(() => this.#draw(), redrawMs)
    this.#draw()
  }

  readonly onEvent = (event: EngineEvent): void => {
    if (event.kind === 'note') {
      this.#lines.keep(`${this.#terminal.paintErrors.name(event.path || this.#lab)}: ${harmless(event.text)}`)
    } else if (event.kind === 'planned') {
      for (const step of event.plan.steps) if (!this.#ended.has(step.id)) this.#rowOf(step).left.add(step.id)
    } else this.#change(this.#rowOf(event.step), event)
    this.#draw()
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#draw()
    this.#lines[Symbol.dispose]()
  }

  #rowOf(step: Step): Row {
    const path = subjectOf(step, this.#lab)
    const known = this.#rows.get(path)
    if (known) return known
    const row: Row = { path, left: new Set(), state: 'waiting', sinceMs: 0, tookMs: 0 }
    this.#rows.set(path, row)
    return row
  }

  #change(row: Row, event: StepEvent): void {
    // After a failure the steps that could not follow say nothing new about the machine.
    if (row.state === 'failed') return
    row.step = event.step
    if (event.kind === 'step-began') {
      row.state = 'doing'
      row.sinceMs = event.atMs
      return
    }
    row.left.delete(event.step.id)
    this.#ended.add(event.step.id)
    if (event.kind === 'step-done') row.tookMs += event.tookMs
    row.state = stateAfter(event, row)
  }

  #draw(): void {
    this.#beat += 1
    const paint = this.#terminal.paintErrors
    const mark = spinner[this.#beat % spinner.length] ?? ''
    const cells = (row: Row) => rowCells(row, { paint, mark, nowMs: this.#nowMs() })
    const rows = [...this.#rows.values()]
    const done = rows.filter((row) => row.state === 'done').length
    const head = `${paint.strong(this.#lab)}  ${done}/${rows.length} ${paint.faint(duration(this.#nowMs() - this.#beganMs))}`
    this.#lines.draw([head, ...tree(nested(rows, (row) => row.path, cells))])
  }
}

function stateAfter(event: StepEvent, row: Row): Row['state'] {
  if (event.kind === 'step-failed') return 'failed'
  if (event.kind === 'step-skipped') return 'skipped'
  return row.left.size > 0 ? 'waiting' : 'done'
}

function rowCells(row: Row, look: { paint: Paint; mark: string; nowMs: number }): string[] {
  const { paint, mark, nowMs } = look
  const words = row.step && stepWords[row.step.do]
  const name = row.path.split('/').at(-1) ?? row.path
  switch (row.state) {
    case 'waiting':
      return [paint.faint(name), paint.faint(words?.done ?? 'waiting'), '']
    case 'doing':
      return [name, `${paint.doubtful(mark)} ${words?.doing}`, paint.faint(duration(nowMs - row.sinceMs))]
    case 'done':
      return [name, `${paint.good('✓')} ${words?.done}`, paint.faint(duration(row.tookMs))]
    case 'failed':
      return [name, `${paint.bad('✗')} failed while ${words?.doing}`, '']
    case 'skipped':
      return [paint.faint(name), paint.faint(`- not ${words?.done}`), '']
    default:
      return row.state satisfies never
  }
}
