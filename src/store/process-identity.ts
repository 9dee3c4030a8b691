/** Tells whether a process that was noted down earlier still runs, even when its number was given to another one. */
import { readFile } from 'node:fs/promises'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from the machine's boot to the start of the process (proc_pid_stat(5), field 22). */
  readonly startTicks: string
  /** Changes with every boot of the machine, after which ticks start anew. */
  readonly bootId: string
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const startTicks = (await startTicksOf(process.pid)) ?? '0'
  return { pid: process.pid, startTicks, bootId: await bootId() }
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId !== (await bootId())) return false
  return (await startTicksOf(identity.pid)) === identity.startTicks
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

async function startTicksOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field is the program's name in brackets and may itself hold blanks and brackets.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  // A zombie has ended; it only waits for its parent to notice.
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}
