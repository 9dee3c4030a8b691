/** Snapshots of machines as the server keeps them: taken, gone back to, listed and removed by the names that we gave. */
import type { MachineSnapshot, MachineSnapshots, SnapshotWish } from '../machine-snapshots.ts'
import { fail } from './errors.ts'
import { type FoundMachine, needMachine, noteAsked } from './machines.ts'
import { doubtSchedule } from './schedules.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { listAt, type MoRef, refAt, textAt, type VimValue } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

/** Longest name that every server takes. */
const longestName = 80

interface Taken extends MachineSnapshot {
  readonly ref: MoRef
}

/** `open`: the level, once it has been found. */
export function machineSnapshotsOn(open: (signal: AbortSignal) => Promise<Level>): MachineSnapshots {
  return {
    create: async (machine, wish, signal) => await take(await open(signal), machine, wish, signal),
    revert: async (machine, name, signal) => await revert(await open(signal), machine, name, signal),
    list: async (machine, signal) => {
      const on = await open(signal)
      const taken = await ours(on, await needMachine(on, machine, signal), signal)
      return taken.map(({ ref: _, ...snapshot }) => snapshot)
    },
    remove: async (machine, name, signal) => await remove(await open(signal), machine, name, signal),
  }
}

async function take(on: Level, machine: string, wish: SnapshotWish, signal: AbortSignal): Promise<void> {
  const found = await needMachine(on, machine, signal)
  const { name, keeps, note = '' } = wish
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (name === '' || name.length > longestName || /[\u0000-\u001f\u007f]/.test(name))
    throw fail('vsphere-snapshot-name', { name })
  if ((await ours(on, found, signal)).some((one) => one.name === name)) return
  const parameters = {
    name,
    description: note === '' ? markOf(on) : `${markOf(on)}\n${note}`,
    // What is in memory goes before what is on the disks: the server takes only one of the two.
    memory: keeps === 'memory',
    quiesce: keeps === 'quiesced-disks',
  }
  await runTask(on.level.connection, 'CreateSnapshot_Task', found.ref, parameters, { signal })
}

async function revert(on: Level, machine: string, name: string, signal: AbortSignal): Promise<void> {
  const before = await needMachine(on, machine, signal)
  const { ref } = await needSnapshot(on, before, name, signal)
  await runTask(on.level.connection, 'RevertToSnapshot_Task', ref, {}, { signal })
  // What was asked for last is of the time of the snapshot, too.
  const now = await needMachine(on, machine, signal)
  if (now.isOn) await noteAsked(on, now, 'started', signal)
  else if (now.asked === 'started') await noteAsked(on, now, 'stopped', signal)
  // The tasks of a schedule are the vCenter's, and stayed as they were.
  if ((before.schedule ?? now.schedule) !== undefined) await doubtSchedule(on, now, signal)
}

async function remove(on: Level, machine: string, name: string, signal: AbortSignal): Promise<void> {
  const taken = await ours(on, await needMachine(on, machine, signal), signal)
  const one = taken.find((each) => each.name === name)
  // Those that build on it stay as they are.
  const parameters = { removeChildren: false }
  if (one) await runTask(on.level.connection, 'RemoveSnapshot_Task', one.ref, parameters, { signal })
}

async function needSnapshot(
  on: Level,
  machine: FoundMachine,
  name: string,
  signal: AbortSignal,
): Promise<Taken> {
  const taken = await ours(on, machine, signal)
  const one = taken.find((each) => each.name === name)
  if (one) return one
  throw fail('vsphere-snapshot-missing', {
    machine: machine.name,
    name,
    names: taken.map((each) => each.name),
  })
}

/** Those that this lab took, the oldest first; others at the same machine are somebody else's. */
async function ours(on: Level, { ref }: FoundMachine, signal: AbortSignal): Promise<readonly Taken[]> {
  const [read] = await propertiesOf(on.level.connection, [ref], { VirtualMachine: ['snapshot'] }, { signal })
  const info = read?.properties.get('snapshot')
  const current = refAt(info, 'currentSnapshot')?.value
  const mark = markOf(on)
  const walk = (list: readonly VimValue[], parent?: string): readonly Taken[] =>
    list.flatMap((one) => {
      const snapshot = refAt(one, 'snapshot')
      const name = textAt(one, 'name') ?? ''
      const [first, ...note] = (textAt(one, 'description') ?? '').split('\n')
      const isOurs = snapshot !== undefined && first === mark
      const own: readonly Taken[] = isOurs
        ? [
            {
              ref: snapshot,
              name,
              takenAt: textAt(one, 'createTime') ?? '',
              hasMemory: textAt(one, 'state') === 'poweredOn',
              isCurrent: snapshot.value === current,
              ...(parent !== undefined && { parent }),
              ...(note.length > 0 && { note: note.join('\n') }),
            },
          ]
        : []
      return [...own, ...walk(listAt(one, 'childSnapshotList'), isOurs ? name : parent)]
    })
  return walk(listAt(info, 'rootSnapshotList')).toSorted(
    (a, b) => Date.parse(a.takenAt) - Date.parse(b.takenAt),
  )
}

const markOf = ({ level }: Level) => `Taken by Nestlab for lab ${level.lab}`
