/** Starts a guest with KVM and watches its console: whatever it does, it ends within the limit. */
import type { Readable } from 'node:stream'
import { atMost, makeEnding } from '../ending.ts'
import type { Host, Session } from '../host.ts'
import { KILL_WAIT_MS } from '../limits.ts'

export interface TrialGuest {
  /** Paths on the host. The kernel must be an ordinary one: a paravirtual KVM runs special ones only. */
  readonly kernel: string
  readonly initrd: string
  /** Must make the kernel print to ttyS0. Default `console=ttyS0 panic=-1`. */
  readonly cmdline?: string
  /** What the guest prints when it is up. Default `nestlab: ready`. */
  readonly marker?: string
}

export type TrialResult =
  | { readonly kind: 'ready' }
  /** QEMU ended by itself; `said` is its last line. */
  | { readonly kind: 'ended'; readonly code: number; readonly said: string }
  /** The time was over; `printed` is the last line of the console. */
  | { readonly kind: 'hung'; readonly printed: string }

export interface Trial {
  readonly qemu: string
  readonly guest: TrialGuest
  readonly limitMs: number
  readonly signal?: AbortSignal
}

const KEPT_CHARACTERS = 16_384
const MEMORY_MIB = 256

/** Rejects when the caller gives up or the host is lost; QEMU is killed in every case. */
export async function tryKvm(host: Host, { qemu, guest, limitMs, signal }: Trial): Promise<TrialResult> {
  const overdue = new Error('the trial is over')
  const ending = makeEnding({ limitMs, signal }, () => overdue)
  try {
    const session = await host.open(trialCommand(qemu, guest, limitMs), { signal: ending.signal })
    return await watch(session, guest.marker ?? 'nestlab: ready', { signal: ending.signal, overdue })
  } catch (error) {
    // Not even the start of QEMU came about in time.
    if (error === overdue) return { kind: 'hung', printed: '' }
    throw error
  } finally {
    ending.dispose()
  }
}

/** `timeout` kills QEMU even if we are killed ourselves: a guest that spins would spin for ever. */
function trialCommand(qemu: string, guest: TrialGuest, limitMs: number): string[] {
  const seconds = Math.ceil(limitMs / 1000) + 5
  return [
    ...['timeout', '-s', 'KILL', String(seconds)],
    ...[qemu, '-name', 'nestlab-kvm-trial', '-accel', 'kvm', '-cpu', 'host', '-m', `${MEMORY_MIB}M`],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-vga', 'none'],
    ...['-kernel', guest.kernel, '-initrd', guest.initrd],
    ...['-append', guest.cmdline ?? 'console=ttyS0 panic=-1'],
    ...['-serial', 'stdio'],
  ]
}

interface Patience {
  readonly signal: AbortSignal
  readonly overdue: Error
}

async function watch(session: Session, marker: string, { signal, overdue }: Patience): Promise<TrialResult> {
  const console = keepEnd(session.stream)
  const stderr = session.stderr && keepEnd(session.stderr)
  // Destroyed by the signal, the stream says why; the signal itself is what counts.
  session.stream.on('error', () => {})
  const ready = new Promise<TrialResult>((resolve) => {
    session.stream.on('data', () => console().includes(marker) && resolve({ kind: 'ready' }))
  })
  const ended = session.exitCode.then(
    (code): TrialResult => ({ kind: 'ended', code, said: lastLine(stderr?.() ?? '') }),
  )
  const over = new Promise<TrialResult>((resolve, reject) => {
    const onEnd = () =>
      signal.reason === overdue
        ? resolve({ kind: 'hung', printed: lastLine(console()) })
        : reject(signal.reason)
    if (signal.aborted) onEnd()
    else signal.addEventListener('abort', onEnd, { once: true })
  })
  try {
    return await Promise.race([ready, ended, over])
  } finally {
    session.stream.destroy()
    // The next trial, or the lab, shall not meet this one's QEMU.
    await atMost(KILL_WAIT_MS, session.exitCode)
  }
}

function keepEnd(stream: Readable): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('latin1')).slice(-KEPT_CHARACTERS)
  })
  return () => text
}

/** Without what only a terminal understands: what a console prints ends up in messages. */
function lastLine(text: string): string {
  const printable = text.replaceAll(/[^\n\x20-\x7e]/g, '')
  return (
    printable
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .at(-1)
      ?.slice(0, 200) ?? ''
  )
}
