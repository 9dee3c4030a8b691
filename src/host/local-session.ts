/** Interactive commands on this machine, with plain pipes or a terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { BothWays } from './both-ways.ts'
import { fail } from './errors.ts'
import { exitCodeOf } from './exit-code.ts'
import type { Session, SessionOptions } from './host.ts'
import { killGroup, startTrouble } from './local-process.ts'
import { checkArgv } from './path-check.ts'
import { shellQuote } from './shell.ts'
import { boundedCopy } from './stderr-copy.ts'

interface Started {
  readonly child: ChildProcess
  readonly resize: Session['resize']
}

type Terminal = NonNullable<SessionOptions['terminal']>

export async function openLocally(
  host: string,
  argv: readonly string[],
  options: SessionOptions = {},
): Promise<Session> {
  options.signal?.throwIfAborted()
  const [program, ...args] = checkArgv(host, argv)
  const { terminal } = options
  const started = terminal
    ? await startInTerminal(host, [program, ...args], terminal)
    : await startWithPipes(host, program, args)
  return sessionOf(host, program, started, options)
}

async function startWithPipes(host: string, program: string, args: readonly string[]): Promise<Started> {
  const child = spawn(program, args, { detached: true, stdio: 'pipe' })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw fail('cannot-start', { host, program, reason: startTrouble(error as NodeJS.ErrnoException) })
  }
  return { child, resize: () => {} }
}

// Runs inside the terminal: tells its name through the pipe at 3, sets its size, and becomes the command.
const IN_TERMINAL = 'tty >&3; exec 3>&-; stty cols "$1" rows "$2"; shift 2; exec "$@"'

/**
 * Node has no pseudo-terminals without a native module; `script` of util-linux makes one. It is resized from
 * outside with `stty`, upon which the kernel tells the command (SIGWINCH).
 */
async function startInTerminal(host: string, argv: readonly string[], terminal: Terminal): Promise<Started> {
  const size = [terminal.columns, terminal.rows].map(String)
  const command = shellQuote(['sh', '-c', IN_TERMINAL, 'sh', ...size, ...argv])
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, TERM: terminal.type, SHELL: '/bin/sh' },
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw fail('no-terminal', { host }, error)
  }
  const nameOfTty = firstLine(child.stdio[3] as Readable)
  return {
    child,
    resize(columns, rows) {
      void nameOfTty.then((name) => {
        if (name)
          spawn('stty', ['-F', name, 'cols', `${columns}`, 'rows', `${rows}`], { stdio: 'ignore' }).on(
            'error',
            () => {},
          )
      })
    },
  }
}

/** Not up to the end: `script` itself keeps the pipe open too. */
async function firstLine(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    text += chunk
    if (text.includes('\n')) break
  }
  return text.trim()
}

function sessionOf(host: string, program: string, started: Started, options: SessionOptions): Session {
  const { child } = started
  // A command that has closed its output may still be at work.
  const onDestroy = (cut: boolean) => cut && killGroup(child)
  const stream = new BothWays(child.stdout as Readable, child.stdin as Writable, {
    halfOpen: true,
    onDestroy,
  })
  const stderr = boundedCopy(child.stderr as Readable)
  const onAbort = () => stream.destroy(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once('close', (code, signal) => {
      options.signal?.removeEventListener('abort', onAbort)
      stream.otherEndClosed()
      resolve(exitCodeOf(code, signal))
    })
    child.once('error', (error) => reject(fail('cannot-start', { host, program, reason: error.message })))
  })
  const session = { stream, resize: started.resize, exitCode }
  return options.terminal ? session : { ...session, stderr }
}
