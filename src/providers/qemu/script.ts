/** Shell scripts that do a whole operation in one round trip, the same over SSH as here. */
import type { Failure } from '#failure'
import { type Host, shellQuote } from '#host'
import { failQemu } from './errors.ts'

export interface ScriptOptions {
  /** Completes "could not …" in the message of a failure. */
  readonly doing: string
  readonly signal: AbortSignal
  readonly limitMs?: number
  /** A better failure, when the script's stderr tells one. */
  readonly explain?: (stderr: string) => Failure | undefined
}

/** Text that a POSIX shell takes as these words, whatever they hold. */
export const words = (...values: readonly string[]): string => shellQuote(values)

/**
 * Runs the script by a POSIX shell that ends at the first failing command. It goes in through stdin, so that what it
 * carries is in no process list; commands in it that read stdin must be given another one.
 */
export async function runScript(host: Host, script: string, options: ScriptOptions): Promise<string> {
  const { doing, signal, limitMs, explain } = options
  const limit = limitMs === undefined ? {} : { limitMs }
  const { code, stdout, stderr } = await host.run(['sh', '-s'], {
    stdin: `set -eu\n${script}\n`,
    signal,
    ...limit,
  })
  if (code === 0) return stdout
  const explained = explain?.(stderr)
  if (explained) throw explained
  if (/No space left on device|Disk quota exceeded/.test(stderr))
    throw failQemu('no-space', { doing, host: host.name })
  throw failQemu('step-failed', { doing, host: host.name, reason: lastLines(stderr) || `exit code ${code}.` })
}

/**
 * Lines that write a file whole or not at all, readable by its owner only, in a folder that is made when needed.
 * Base64 carries any bytes through a shell script and is none of its words.
 */
export function writeScript(path: string, content: string | Uint8Array): string {
  const text = Buffer.from(content)
    .toString('base64')
    .replaceAll(/.{1,1000}/g, '$&\n')
  const beside = `${path}.new`
  return `umask 077
mkdir -p ${words(path.replace(/\/[^/]*$/, ''))}
base64 -d > ${words(beside)} <<'nestlab-end'
${text}nestlab-end
mv ${words(beside, path)}`
}

/** The end of what a program said, as one line. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ').slice(-600)
}

/**
 * Lines of a script that define `alive PIDFILE`: true when the process noted there runs and is the one that was
 * started with this pid file; `$p` is then its number. The path is unique to the machine, so a process that got the
 * number of a dead one never passes. A zombie has an empty command line and does not pass either.
 */
export const aliveFunction = `
alive() {
  p=
  { read -r p < "$1"; } 2>/dev/null || :
  case $p in ''|*[!0-9]*) return 1 ;; esac
  { tr '\\0' '\\n' < "/proc/$p/cmdline" | grep -Fxq -e "$1"; } 2>/dev/null
}`
