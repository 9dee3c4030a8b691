/** One command on the other side of an SSH line: started, collected, ended. */
import { setTimeout } from 'node:timers/promises'
import type { ClientChannel, ExecOptions } from 'ssh2'
import { atMost, type Ending, makeEnding, unlessEnded } from './ending.ts'
import { fail } from './errors.ts'
import { exitCodeOf } from './exit-code.ts'
import { CHANNEL_RETRIES_MS, COMMAND_LIMIT_BYTES, KILL_WAIT_MS, OUTPUT_LIMIT_BYTES } from './limits.ts'
import { type Collected, collect } from './output.ts'
import { killScript, type Marked, readMarks, throughStdin } from './shell.ts'
import type { SshLine } from './ssh-line.ts'
import type { Place, SshLines } from './ssh-lines.ts'

export interface RemoteCall {
  /** For messages. */
  readonly program: string
  readonly script: string
  readonly stdin?: string | Uint8Array | undefined
  readonly limitMs: number
  readonly outputLimitBytes?: number
  readonly signal?: AbortSignal | undefined
}

export interface RemoteResult {
  readonly code: number
  readonly stdout: Buffer
  readonly marked: Marked
}

/** Runs a script and waits for its end, its turn in the line of commands included. */
export async function runRemote(lines: SshLines, call: RemoteCall): Promise<RemoteResult> {
  const { program, limitMs, signal } = call
  const ending = makeEnding({ limitMs, signal }, () =>
    fail('took-too-long', { host: lines.name, program, limitMs }),
  )
  try {
    const place = await lines.take(ending.signal)
    const command = await begin({ lines, place, script: call.script, options: {}, ending: ending.signal })
    return await finish(command, call, ending)
  } finally {
    ending.dispose()
  }
}

interface Beginning {
  readonly lines: SshLines
  /** Given back when the channel has closed. */
  readonly place: Place
  readonly script: string
  readonly options: ExecOptions
  readonly ending: AbortSignal
}

/** A command whose channel is open. */
export interface RemoteCommand {
  readonly lines: SshLines
  readonly line: SshLine
  readonly channel: ClientChannel
}

/** Opens the channel of a command. A channel that comes when nobody wants it any more is closed again. */
export async function begin({ lines, place, script, options, ending }: Beginning): Promise<RemoteCommand> {
  const { line, leave } = place
  const long = Buffer.byteLength(script) > COMMAND_LIMIT_BYTES ? throughStdin(script) : undefined
  const opening = execPatiently(line, long?.command ?? script, options, ending).then((channel) => {
    channel.once('close', leave)
    if (long) channel.write(long.prelude)
    return { lines, line, channel }
  })
  opening.catch(leave)
  try {
    return await unlessEnded(ending, opening)
  } catch (error) {
    opening.then(
      (late) =>
        endCommand(
          late,
          collect(late.channel.stderr, OUTPUT_LIMIT_BYTES, () => {}),
        ),
      () => {},
    )
    throw error
  }
}

const PROHIBITED = 1

/** A server that has just closed a channel may count it for a while longer: OpenSSH until it has reaped the child. */
async function execPatiently(
  line: SshLine,
  command: string,
  options: ExecOptions,
  ending: AbortSignal,
): Promise<ClientChannel> {
  for (let tried = 0; ; tried += 1) {
    const opened = await line.exec(command, options)
    if ('channel' in opened) return opened.channel
    const { code, text } = opened.refused
    const waitMs = CHANNEL_RETRIES_MS[tried]
    if (code === PROHIBITED || waitMs === undefined)
      throw fail('no-channel', { host: line.name, reason: text })
    await setTimeout(waitMs, undefined, { signal: ending })
  }
}

function finish(command: RemoteCommand, call: RemoteCall, ending: Ending): Promise<RemoteResult> {
  const { line, channel } = command
  const limitBytes = call.outputLimitBytes ?? OUTPUT_LIMIT_BYTES
  const { program } = call
  const onOverflow = () => ending.end(fail('output-too-large', { host: line.name, program, limitBytes }))
  const stdout = collect(channel, limitBytes, onOverflow)
  const stderr = collect(channel.stderr, OUTPUT_LIMIT_BYTES, onOverflow)
  channel.end(call.stdin)
  const result = exitOf(command, program).then((code) => ({
    code,
    stdout: stdout.bytes(),
    marked: readMarks(stderr.text()),
  }))
  return unlessEnded(ending.signal, result).catch(async (error: unknown) => {
    if (ending.signal.aborted) await endCommand(command, stderr)
    throw error
  })
}

/** The exit code, once the channel has closed and everything it carried has been read. */
export function exitOf({ line, channel }: RemoteCommand, program: string): Promise<number> {
  const stderrRead = new Promise((resolve) => channel.stderr.once('end', resolve))
  return new Promise((resolve, reject) => {
    const stopListening = line.onLost(reject)
    // The `exit` event may have passed before anybody could listen; `close` repeats what it said.
    channel.once('close', async (code?: number | null, signalName?: string) => {
      stopListening()
      if (code === undefined) return reject(line.lost ?? fail('no-exit-code', { host: line.name, program }))
      await stderrRead
      resolve(exitCodeOf(code, signalName))
    })
  })
}

/**
 * Kills a command with all it started, then closes its channel. Dropbear leaves a command running when its channel
 * closes, and SSH's own signal request reaches only one process, so a second command does it.
 */
export async function endCommand(command: RemoteCommand, stderr: Collected): Promise<void> {
  const { channel } = command
  const closed = new Promise<void>((resolve) => channel.once('close', resolve))
  channel.resume()
  await atMost(KILL_WAIT_MS, kill(command, stderr, closed))
  channel.close()
}

async function kill({ lines, line, channel }: RemoteCommand, stderr: Collected, closed: Promise<void>) {
  const pid = await Promise.race([pidOf(channel, stderr), closed])
  if (pid === undefined || line.lost) return
  const place = lines.takeToEnd(line)
  const opened = await place.line.exec(killScript(pid), {})
  if ('refused' in opened) return place.leave()
  opened.channel.once('close', place.leave)
  opened.channel.resume()
  opened.channel.stderr.resume()
  opened.channel.end()
  await closed
}

/** The command may have been given up before it said its number. */
function pidOf(channel: ClientChannel, stderr: Collected): Promise<number> {
  return new Promise((resolve) => {
    const look = () => {
      const { pid } = readMarks(stderr.text())
      if (pid === undefined) return
      channel.stderr.off('data', look)
      resolve(pid)
    }
    channel.stderr.on('data', look)
    look()
  })
}
