/** Asks a machine everything in one command, since each command over SSH costs a round trip or more. */
import type { Host } from '../host.ts'
import { shellQuote } from '../shell.ts'

/** The raw answers by question; a question that could not be asked has an empty answer. */
export type Answers = ReadonlyMap<string, string>

// ASCII record separator: no file or program asked here prints it.
const MARK = '\x1e'
const PROBE_LIMIT_MS = 30_000

/** One script that runs each command and marks where its output begins. Commands see no stdin. */
export function probeScript(questions: Readonly<Record<string, string>>): string {
  return Object.entries(questions)
    .map(
      ([name, command]) =>
        `printf '\\036%s\\n' ${shellQuote([name])}; { ${command}; } 2>/dev/null </dev/null`,
    )
    .join('\n')
}

export function readAnswers(output: string): Answers {
  const parts = output.split(MARK).slice(1)
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n')
      return [part.slice(0, end), part.slice(end + 1).trim()]
    }),
  )
}

export async function ask(
  host: Host,
  questions: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Answers> {
  const options = { limitMs: PROBE_LIMIT_MS, ...(signal && { signal }) }
  // Through stdin, so that the script may be of any length and shows in no list of processes.
  const { stdout } = await host.run(['sh'], { ...options, stdin: probeScript(questions) })
  return readAnswers(stdout)
}
