/** Work between two machines that shows whether they went on from one instant: a counter, a ping, a TCP session. */
import assert from 'node:assert/strict'
import { succeed } from './command.ts'

const port = 5000
const inBackground = (work: string) => `(${work}) </dev/null >/dev/null 2>&1 &`

export interface Pair {
  readonly lab: string
  /** Paths of the machines; the first one counts, pings the second, and sends it what it counted. */
  readonly from: string
  readonly to: string
  /** Of the second one. */
  readonly address: string
}

export interface Progress {
  readonly counter: number
  readonly pings: number
  /** What the second machine received over the one connection. */
  readonly received: readonly number[]
}

const inside = (lab: string, path: string, script: string) =>
  succeed(['exec', '--lab', lab, path, '--', 'sh', '-c', script])

/** Everything is in the memory of the two. */
export async function begin({ lab, from, to, address }: Pair): Promise<void> {
  // A server whose standard input ends hangs up.
  await inside(lab, to, inBackground(`sleep 100000 | nc -l -p ${port} > /run/received`))
  const count =
    'i=0; while :; do i=$((i+1)); echo $i > /run/new; mv /run/new /run/counter; echo $i; usleep 200000; done'
  await inside(lab, from, inBackground(`sleep 1; (${count}) | nc ${address} ${port}`))
  await inside(lab, from, inBackground(`ping ${address} > /run/pings`))
}

/** Fails when something was received twice, or not at all. */
export async function progress({ lab, from, to }: Pair): Promise<Progress> {
  const here = await inside(lab, from, 'cat /run/counter; grep -c seq= /run/pings')
  const [counter = 0, pings = 0] = here.split('\n').map(Number)
  const text = await inside(lab, to, 'cat /run/received')
  const received = text.trim().split('\n').map(Number)
  assert.deepEqual(
    received,
    Array.from(received, (_, index) => index + 1),
    'one connection, in which nothing was lost',
  )
  return { counter, pings, received }
}

/** Reads until all of it has grown beyond `before`; fails when it does not. */
export async function goneOn(pair: Pair, before: Progress): Promise<Progress> {
  let now = await progress(pair)
  for (let tries = 0; tries < 20; tries += 1) {
    const hasGrown =
      now.counter > before.counter && now.pings > before.pings && now.received.length > before.received.length
    if (hasGrown) return now
    now = await progress(pair)
  }
  throw new Error(`it does not go on from ${JSON.stringify(before)}: ${JSON.stringify(now)}`)
}
