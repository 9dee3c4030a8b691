/** Before a lab file is changed: the difference is shown, and the user is asked. */
import { createInterface } from 'node:readline/promises'
import { fail } from './errors.ts'
import { diffLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import type { Call } from './verb.ts'

export function diffLines(diff: readonly string[], paint: Paint): string[] {
  return diff.map(diffLine).map((line) => {
    if (line.startsWith('+')) return paint.good(line)
    return line.startsWith('-') ? paint.bad(line) : line
  })
}

/** Fails where nobody is there to be asked. `command` is what the user typed, for its help. */
export async function agrees(call: Call, command: string): Promise<boolean> {
  const { stdin, stderr } = call.terminal
  if (!stdin.isTTY) {
    throw fail('wrong-usage', {
      text: 'Nobody is there to ask whether the file may be changed: add --yes, or --dry-run to look only.',
      command,
    })
  }
  const questions = createInterface({ input: stdin, output: stderr })
  try {
    const answer = await questions.question('Write this into the file? [y/N] ', { signal: call.signal })
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    questions.close()
  }
}
