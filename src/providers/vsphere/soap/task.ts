/** Starts what takes long, and waits for its end: with progress, and cancelled when the caller gives up. */
import { fail } from '../errors.ts'
import type { Connection } from './connection.ts'
import { failureOf, localizedFault } from './faults.ts'
import { at, isRef, listAt, type MoRef, textAt, type VimObject, type VimValue } from './vim-value.ts'

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (percent: number) => void
}

const waitSeconds = 20
const cancelLimitMs = 5000

/** Calls a method that ends in `_Task`, and returns the task's result once it has succeeded. */
export async function runTask(
  connection: Connection,
  method: string,
  target: MoRef,
  parameters: VimObject,
  options: TaskOptions = {},
): Promise<VimValue | undefined> {
  const { signal } = options
  signal?.throwIfAborted()
  const task = await connection.call(method, target, parameters, { signal })
  if (!isRef(task)) throw fail('vsphere-answer-unreadable', { reason: `${method} gave no task` })
  try {
    return await ended(connection, task, method, options)
  } catch (error) {
    if (signal?.aborted) await cancel(connection, task)
    throw error
  }
}

async function cancel(connection: Connection, task: MoRef): Promise<void> {
  try {
    await connection.call('CancelTask', task, {}, { signal: AbortSignal.timeout(cancelLimitMs) })
  } catch {
    // Some tasks cannot be cancelled; whoever looks next sees what they did.
  }
}

async function ended(
  connection: Connection,
  task: MoRef,
  method: string,
  { signal, onProgress }: TaskOptions,
): Promise<VimValue | undefined> {
  // A collector of its own: updates of one are told to one waiter only.
  const shared = connection.service('propertyCollector')
  const collector = await connection.call('CreatePropertyCollector', shared, {}, { signal })
  if (!isRef(collector)) throw fail('vsphere-answer-unreadable', { reason: 'there is no property collector' })
  try {
    const pathSet = ['info.state', 'info.error', 'info.result', 'info.progress']
    const spec = {
      propSet: [{ type: 'Task', all: false, pathSet }],
      objectSet: [{ obj: task, skip: false }],
    }
    await connection.call('CreateFilter', collector, { spec, partialUpdates: false }, { signal })
    return await updatesUntilEnd(connection, collector, method, { signal, ...(onProgress && { onProgress }) })
  } finally {
    await connection
      .call('DestroyPropertyCollector', collector, {}, { signal: AbortSignal.timeout(cancelLimitMs) })
      .catch(() => undefined)
  }
}

async function updatesUntilEnd(
  connection: Connection,
  collector: MoRef,
  method: string,
  { signal, onProgress }: TaskOptions,
): Promise<VimValue | undefined> {
  const info = new Map<string, VimValue>()
  let version = ''
  for (;;) {
    const wait = { version, options: { maxWaitSeconds: waitSeconds } }
    const update = await connection.call('WaitForUpdatesEx', collector, wait, { signal })
    version = textAt(update, 'version') ?? version
    for (const [name, value] of changesOf(update)) info.set(name, value)
    const percent = info.get('info.progress')
    if (typeof percent === 'number') onProgress?.(percent)
    const state = info.get('info.state')
    if (state === 'success') return info.get('info.result')
    if (state === 'error') throw failureOf(localizedFault(info.get('info.error')), method)
  }
}

function changesOf(update: VimValue | undefined): readonly (readonly [string, VimValue])[] {
  return listAt(update, 'filterSet').flatMap((filter) =>
    listAt(filter, 'objectSet').flatMap((object) =>
      listAt(object, 'changeSet').flatMap((change) => {
        const name = textAt(change, 'name')
        const value = at(change, 'val')
        return name !== undefined && value !== undefined ? [[name, value] as const] : []
      }),
    ),
  )
}
