/** Starts what takes long, and waits for its end: with progress, and cancelled when the caller gives up. */
import { fail } from '../errors.ts'
import type { Connection } from './connection.ts'
import { failureOf, localizedFault } from './faults.ts'
import { at, isRef, listAt, type MoRef, textAt, type VimObject, type VimValue } from './vim-value.ts'
import { laterThan } from './waiting.ts'

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (percent: number) => void
}

const waitSeconds = 20
/** For what is still said to the server after the caller has given up. */
const lastWordsMs = 5000

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
  const task = await started(connection, method, { target, parameters, signal })
  try {
    signal?.throwIfAborted()
    return await connection.perSession(() => ended(connection, task, { ...options, method }), signal)
  } catch (error) {
    if (signal?.aborted) await cancel(connection, task)
    throw error
  }
}

interface Start {
  readonly target: MoRef
  readonly parameters: VimObject
  readonly signal: AbortSignal | undefined
}

/** Who gives up while the task starts still learns its name, since nobody could cancel it otherwise. */
async function started(
  connection: Connection,
  method: string,
  { target, parameters, signal }: Start,
): Promise<MoRef> {
  using later = laterThan(signal, lastWordsMs)
  const task = await connection.call(method, target, parameters, { signal: later })
  if (!isRef(task)) throw fail('vsphere-answer-unreadable', { reason: `${method} gave no task` })
  return task
}

async function cancel(connection: Connection, task: MoRef): Promise<void> {
  try {
    await connection.call('CancelTask', task, {}, { signal: AbortSignal.timeout(lastWordsMs) })
  } catch {
    // Some tasks cannot be cancelled; whoever looks next sees what they did.
  }
}

type Waiting = TaskOptions & { readonly method: string }

async function ended(connection: Connection, task: MoRef, waiting: Waiting): Promise<VimValue | undefined> {
  const { signal } = waiting
  // A collector of its own: updates of one are told to one waiter only.
  const shared = connection.service('propertyCollector')
  const collector = await connection.call('CreatePropertyCollector', shared, {}, { signal })
  if (!isRef(collector)) throw fail('vsphere-answer-unreadable', { reason: 'there is no property collector' })
  try {
    // The whole of it, so that its state and its result come together.
    const propSet = [{ type: 'Task', all: false, pathSet: ['info'] }]
    const spec = { propSet, objectSet: [{ obj: task, skip: false }] }
    await connection.call('CreateFilter', collector, { spec, partialUpdates: false }, { signal })
    return await updatesUntilEnd(connection, collector, waiting)
  } finally {
    const atMost = AbortSignal.timeout(lastWordsMs)
    await connection
      .call('DestroyPropertyCollector', collector, {}, { signal: atMost })
      .catch(() => undefined)
  }
}

async function updatesUntilEnd(
  connection: Connection,
  collector: MoRef,
  { method, signal, onProgress }: Waiting,
): Promise<VimValue | undefined> {
  let version = ''
  let told: number | undefined
  for (;;) {
    const wait = { version, options: { maxWaitSeconds: waitSeconds } }
    // Absent when nothing has changed for that long.
    const update = await connection.call('WaitForUpdatesEx', collector, wait, { signal })
    version = textAt(update, 'version') ?? version
    for (const info of infosOf(update, method)) {
      const state = textAt(info, 'state')
      if (state === 'success') return at(info, 'result')
      if (state === 'error') throw failureOf(localizedFault(at(info, 'error')), method)
      const percent = at(info, 'progress')
      if (typeof percent === 'number' && percent !== told) onProgress?.(percent)
      if (typeof percent === 'number') told = percent
    }
  }
}

function infosOf(update: VimValue | undefined, method: string): readonly VimValue[] {
  const objects = listAt(update, 'filterSet').flatMap((filter) => listAt(filter, 'objectSet'))
  if (objects.some((object) => textAt(object, 'kind') === 'leave'))
    throw fail('vsphere-gone', { method, object: 'its task' })
  return objects.flatMap((object) =>
    listAt(object, 'changeSet').flatMap((change) => {
      const value = at(change, 'val')
      return textAt(change, 'name') === 'info' && value !== undefined ? [value] : []
    }),
  )
}
