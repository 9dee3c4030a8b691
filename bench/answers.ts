/** Measures how soon after `nestlab revert` the machines inside hypervisors answer each other, seen at the switch of level 0. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

export interface Asked {
  readonly repository: string
  readonly lab: string
  /** Runs a command to its end and returns what it said. */
  readonly nestlab: (...args: readonly string[]) => string
}

export interface Answered {
  /** From the start of the command until machines ran again, by its own word. */
  readonly resumedMs: number
  /** Until the last of the inner machines had answered a ping of another one. */
  readonly answeredMs: number
  /** Until the command had heard every machine over SSH and ended. */
  readonly endedMs: number
}

const snapshot = 'pinging'

/** Each inner machine pings the next one all the time; the lab goes back to an instant of that. */
export async function answersAfterRevert(asked: Asked): Promise<Answered> {
  const { nestlab, lab } = asked
  const inner = innerMachines(asked)
  for (const [index, { path }] of inner.entries()) {
    const next = inner[(index + 1) % inner.length]?.address ?? ''
    const script = `(ping -i 0.2 ${next}) </dev/null >/dev/null 2>&1 &`
    nestlab('exec', '--lab', lab, path, '--', 'sh', '-c', script)
  }
  nestlab('snapshot', 'create', snapshot, '--lab', lab)
  try {
    return await reverted(
      asked,
      inner.map(({ address }) => address),
    )
  } finally {
    nestlab('snapshot', 'rm', snapshot, '--lab', lab)
  }
}

function innerMachines({
  nestlab,
  lab,
}: Asked): readonly { readonly path: string; readonly address: string }[] {
  const { machines } = JSON.parse(nestlab('status', '--lab', lab, '--json')) as {
    readonly machines: readonly { readonly path: string; readonly addresses: readonly string[] }[]
  }
  return machines
    .filter(({ path }) => path.includes('/'))
    .map(({ path, addresses }) => ({ path, address: addresses[0]?.split('/')[0] ?? '' }))
}

async function reverted({ repository, lab }: Asked, addresses: readonly string[]): Promise<Answered> {
  const program = join(repository, 'bin', 'nestlab')
  const capture = spawn(program, ['net', 'capture', '--lab', lab, '-w', '-'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  // An echo reply names who answered; the time is the switch's own, since its readers take their time.
  const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'ip.src']
  const reader = spawn('tshark', ['-i', '-', '-l', '-Y', 'icmp.type==0', ...fields], {
    stdio: [capture.stdout, 'pipe', 'ignore'],
  })
  const answers = createInterface(reader.stdout)
  try {
    await once(answers, 'line')
    const beganMs = Date.now()
    const command = spawn(program, ['revert', snapshot, '--lab', lab], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(command, 'exit').then(() => Date.now())
    const made = await resumed(createInterface(command.stderr))
    const answeredMs = await lastAnswer(answers, addresses, made.createdMs)
    return {
      resumedMs: made.resumedMs - beganMs,
      answeredMs: answeredMs - beganMs,
      endedMs: (await ended) - beganMs,
    }
  } finally {
    capture.kill()
    reader.kill()
  }
}

/** When the machines had been made anew, and when they ran again. */
async function resumed(said: Interface): Promise<{ readonly createdMs: number; readonly resumedMs: number }> {
  let createdMs = Number.NaN
  for await (const line of said) {
    if (/: created/.test(line)) createdMs = Date.now()
    if (/: resumed/.test(line)) return { createdMs, resumedMs: Date.now() }
  }
  throw new Error('the lab does not go on')
}

/** When the last of the addresses had answered for the first time since. */
async function lastAnswer(lines: Interface, addresses: readonly string[], sinceMs: number): Promise<number> {
  const silent = new Set(addresses)
  for await (const line of lines) {
    const [seconds, address = ''] = line.split('\t')
    const atMs = Number(seconds) * 1000
    if (atMs < sinceMs) continue
    silent.delete(address)
    if (silent.size === 0) return atMs
  }
  throw new Error('the capture ended')
}
