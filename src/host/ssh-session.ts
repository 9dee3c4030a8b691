/** Interactive commands on the other side of an SSH line. */
import type { PassThrough, Readable } from 'node:stream'
import type { ExecOptions } from 'ssh2'
import { BothWays } from './both-ways.ts'
import type { Session, SessionOptions } from './host.ts'
import { UNREAD_STDERR_BYTES } from './limits.ts'
import { collect } from './output.ts'
import { checkArgv } from './path-check.ts'
import { readMarks, runScript, shellQuote } from './shell.ts'
import type { SshLines } from './ssh-lines.ts'
import { begin, endCommand, exitOf, type RemoteCommand } from './ssh-process.ts'
import { boundedCopy } from './stderr-copy.ts'

export async function openRemote(
  lines: SshLines,
  argv: readonly string[],
  options: SessionOptions = {},
): Promise<Session> {
  const { terminal, signal = new AbortController().signal } = options
  const command = checkArgv(lines.name, argv)
  const place = await lines.takeForSession(signal)
  const pty: ExecOptions = terminal
    ? { pty: { cols: terminal.columns, rows: terminal.rows, term: terminal.type } }
    : {}
  // With a terminal our marks would be seen by the user, and the terminal's hang-up ends the command.
  const script = terminal ? `exec ${shellQuote(command)}` : runScript(command, missingIn(command))
  const opened = await begin({ lines, place, script, options: pty, ending: signal })
  return terminal ? withTerminal(opened, signal) : withPipes(opened, signal)
}

/** Read by people, as the rest of its stderr is. */
function missingIn([program]: readonly [string, ...string[]]): string {
  return `There is no program ${program} in this machine.`
}

function withTerminal(command: RemoteCommand, signal: AbortSignal): Session {
  const { channel } = command
  channel.stderr.resume()
  const { stream, exitCode } = streamOf(command, signal, () => channel.close())
  return { stream, exitCode, resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0) }
}

function withPipes(command: RemoteCommand, signal: AbortSignal): Session {
  const { channel } = command
  // Its start holds the process number, needed to end it.
  const seen = collect(channel.stderr, UNREAD_STDERR_BYTES, () => {})
  const stderr = withoutMarks(channel.stderr)
  const { stream, exitCode } = streamOf(command, signal, (cut) => {
    // A command that has closed its output may still be at work.
    if (cut) void endCommand(command, seen)
  })
  return { stream, stderr, exitCode, resize: () => {} }
}

function streamOf(command: RemoteCommand, signal: AbortSignal, onDestroy: (cut: boolean) => void) {
  const { line, channel } = command
  const stream = new BothWays(channel, channel, { halfOpen: true, onDestroy })
  const onAbort = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const stopListening = line.onLost((reason) => stream.destroy(reason))
  const exitCode = exitOf(command, 'The command').finally(() => {
    stopListening()
    signal.removeEventListener('abort', onAbort)
    stream.otherEndClosed()
  })
  // Not everyone asks how it ended.
  exitCode.catch(() => {})
  return { stream, exitCode }
}

/** Stderr from the first byte after our marks on. */
function withoutMarks(source: Readable): PassThrough {
  let head = ''
  let marksSeen = false
  return boundedCopy(source, (chunk) => {
    if (marksSeen) return chunk
    head += chunk.toString('latin1')
    const { pid, stderr } = readMarks(head)
    if (pid === undefined) return undefined
    marksSeen = true
    return Buffer.from(stderr, 'latin1')
  })
}
