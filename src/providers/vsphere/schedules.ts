/** Switches machines on and off by the clock of their vCenter, which keeps a task for each of the two. */
import type { Machine } from '#lab'
import { line } from './describe-text.ts'
import { fail } from './errors.ts'
import { mark } from './machine-spec.ts'
import { type FoundMachine, needMachine } from './machines.ts'
import { machineNameOf } from './names.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { isList, isRef, type MoRef, textAt, type VimObject } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

/** While tasks are made or removed. */
const unfinished = 'unfinished'

const dayNames = {
  sun: 'sunday',
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
} as const

/** `digest`: empty for a machine that has none any more. */
export async function putSchedule(
  on: Level,
  { machine, digest }: { readonly machine: Machine; readonly digest: string },
  signal: AbortSignal,
): Promise<void> {
  const specs = scheduleSpecsOf(on, machine)
  const found = await needMachine(on, machine.name, signal)
  if ((found.schedule ?? '') === digest) return
  await note(on, found, unfinished, signal)
  await dropTasks(on, found, signal)
  const { connection } = on.level
  const manager = specs.length > 0 ? connection.service('scheduledTaskManager') : undefined
  for (const spec of specs)
    if (manager)
      await connection.call('CreateScheduledTask', manager, { entity: found.ref, spec }, { signal })
  await note(on, found, digest, signal)
}

/** Before a machine goes: a vCenter keeps tasks of machines for a while that are not there any more. */
export async function dropSchedule(on: Level, machine: FoundMachine, signal: AbortSignal): Promise<void> {
  if (machine.schedule !== undefined) await dropTasks(on, machine, signal)
}

/** What the machine says of its schedule may be wrong: the next `up` makes the tasks anew. */
export async function doubtSchedule(on: Level, machine: FoundMachine, signal: AbortSignal): Promise<void> {
  await note(on, machine, unfinished, signal)
}

/** What would be made; refuses what only a vCenter can do. */
export function scheduleSpecsOf({ level, place }: Level, machine: Machine): readonly VimObject[] {
  const wanted = machine.traits?.powerSchedule
  if (!wanted) return []
  if (!place.isVCenter) {
    const reason = 'only a vCenter switches machines by the clock, and this is a lone host'
    throw fail('vsphere-cannot', { what: `The power schedule of ${machine.path}`, reason })
  }
  const off = level.hasTools(machine) ? 'ShutdownGuest' : 'PowerOffVM_Task'
  const times = [
    {
      word: 'on',
      at: wanted.on,
      action: { name: 'PowerOnVM_Task', argument: [{ $type: 'MethodActionArgument' }] },
    },
    { word: 'off', at: wanted.off, action: { name: off } },
  ]
  return times.flatMap(({ word, at, action }) => {
    if (at === undefined) return []
    const [hour = 0, minute = 0] = at.split(':').map(Number)
    return {
      // Names are of the whole vCenter.
      name: `${nameStart(level.lab)}${machine.name} ${word}`,
      description: descriptionOf(level),
      enabled: true,
      scheduler: { ...daysOf(wanted.days), interval: 1, hour, minute },
      action: { $type: 'MethodAction', ...action },
    }
  })
}

/** What is there of an earlier one goes first. */
export function describeSchedule(on: Level, machine: Machine): readonly string[] {
  const name = machineNameOf(on.level.lab, machine.name, on.place.isVCenter)
  const note = line('ReconfigVM_Task', `${name}: that its power schedule changes, and what it is then`)
  const made = scheduleSpecsOf(on, machine).map((spec) =>
    line('CreateScheduledTask', String(spec.name), spec),
  )
  return [note, `RemoveScheduledTask those of ${name} that are of the lab`, ...made]
}

function daysOf(days: readonly (keyof typeof dayNames)[] | undefined): VimObject {
  if (!days) return { $type: 'DailyTaskScheduler' }
  const chosen = Object.entries(dayNames).map(([short, name]) => [name, days.some((day) => day === short)])
  return { $type: 'WeeklyTaskScheduler', ...Object.fromEntries(chosen) }
}

function nameStart(lab: string): string {
  return `nestlab ${lab} `
}

/** By this a task is known to be of the lab. */
function descriptionOf({ lab, owner = '' }: Level['level']): string {
  return `Power schedule of Nestlab lab ${lab}, owner ${owner}.`
}

/** Those of the lab; what others have planned for the machine stays. */
async function dropTasks(on: Level, { ref }: FoundMachine, signal: AbortSignal): Promise<void> {
  const { connection, lab } = on.level
  if (!on.place.isVCenter) return
  const manager = connection.service('scheduledTaskManager')
  const listed = await connection.call('RetrieveEntityScheduledTask', manager, { entity: ref }, { signal })
  const refs: readonly MoRef[] = isList(listed) ? listed.filter(isRef) : []
  const tasks = await propertiesOf(connection, refs, { ScheduledTask: ['info'] }, { signal })
  for (const task of tasks) {
    const info = task.properties.get('info')
    const isOwn =
      textAt(info, 'name')?.startsWith(nameStart(lab)) &&
      textAt(info, 'description') === descriptionOf(on.level)
    if (isOwn) await connection.call('RemoveScheduledTask', task.ref, {}, { signal })
  }
}

async function note(on: Level, { ref }: FoundMachine, schedule: string, signal: AbortSignal): Promise<void> {
  const spec = { extraConfig: [{ key: mark.schedule, value: schedule }] }
  await runTask(on.level.connection, 'ReconfigVM_Task', ref, { spec }, { signal })
}
