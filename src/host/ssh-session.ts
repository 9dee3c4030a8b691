/** Interactive commands on the other side of an SSH line. */
import type { PassThrough, Readable } from 'node:stream'
import type { ClientChannel, ExecOptions } from 'ssh2'
import { BothWays } from './both-ways.ts'
import type { Session, SessionOptions } from './host.ts'
import { UNREAD_STDERR_BYTES } from './limits.ts'
import { collect } from './output.ts'
import { checkArgv } from './path-check.ts'
import { readMarks, runScript, shellQuote } from './shell.ts'
import type { SshLine } from './ssh-line.ts'
import { begin, endChannel, exitOf } from './ssh-process.ts'
import { boundedCopy } from './stderr-copy.ts'

export async function openRemote(
  line: SshLine,
  argv: readonly string[],
  options: SessionOptions = {},
): Promise<Session> {
  const { terminal, signal = new AbortController().signal } = options
  const command = checkArgv(line.name, argv)
  const leave = await line.gate.enter(signal)
  const pty: ExecOptions = terminal
    ? { pty: { cols: terminal.columns, rows: terminal.rows, term: terminal.type } }
    : {}
  // With a terminal our marks would be seen by the user, and the terminal's hang-up ends the command.
  const script = terminal ? `exec ${shellQuote(command)}` : runScript(command)
  const channel = await begin(line, script, pty, { ending: signal, leave })
  return terminal ? withTerminal(line, channel, signal) : withPipes(line, channel, signal)
}

function withTerminal(line: SshLine, channel: ClientChannel, signal: AbortSignal): Session {
  channel.stderr.resume()
  const { stream, exitCode } = streamOf(line, channel, signal, () => channel.close())
  return { stream, exitCode, resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0) }
}

function withPipes(line: SshLine, channel: ClientChannel, signal: AbortSignal): Session {
  // Its start holds the process number, needed to end it.
  const seen = collect(channel.stderr, UNREAD_STDERR_BYTES, () => {})
  const stderr = withoutMarks(channel.stderr)
  const { stream, exitCode } = streamOf(line, channel, signal, () => void endChannel(line, channel, seen))
  return { stream, stderr, exitCode, resize: () => {} }
}

function streamOf(line: SshLine, channel: ClientChannel, signal: AbortSignal, onDestroy: () => void) {
  const stream = new BothWays(channel, channel, { halfOpen: true, onDestroy })
  const onAbort = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const stopListening = line.onLost((reason) => stream.destroy(reason))
  const exitCode = exitOf(line, channel, 'The command').finally(() => {
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
