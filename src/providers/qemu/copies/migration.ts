/** QEMU's own migration, as far as keeping and restoring a machine needs it. */
import { failQemu } from '../errors.ts'
import type { MonitorTalk } from '../monitor.ts'

/** What `query-migrate` says. */
export interface Migration {
  readonly status?: string
  readonly 'error-desc'?: string
  /** Both in milliseconds. */
  readonly downtime?: number
  readonly 'total-time'?: number
  readonly ram?: {
    readonly 'dirty-sync-count': number
    readonly remaining: number
    readonly transferred: number
  }
}

/** More than any memory bus gives: no limit. In bytes a second. */
const unlimited = 2 ** 40
/** What is still to be written when the machine is stopped; less is written in a few milliseconds. */
const littleBytes = 8 * 1024 * 1024
/** Rounds after which a guest that changes its memory faster than it can be written is stopped nevertheless. */
const mostRounds = 6
const lookEveryMs = 10

/**
 * Begins to write the machine's memory to another QEMU while it runs. With no time allowed for it, QEMU never decides
 * by itself that the rest can be written while the machine stands still.
 */
export async function beginWriting(talk: MonitorTalk, uri: string, downtimeLimitMs = 0): Promise<void> {
  await setCapability(talk, 'x-ignore-shared', false)
  await setCapability(talk, 'pause-before-switchover', true)
  await talk.ask('migrate-set-parameters', { 'downtime-limit': downtimeLimitMs, 'max-bandwidth': unlimited })
  await talk.ask('migrate', { uri })
}

/** Returns when only little of the memory has changed since it was written, or waiting longer would not help. */
export async function untilLittleIsLeft(talk: MonitorTalk): Promise<void> {
  const isEnough = (said: unknown) => {
    const { status, ram } = migrationOf(talk, said)
    if (status === 'pre-switchover') return true
    if (!ram) return undefined
    const rounds = ram['dirty-sync-count']
    return (rounds >= 2 && ram.remaining <= littleBytes) || rounds > mostRounds || undefined
  }
  await talk.until('query-migrate', isEnough, lookEveryMs)
}

/** The machine was stopped: all memory is written, and its disks may be changed. */
export async function untilSwitchover(talk: MonitorTalk): Promise<void> {
  const is = (said: unknown) => migrationOf(talk, said).status === 'pre-switchover' || undefined
  await talk.until('query-migrate', is)
}

/** The other QEMU gets the devices and the end. */
export async function finishWriting(talk: MonitorTalk): Promise<void> {
  await talk.ask('migrate-continue', { state: 'pre-switchover' })
  await untilCompleted(talk)
}

/** Writes the devices alone: the memory is in a file already. */
export async function writeDevices(talk: MonitorTalk, socket: string): Promise<void> {
  await setCapability(talk, 'x-ignore-shared', true)
  await talk.ask('migrate-set-parameters', { 'max-bandwidth': unlimited })
  await talk.ask('migrate', { uri: `unix:${socket}` })
  await untilCompleted(talk)
}

/** A machine that waits for its state begins to listen for it; `devicesOnly` when its memory is a file. */
export async function listenForState(
  talk: MonitorTalk,
  about: { readonly socket: string; readonly devicesOnly: boolean },
): Promise<void> {
  await setCapability(talk, 'x-ignore-shared', about.devicesOnly)
  await talk.ask('migrate-incoming', { uri: `unix:${about.socket}` })
}

/** The machine has its whole state, and stands still. */
export async function untilArrived(talk: MonitorTalk): Promise<void> {
  const hasArrived = (said: unknown) => {
    const { status } = said as { readonly status: string }
    if (status === 'internal-error') throw trouble(talk, 'it does not take the state')
    return status !== 'inmigrate' || undefined
  }
  await talk.until('query-status', hasArrived)
}

export async function cancelWriting(talk: MonitorTalk): Promise<void> {
  await talk.ask('migrate_cancel')
  const ended = (said: unknown) =>
    ['active', 'setup', 'cancelling', 'pre-switchover', 'device'].includes((said as Migration).status ?? '')
      ? undefined
      : true
  await talk.until('query-migrate', ended)
}

async function untilCompleted(talk: MonitorTalk): Promise<void> {
  const is = (said: unknown) => migrationOf(talk, said).status === 'completed' || undefined
  await talk.until('query-migrate', is)
}

async function setCapability(talk: MonitorTalk, capability: string, state: boolean): Promise<void> {
  await talk.ask('migrate-set-capabilities', { capabilities: [{ capability, state }] })
}

/** Fails when the migration has failed. */
export function migrationOf(talk: MonitorTalk, said: unknown): Migration {
  const migration = said as Migration
  if (migration.status === 'failed' || migration.status === 'cancelled') {
    throw trouble(talk, migration['error-desc'] ?? `writing its state ${migration.status}`)
  }
  return migration
}

function trouble({ machine }: MonitorTalk, reason: string): Error {
  return failQemu('monitor-trouble', { machine, command: 'migrate', reason })
}
