/** The shell of simulated guests: one line of simple commands, their output, and the last one's exit code. */
import { commands } from './commands.ts'
import { NotSimulated, splitCommands } from './shell-words.ts'
import type { SimGuest } from './sim-guest.ts'

export interface Output {
  out(text: string): void
  err(text: string): void
}

export const commandNotFound = 127
const cannotSplit = 2

/** Runs `line` and gives its exit code. Never rejects for what was typed: that is what stderr is for. */
export async function runLine(line: string, guest: SimGuest, output: Output): Promise<number> {
  try {
    let code = 0
    for (const { after, words } of splitCommands(line)) {
      if (after !== ';' && (after === '&&') !== (code === 0)) continue
      code = await runWords(words, guest, output)
    }
    return code
  } catch (problem) {
    if (!(problem instanceof NotSimulated)) throw problem
    output.err(`sh: this shell is simulated and cannot do: ${problem.message}\n`)
    return cannotSplit
  }
}

async function runWords(words: readonly string[], guest: SimGuest, output: Output): Promise<number> {
  const [name = '', ...rest] = words
  if (name === 'exec') return rest.length > 0 ? runWords(rest, guest, output) : 0
  if (name === 'sh' && rest[0] === '-c') return runLine(rest[1] ?? '', guest, output)
  const command = commands.get(name.replace(/^\/(?:usr\/)?s?bin\//, ''))
  if (command) return command(rest, guest, output)
  output.err(`sh: ${name}: not found\n`)
  return commandNotFound
}
