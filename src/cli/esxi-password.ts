/** The root password of a nested ESXi: out of the environment, or out of a person's head, and never out of an argument. */
import { askPassword } from './ask.ts'
import { fail } from './errors.ts'
import type { EsxiCommands } from './esxi-contract.ts'
import type { Terminal } from './terminal.ts'
import type { Call } from './verb.ts'

/** Asked for twice, since nobody sees what is typed. */
export async function rootPassword(
  { terminal }: Call,
  { givenPassword, passwordVariable: variable }: EsxiCommands,
  host: string,
): Promise<string> {
  const given = givenPassword()
  if (given !== undefined) return given
  if (!terminal.stdin.isTTY) throw fail('esxi-password-missing', { host, variable })
  const password = await typed(terminal, `Password of root on ${host}: `)
  if ((await typed(terminal, 'Once more: ')) !== password) throw fail('passwords-differ', {})
  return password
}

/** While something is typed, Ctrl-C is a key: it ends the question and no signal comes. */
async function typed(terminal: Terminal, question: string): Promise<string> {
  try {
    return await askPassword(terminal, question)
  } catch (error) {
    throw fail('interrupted', {}, error)
  }
}
