/** A command in a machine, connected to the user's own input and output. */
import { pipeline } from 'node:stream/promises'
import type { Inside } from '#engine'
import { lendTerminal } from './raw-terminal.ts'
import type { Call } from './verb.ts'

/** Runs a command with our stdin, stdout and stderr; resolves with its exit code. */
export async function connectStreams(call: Call, inside: Inside, argv: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr } = call.terminal
  const session = await inside.open(argv, { signal: call.signal })
  const { stream } = session
  // The command may end without reading its input: that is its own affair.
  stdin.pipe(stream).on('error', () => {})
  const printed = Promise.all([
    pipeline(stream, stdout, { end: false }),
    session.stderr && pipeline(session.stderr, stderr, { end: false }),
  ])
  const code = await session.exitCode
  await printed
  stdin.unpipe(stream)
  stdin.pause()
  return code
}

/** Runs a command on a terminal that is ours. */
export async function lendTerminalTo(call: Call, inside: Inside, argv: readonly string[]): Promise<number> {
  const { stdout } = call.terminal
  const terminal = { columns: stdout.columns, rows: stdout.rows, type: process.env.TERM ?? 'xterm' }
  const session = await inside.open(argv, { terminal, signal: call.signal })
  await lendTerminal(call.terminal, session.stream, {
    detaches: false,
    signal: call.signal,
    onResize: session.resize,
  })
  return await session.exitCode
}
