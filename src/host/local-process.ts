/** Commands on this machine: started, bounded, ended together with all they started. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { atMost, type Ending, makeEnding } from './ending.ts'
import { fail } from './errors.ts'
import { exitCodeOf } from './exit-code.ts'
import type { Finished, RunOptions } from './host.ts'
import { KILL_WAIT_MS, OUTPUT_LIMIT_BYTES, RUN_LIMIT_MS } from './limits.ts'
import { collect } from './output.ts'
import { checkArgv } from './path-check.ts'

/**
 * Kills a process started with `detached` and the children that stayed in its group. To be called only while its
 * pipes are open: then the group still exists, so its number cannot belong to another.
 */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of them have gone by themselves.
  }
}

/** Why a program could not be started, in words. */
export function startTrouble(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such program'
  if (error.code === 'EACCES') return 'it may not be executed'
  if (error.code === 'E2BIG') return 'its arguments are too long'
  return error.message
}

/** Runs a program without a shell and returns what it said. */
export async function runLocally(
  host: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const [program, ...args] = checkArgv(host, argv)
  const limitMs = options.limitMs ?? RUN_LIMIT_MS
  const ending = makeEnding({ limitMs, signal: options.signal }, () =>
    fail('took-too-long', { host, program, limitMs }),
  )
  try {
    ending.signal.throwIfAborted()
    const child = spawn(program, args, { detached: true, stdio: 'pipe' })
    return await finish({ host, program, child, ending, stdin: options.stdin })
  } finally {
    ending.dispose()
  }
}

interface Running {
  readonly host: string
  readonly program: string
  readonly child: ChildProcessWithoutNullStreams
  readonly ending: Ending
  readonly stdin: string | Uint8Array | undefined
}

function finish({ host, program, child, ending, stdin }: Running): Promise<Finished> {
  const onOverflow = () =>
    ending.end(fail('output-too-large', { host, program, limitBytes: OUTPUT_LIMIT_BYTES }))
  const stdout = collect(child.stdout, OUTPUT_LIMIT_BYTES, onOverflow)
  const stderr = collect(child.stderr, OUTPUT_LIMIT_BYTES, onOverflow)
  // A program may end without reading what it was given.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  return new Promise((resolve, reject) => {
    const exited = new Promise((settle) => child.once('exit', settle))
    child.once('error', (error) =>
      reject(fail('cannot-start', { host, program, reason: startTrouble(error) })),
    )
    child.once('close', (code, signal) => {
      // When it was killed by us, the reason is the answer.
      if (ending.signal.aborted) return
      resolve({ code: exitCodeOf(code, signal), stdout: stdout.text(), stderr: stderr.text() })
    })
    const onEnd = async () => {
      killGroup(child)
      await atMost(KILL_WAIT_MS, exited)
      // What left the group may still hold the pipes; it shall not hold us.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      reject(ending.signal.reason)
    }
    ending.signal.addEventListener('abort', () => void onEnd(), { once: true })
  })
}
