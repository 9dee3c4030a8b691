/** `>`, `>>`, `<` and `2>&1`: where a command's input comes from and its output goes. */
import { posix } from 'node:path'
import type { SimGuest } from '../sim-guest.ts'
import { expandText, type Values } from './expand.ts'
import { Input, Kept, type Streams } from './streams.ts'
import type { Redirection } from './syntax.ts'

interface Place {
  readonly shell: Values & { readonly folder: string }
  readonly guest: SimGuest
  readonly streams: Streams
}

interface Opened {
  readonly streams: Streams
  /** Writes what a file was sent. */
  readonly finish?: () => Promise<string | undefined>
}

const failed = 1

/** Runs `work` with its streams redirected, in the order they are written. */
export async function redirected(
  redirections: readonly Redirection[],
  place: Place,
  work: (streams: Streams) => Promise<number>,
): Promise<number> {
  let { streams } = place
  let code = 0
  const finishing: NonNullable<Opened['finish']>[] = []
  for (const redirection of redirections) {
    const target = await expandText(redirection.target, place.shell)
    const opened = await open(redirection, target, { ...place, streams })
    if (typeof opened === 'string') {
      place.streams.err(
        `sh: can't ${redirection.operator === '<' ? 'open' : 'create'} ${target}: ${opened}\n`,
      )
      return failed
    }
    streams = opened.streams
    if (opened.finish) finishing.push(opened.finish)
  }
  try {
    code = await work(streams)
  } finally {
    for (const finish of finishing) {
      const problem = await finish()
      if (problem === undefined) continue
      place.streams.err(`sh: write error: ${problem}\n`)
      code = failed
    }
  }
  return code
}

/** A text says why not. */
async function open(redirection: Redirection, target: string, place: Place): Promise<Opened | string> {
  const { guest, streams } = place
  const name = redirection.from === 2 ? 'err' : 'out'
  if (redirection.operator === '>&') {
    if (target !== '1' && target !== '2') return 'bad file descriptor'
    return { streams: { ...streams, [name]: target === '1' ? streams.out : streams.err } }
  }
  const path = posix.resolve(place.shell.folder, target)
  if (redirection.operator === '<') {
    const file = await guest.files.read(path)
    return file === undefined ? 'no such file' : { streams: { ...streams, input: Input.of(file) } }
  }
  const before = redirection.operator === '>>' ? await guest.files.read(path) : undefined
  const problem = await guest.files.write(path, before ?? '')
  if (problem !== undefined) return problem
  const kept = new Kept()
  if (before) kept.sink(before)
  return {
    streams: { ...streams, [name]: kept.sink },
    finish: () => guest.files.write(path, kept.bytes()),
  }
}
