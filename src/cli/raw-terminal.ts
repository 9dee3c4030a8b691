/** Lends the user's terminal to a machine: keys go there untouched, its output comes back untouched. */
import { spawnSync } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Terminal } from './terminal.ts'

/** Ctrl-], as telnet has it. */
const detachKey = 0x1d

export interface LendOptions {
  /** Ctrl-] ends the loan; without it the key goes to the machine like every other. */
  readonly detaches: boolean
  readonly signal: AbortSignal
  readonly onResize?: (columns: number, rows: number) => void
}

/** Resolves when the machine hung up or the user detached; the terminal is as before, whatever happened. */
export async function lendTerminal(
  terminal: Terminal,
  stream: Duplex,
  options: LendOptions,
): Promise<'closed' | 'detached'> {
  const { stdin, stdout } = terminal
  const resized = () => options.onResize?.(stdout.columns, stdout.rows)
  makeRaw(stdin, true)
  stdout.on('resize', resized)
  try {
    return await pump(terminal, stream, options)
  } finally {
    stdout.off('resize', resized)
    makeRaw(stdin, false)
    stdin.pause()
    // What was typed last still gets there; nobody listens any more for what may go wrong with it.
    stream.on('error', () => {})
    stream.end(() => stream.destroy())
  }
}

function makeRaw(stdin: Terminal['stdin'], raw: boolean): void {
  if (!stdin.isTTY) return
  stdin.setRawMode(raw)
  // Node's raw mode still turns LF into CR LF, which full-screen programs do not expect (libuv, uv_tty_set_mode).
  spawnSync('stty', [raw ? '-opost' : 'opost'], { stdio: ['inherit', 'ignore', 'ignore'] })
}

async function pump(
  terminal: Terminal,
  stream: Duplex,
  options: LendOptions,
): Promise<'closed' | 'detached'> {
  const { stdin, stdout } = terminal
  const { promise, resolve, reject } = Promise.withResolvers<'closed' | 'detached'>()
  const onKeys = (keys: Buffer) => {
    const at = options.detaches ? keys.indexOf(detachKey) : -1
    const forMachine = at < 0 ? keys : keys.subarray(0, at)
    if (forMachine.length > 0) stream.write(forMachine)
    if (at >= 0) resolve('detached')
  }
  const onOutput = (output: Buffer) => {
    // A terminal that does not keep up slows the machine down instead of filling memory.
    if (stdout.write(output)) return
    stream.pause()
    stdout.once('drain', () => stream.resume())
  }
  const onAbort = () => resolve('detached')
  stdin.on('data', onKeys)
  stdin.once('end', () => stream.end())
  stream.on('data', onOutput)
  stream.once('error', reject)
  stream.once('end', () => resolve('closed'))
  stream.once('close', () => resolve('closed'))
  options.signal.addEventListener('abort', onAbort)
  try {
    return await promise
  } finally {
    stdin.off('data', onKeys)
    stream.off('data', onOutput)
    options.signal.removeEventListener('abort', onAbort)
  }
}
