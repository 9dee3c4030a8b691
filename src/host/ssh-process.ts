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
export async function runRemote(line: SshLine, call: RemoteCall): Promise<RemoteResult> {
  const { program, limitMs, signal } = call
  const ending = makeEnding({ limitMs, signal }, () =>
    fail('took-too-long', { host: line.name, program, limitMs }),
  )
  try {
    const leave = await line.gate.enter(ending.signal)
    const channel = await begin(line, call.script, {}, { ending: ending.signal, leave })
    return await finish(line, channel, call, ending)
  } finally {
    ending.dispose()
  }
}

interface Turn {
  readonly ending: AbortSignal
  /** Gives the place in the gate back; called when the channel has closed. */
  readonly leave: () => void
}

/** Opens the channel of a command. A channel that comes when nobody wants it any more is closed again. */
export async function begin(
  line: SshLine,
  script: string,
  options: ExecOptions,
  { ending, leave }: Turn,
): Promise<ClientChannel> {
  const long = Buffer.byteLength(script) > COMMAND_LIMIT_BYTES ? throughStdin(script) : undefined
  const opening = execPatiently(line, long?.command ?? script, options, ending).then((channel) => {
    channel.once('close', leave)
    if (long) channel.write(long.prelude)
    return channel
  })
  opening.catch(leave)
  try {
    return await unlessEnded(ending, opening)
  } catch (error) {
    opening.then(
      (late) =>
        endChannel(
          line,
          late,
          collect(late.stderr, OUTPUT_LIMIT_BYTES, () => {}),
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

function finish(
  line: SshLine,
  channel: ClientChannel,
  call: RemoteCall,
  ending: Ending,
): Promise<RemoteResult> {
  const limitBytes = call.outputLimitBytes ?? OUTPUT_LIMIT_BYTES
  const host = line.name
  const { program } = call
  const onOverflow = () => ending.end(fail('output-too-large', { host, program, limitBytes }))
  const stdout = collect(channel, limitBytes, onOverflow)
  const stderr = collect(channel.stderr, OUTPUT_LIMIT_BYTES, onOverflow)
  channel.on('error', () => {})
  channel.end(call.stdin)
  const result = exitOf(line, channel, program).then((code) => ({
    code,
    stdout: stdout.bytes(),
    marked: readMarks(stderr.text()),
  }))
  return unlessEnded(ending.signal, result).catch(async (error: unknown) => {
    if (ending.signal.aborted) await endChannel(line, channel, stderr)
    throw error
  })
}

/** The exit code, once the channel has closed and everything it carried has been read. */
export function exitOf(line: SshLine, channel: ClientChannel, program: string): Promise<number> {
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
 * Kills the command of a channel with all it started, then closes the channel. Dropbear leaves a command running
 * when its channel closes, and SSH's own signal request reaches only one process, so a second command does it.
 */
export async function endChannel(line: SshLine, channel: ClientChannel, stderr: Collected): Promise<void> {
  const closed = new Promise<void>((resolve) => channel.once('close', resolve))
  channel.resume()
  await atMost(KILL_WAIT_MS, killCommand(line, channel, stderr, closed))
  channel.close()
}

async function killCommand(
  line: SshLine,
  channel: ClientChannel,
  stderr: Collected,
  closed: Promise<void>,
): Promise<void> {
  const pid = await Promise.race([pidOf(channel, stderr), closed])
  if (pid === undefined || line.lost) return
  const opened = await line.exec(killScript(pid), {})
  if ('refused' in opened) return
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
