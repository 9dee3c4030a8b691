/** Command lines for a POSIX shell on the other side: quoting, and the short scripts that need one round trip each. */
import { posix } from 'node:path'

/**
 * One line that makes a POSIX shell run exactly `argv`: every argument in single quotes, in which nothing but the
 * single quote itself means anything. Arguments must not hold NUL (no program can get one).
 */
export function shellQuote(argv: readonly string[]): string {
  return argv.map((argument) => `'${argument.replaceAll("'", "'\\''")}'`).join(' ')
}

/** What a script of ours exits with when the file it was asked for is not there; unlike any code of cat or tail. */
export const MISSING_FILE_CODE = 44

const PID_MARK = 'nestlab-pid:'
const MISSING_MARK = 'nestlab-cannot-start'

/**
 * The command that runs `argv` in place of the shell. On stderr it first says its process number, by which it can be
 * killed, or that the program is not there, in the words of `missing`: exit code 127 alone could be the program's own.
 */
export function runScript(
  [program, ...args]: readonly [string, ...string[]],
  missing = MISSING_MARK,
): string {
  const quoted = shellQuote([program])
  const test = program.includes('/')
    ? `[ -x ${quoted} ] && [ ! -d ${quoted} ]`
    : `command -v ${quoted} >/dev/null 2>&1`
  return `echo ${PID_MARK}$$ >&2; { ${test}; } || { echo ${shellQuote([missing])} >&2; exit 127; }; exec ${shellQuote([program, ...args])}`
}

/** What a script's stderr says apart from the marks. */
export interface Marked {
  readonly pid: number | undefined
  readonly missing: boolean
  readonly stderr: string
}

// Not only at the start: a login shell may have complained about something before.
const MARKED_PID = new RegExp(`^${PID_MARK}(\\d+)\\n`, 'm')

export function readMarks(text: string): Marked {
  const found = MARKED_PID.exec(text)
  if (!found) return { pid: undefined, missing: false, stderr: text }
  const before = text.slice(0, found.index)
  const after = text.slice(found.index + found[0].length)
  const missing = after === `${MISSING_MARK}\n`
  return { pid: Number(found[1]), missing, stderr: before + (missing ? '' : after) }
}

/** Kills a process and all it started. Each is stopped before its children are listed, so that none escapes. */
export function killScript(pid: number): string {
  return `k() { kill -STOP $1 2>/dev/null || return; for c in $(cat /proc/$1/task/*/children 2>/dev/null); do k $c; done; kill -KILL $1; }; k ${pid}`
}

export function readFileScript(path: string): string {
  const quoted = shellQuote([path])
  return `[ -e ${quoted} ] || exit ${MISSING_FILE_CODE}; exec cat ${quoted}`
}

export function readTailScript(path: string, maxBytes: number): string {
  const quoted = shellQuote([path])
  return `[ -e ${quoted} ] || exit 0; exec tail -c ${maxBytes} ${quoted}`
}

/** Reads the content from stdin. `nonce` makes the name of the file beside unique. */
export function writeFileScript(
  path: string,
  { sizeBytes, mode, nonce }: { readonly sizeBytes: number; readonly mode: number; readonly nonce: string },
): string {
  const folder = shellQuote([posix.dirname(path)])
  const beside = shellQuote([posix.join(posix.dirname(path), `.nestlab-${nonce}`)])
  const target = shellQuote([path])
  const umask = (0o777 & ~mode).toString(8).padStart(4, '0')
  // New files get no execute bits, whatever the umask.
  const chmod = mode & 0o111 ? `chmod ${mode.toString(8)} ${beside} && ` : ''
  // `mv` onto a folder would move into it. A connection lost half-way looks like the end of the content: only the size tells.
  const whole = `[ "$(wc -c <${beside})" -eq ${sizeBytes} ]`
  return `[ -d ${folder} ] || mkdir -p ${folder} || exit 1; umask ${umask}; { [ ! -d ${target} ] && cat >${beside} && ${whole} && ${chmod}mv -f ${beside} ${target}; } || { rm -f ${beside}; exit 1; }`
}

export function removeScript(path: string): string {
  return `exec rm -rf ${shellQuote([path])}`
}

/**
 * For servers that refuse long commands: a short command that takes the long one from the first lines of its stdin
 * (`prelude`). The shell's `read` takes single bytes from a pipe, so the rest is left to the command.
 */
export function throughStdin(script: string): { readonly command: string; readonly prelude: string } {
  const lines = script.split('\n')
  const command = `c=; n=${lines.length}; while [ $n -gt 0 ]; do IFS= read -r l || exit 125; c="$c$l
"; n=$((n-1)); done; eval "$c"`
  return { command, prelude: `${lines.join('\n')}\n` }
}
