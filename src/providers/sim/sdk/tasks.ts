/** Tasks: what takes long begins, moves on, ends or is cancelled, while whoever ordered it may be gone. */
import { setImmediate as turn } from 'node:timers/promises'
import type { MoRef, VimObject, VimValue } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, TaskMethod } from './call.ts'
import { withFilesKept } from './datastore.ts'
import { isObjectKind } from './schema.ts'
import { asSdkFault, faults, localized, SdkFault } from './sdk-fault.ts'
import { merged, type SimObject, type World } from './world.ts'

export class Tasks {
  readonly #world: World
  readonly #cancels = new Map<string, () => void>()
  #last = 0

  constructor(world: World) {
    this.#world = world
  }

  start(context: CallContext, method: TaskMethod): MoRef {
    method.check?.(context)
    this.#last += 1
    const id = this.#world.isVCenter
      ? `task-${this.#last}`
      : `haTask-ha-host-${context.target.ref.type}-${this.#last}`
    const task = this.#world.make('Task', id)
    const { target, session } = context
    const { owner, name } = { owner: target.ref.type, name: context.method.replace(/_Task$/, '') }
    const entity = entityOf(this.#world, target)
    task.set('info', {
      key: id,
      task: task.ref,
      name: context.method,
      descriptionId: `${owner}.${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      ...(entity && { entity: entity.ref, entityName: entity.name }),
      state: 'queued',
      cancelled: false,
      cancelable: true,
      reason: { $type: 'TaskReasonUser', userName: session?.user ?? '' },
      queueTime: this.#world.timestamp(),
      eventChainId: this.#last,
    })
    void this.#run(context, task, method)
    return task.ref
  }

  /** Throws `NotSupported` when it has ended. */
  cancel(ref: MoRef): void {
    const cancel = this.#cancels.get(ref.value)
    if (!cancel) throw faults.notSupported()
    cancel()
  }

  async #run(context: CallContext, task: SimObject, method: TaskMethod): Promise<void> {
    const cancelled = new Promise<never>((_resolve, reject) => {
      this.#cancels.set(task.ref.value, () => reject(faults.cancelled()))
    })
    // It may be cancelled after nobody waits for it any more.
    cancelled.catch(() => undefined)
    try {
      await turn()
      this.#tell(task, { state: 'running', startTime: this.#world.timestamp(), progress: 0 })
      await Promise.race([context.controls.released(), cancelled])
      this.#tell(task, { progress: 50 })
      await Promise.race([turn(), cancelled])
      const ordered = context.controls.takeFault(context.method, true)
      if (ordered) throw ordered
      const result = withFilesKept(this.#world, () => method.run(context))
      this.#end(task, { state: 'success', ...(result !== undefined && { result }) })
    } catch (error) {
      const isCancelled = error instanceof SdkFault && error.fault === 'RequestCanceled'
      this.#end(task, { state: 'error', error: localized(asSdkFault(error)), cancelled: isCancelled })
    } finally {
      this.#cancels.delete(task.ref.value)
    }
  }

  #end(task: SimObject, info: Readonly<Record<string, VimValue>>): void {
    const { progress: _progress, ...before } = task.object('info')
    task.set('info', before)
    this.#tell(task, { ...info, cancelable: false, completeTime: this.#world.timestamp() })
  }

  #tell(task: SimObject, info: VimObject): void {
    task.set('info', merged(task.object('info'), info))
    this.#world.changed()
  }
}

/** Tasks are shown at things of the inventory: what a snapshot does, at its machine. */
function entityOf(world: World, object: SimObject): SimObject | undefined {
  return isObjectKind(object.ref.type, 'ManagedEntity') ? object : world.find(object.ref1('vm'))
}
