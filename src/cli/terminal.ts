/** Where the command prints and reads: streams, colours, and whether a person is looking. */
import type { ReadStream, WriteStream } from 'node:tty'
import { type Paint, painted, plain } from './paint.ts'

export interface Streams {
  readonly stdin: NodeJS.ReadStream | ReadStream
  readonly stdout: NodeJS.WriteStream | WriteStream
  readonly stderr: NodeJS.WriteStream | WriteStream
}

export interface Terminal extends Streams {
  /** Colours for what goes to stdout. */
  readonly paint: Paint
  /** Colours for what goes to stderr. */
  readonly paintErrors: Paint
  /** Whether what goes to stderr may be coloured. */
  readonly hasColor: boolean
  /** A person watches stderr, on a terminal that can move its cursor. */
  readonly isLive: boolean
  /** Prints one line, or several, on stdout. */
  say(text: string): void
  /** Prints on stderr: progress, warnings, what went wrong. */
  tell(text: string): void
}

export function terminalOf(streams: Streams, environment: NodeJS.ProcessEnv, noColor: boolean): Terminal {
  const isDumb = environment.TERM === 'dumb'
  const wantsColor = !noColor && !environment.NO_COLOR && !isDumb
  return {
    ...streams,
    paint: wantsColor && streams.stdout.isTTY ? painted : plain,
    paintErrors: wantsColor && streams.stderr.isTTY ? painted : plain,
    hasColor: wantsColor && streams.stderr.isTTY === true,
    isLive: streams.stderr.isTTY === true && !isDumb && !environment.CI,
    say: (text) => void streams.stdout.write(`${text}\n`),
    tell: (text) => void streams.stderr.write(`${text}\n`),
  }
}
