/** Tasks that a vCenter carries out by the clock: kept, listed and removed. No clock runs here, so none is carried out. */
import { isRef, listAt, type MoRef, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods } from './call.ts'
import { storedName } from './entity.ts'
import { faults } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

export const scheduleCalls: Methods = {
  CreateScheduledTask: (context) => {
    const { world, parameters } = context
    const entity = world.need(parameters.entity as MoRef)
    const specification = parameters.spec as VimObject
    const name = storedName(textAt(specification, 'name') ?? '')
    const taken = world.all('ScheduledTask').find((one) => textAt(one.get('info'), 'name') === name)
    if (taken) throw faults.duplicate(name, taken.ref)
    checkTimes(specification.scheduler as VimObject)
    checkAction(specification.action as VimObject, entity)
    const task = world.make('ScheduledTask', world.nextId('schedule-'))
    task.set('value', [])
    task.set('availableField', [])
    task.set('#entity', entity.ref)
    task.set('info', infoOf(context, task, { ...specification, name }))
    return task.ref
  },
  RetrieveEntityScheduledTask: ({ world, parameters }) => {
    const { entity } = parameters
    const wanted = entity !== undefined && isRef(entity) ? world.need(entity) : undefined
    return scheduledOf(world, wanted).map(({ ref }) => ref)
  },
  RemoveScheduledTask: ({ world, target }) => {
    world.remove(target.ref)
    return undefined
  },
}

function scheduledOf(world: World, entity: SimObject | undefined): readonly SimObject[] {
  return world
    .all('ScheduledTask')
    .filter((one) => entity === undefined || one.ref1('#entity')?.value === entity.ref.value)
}

function infoOf({ world, session }: CallContext, task: SimObject, specification: VimObject): VimObject {
  return {
    $type: 'ScheduledTaskInfo',
    ...specification,
    scheduledTask: task.ref,
    entity: task.ref1('#entity') as MoRef,
    lastModifiedTime: world.timestamp(),
    lastModifiedUser: session?.user ?? '',
    state: 'success',
    taskObject: task.ref1('#entity') as MoRef,
  }
}

/** Hours and minutes of the day as they are everywhere, and a week with at least one day. */
function checkTimes(scheduler: VimObject): void {
  const kind = scheduler.$type
  if (kind !== 'DailyTaskScheduler' && kind !== 'WeeklyTaskScheduler') throw faults.argument('spec.scheduler')
  const within = (field: string, least: number, most: number) => {
    const value = numberAt(scheduler, field)
    if (value === undefined || !Number.isInteger(value) || value < least || value > most)
      throw faults.argument(`spec.scheduler.${field}`)
  }
  within('interval', 1, kind === 'DailyTaskScheduler' ? 366 : 52)
  within('minute', 0, 59)
  within('hour', 0, 23)
  if (kind === 'WeeklyTaskScheduler' && !days.some((day) => scheduler[day] === true))
    throw faults.argument('spec.scheduler')
}

/** Only what switches machines is known here. */
const machineActions: Readonly<Record<string, number>> = {
  PowerOnVM_Task: 1,
  PowerOffVM_Task: 0,
  ShutdownGuest: 0,
  SuspendVM_Task: 0,
  ResetVM_Task: 0,
}

function checkAction(action: VimObject, entity: SimObject): void {
  const name = textAt(action, 'name') ?? ''
  if (action.$type !== 'MethodAction' || !Object.hasOwn(machineActions, name))
    throw faults.argument('spec.action')
  if (entity.ref.type !== 'VirtualMachine') throw faults.argument('entity')
  if (listAt(action, 'argument').length !== machineActions[name])
    throw faults.argument('spec.action.argument')
}
