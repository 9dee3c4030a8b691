/** Copies the disks that a machine writes to, while it runs, to the QEMU that waits for it (QEMU's NBD server and mirror). */
import type { MachineOrder } from '../../provider.ts'
import { failQemu } from '../errors.ts'
import type { MonitorTalk } from '../monitor.ts'

export interface DiskPlace {
  readonly address: string
  readonly port: number
}

interface Job {
  readonly device: string
  readonly ready: boolean
  readonly error?: string
}

const lookEveryMs = 100
const exportName = (index: number) => `disk${index}`
const jobName = (index: number) => `copy-disk${index}`

/** The waiting machine's disks can be written to from outside until it goes on. */
export async function offerDisks(talk: MonitorTalk, { boot }: MachineOrder, at: DiskPlace): Promise<void> {
  const data = { host: at.address, port: String(at.port) }
  await talk.ask('nbd-server-start', { addr: { type: 'inet', data } })
  for (const [index, disk] of boot.disks.entries()) {
    if (disk.kind !== 'image' || !disk.overlay) continue
    await talk.ask('block-export-add', {
      type: 'nbd',
      id: exportName(index),
      'node-name': `disk${index}`,
      name: exportName(index),
      writable: true,
    })
  }
}

/** Returns when both sides are the same; from then on every write goes to both. */
export async function copyDisks(talk: MonitorTalk, disks: readonly number[], at: DiskPlace): Promise<void> {
  for (const index of disks) {
    const target = `${jobName(index)}-target`
    await talk.ask('blockdev-add', {
      driver: 'nbd',
      'node-name': target,
      export: exportName(index),
      server: { type: 'inet', host: at.address, port: String(at.port) },
    })
    await talk.ask('blockdev-mirror', {
      'job-id': jobName(index),
      device: `disk${index}`,
      target,
      // What is below is an image that both sides have.
      sync: 'top',
      'copy-mode': 'write-blocking',
    })
  }
  if (disks.length === 0) return
  await talk.until('query-block-jobs', (said) => allReady(talk, said, disks), lookEveryMs)
}

/** The machine stands still: nothing is written any more, and the copies are whole. */
export async function dropCopies(talk: MonitorTalk, disks: readonly number[]): Promise<void> {
  for (const index of disks) await talk.ask('block-job-cancel', { device: jobName(index) })
  const ended = (said: unknown) => ((said as readonly Job[]).length === 0 ? true : undefined)
  if (disks.length > 0) await talk.until('query-block-jobs', ended)
}

function allReady(talk: MonitorTalk, said: unknown, disks: readonly number[]): true | undefined {
  const jobs = said as readonly Job[]
  const broken = jobs.find(({ error }) => error !== undefined)
  if (broken || jobs.length < disks.length) {
    const reason = broken?.error ?? 'a copy ended before it was whole'
    throw failQemu('monitor-trouble', { machine: talk.machine, command: 'blockdev-mirror', reason })
  }
  return jobs.every(({ ready }) => ready) || undefined
}
