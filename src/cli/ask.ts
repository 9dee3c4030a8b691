/** Asks a person: yes or no, or a password that is not shown while it is typed. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Streams } from './terminal.ts'

/** False where nobody is there to be asked. */
export async function agrees(
  streams: Pick<Streams, 'stdin' | 'stderr'>,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (!streams.stdin.isTTY) return false
  const questions = createInterface({ input: streams.stdin, output: streams.stderr })
  try {
    return /^y(es)?$/i.test((await questions.question(`${question} [y/N] `, { signal })).trim())
  } finally {
    questions.close()
  }
}

/** Rejects where nobody is there to be asked. */
export async function askPassword(
  streams: Pick<Streams, 'stdin' | 'stderr'>,
  question: string,
): Promise<string> {
  const { stdin, stderr } = streams
  if (!stdin.isTTY) throw new Error('standard input is no terminal')
  // The reader of lines would show what is typed; it gets a place to write that nobody sees.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const questions = createInterface({ input: stdin, output: unseen, terminal: true })
  try {
    stderr.write(question)
    return await questions.question('')
  } finally {
    questions.close()
    stderr.write('\n')
  }
}
