/** Machines of one level: found by the marks they carry, made, started, stopped and removed. */
import type { MachineState, SeenMachine } from '../provider.ts'
import { folderOf } from './containers.ts'
import { fail } from './errors.ts'
import { mark } from './machine-spec.ts'
import { machineNameOf } from './names.ts'
import { childOf } from './place.ts'
import { settingsOf } from './record.ts'
import { type ObjectProperties, propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { isList, isRef, type MoRef, refAt, textAt } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

export interface FoundMachine extends SeenMachine {
  readonly ref: MoRef
  readonly isOn: boolean
  readonly asked: string
  readonly host: MoRef | undefined
}

const paths = {
  VirtualMachine: ['config.extraConfig', 'runtime'],
}

/** Those of the lab, in the order of the server. */
export async function findMachines(on: Level, signal: AbortSignal): Promise<readonly FoundMachine[]> {
  const { connection } = on.level
  const folder = await folderOf(on, signal)
  if (!folder) return []
  const [found] = await propertiesOf(connection, [folder], { Folder: ['childEntity'] }, { signal })
  const children = found?.properties.get('childEntity')
  const refs = isList(children) ? children.filter(isRef).filter(({ type }) => type === 'VirtualMachine') : []
  const machines = await propertiesOf(connection, refs, paths, { signal })
  return machines.flatMap((one) => readMachine(on, one) ?? [])
}

function readMachine({ level }: Level, { ref, properties }: ObjectProperties): FoundMachine | undefined {
  const settings = settingsOf(properties.get('config.extraConfig'))
  const name = settings.get(mark.machine)
  if (name === undefined || settings.get(mark.lab) !== level.lab) return undefined
  if ((settings.get(mark.inside) ?? '') !== (level.hypervisor?.path ?? '')) return undefined
  if (level.owner === undefined || settings.get(mark.owner) !== level.owner) return undefined
  const runtime = properties.get('runtime')
  const isOn = textAt(runtime, 'powerState') === 'poweredOn'
  const asked = settings.get(mark.asked) ?? 'created'
  const schedule = settings.get(mark.schedule) || undefined
  return {
    name,
    ref,
    isOn,
    asked,
    state: stateOf(isOn, asked, schedule !== undefined),
    ...(schedule !== undefined && { schedule }),
    digest: settings.get(mark.digest) ?? '',
    ...(isOn && { accelerator: 'esxi' as const }),
    host: refAt(runtime, 'host'),
  }
}

/**
 * Off although it was started and nobody asked it to stop: its schedule switched it off, or it crashed, or somebody
 * else did it.
 */
function stateOf(isOn: boolean, asked: string, hasSchedule: boolean): MachineState {
  if (isOn) return 'running'
  if (asked === 'started') return hasSchedule ? 'stopped' : 'crashed'
  return asked === 'stopped' ? 'stopped' : 'created'
}

/** By the name it was given; one that somebody has renamed is found by its marks. */
export async function findMachine(
  on: Level,
  name: string,
  signal: AbortSignal,
): Promise<FoundMachine | undefined> {
  const { level, place } = on
  const folder = await folderOf(on, signal)
  if (!folder) return undefined
  const called = machineNameOf(level.lab, name, place.isVCenter)
  const ref = await childOf(level.connection, folder, called, signal)
  const [seen] = ref ? await propertiesOf(level.connection, [ref], paths, { signal }) : []
  const direct = seen && readMachine(on, seen)
  if (direct?.name === name) return direct
  return (await findMachines(on, signal)).find((one) => one.name === name)
}

export async function needMachine(on: Level, name: string, signal: AbortSignal): Promise<FoundMachine> {
  const found = await findMachine(on, name, signal)
  if (found) return found
  throw fail('vsphere-no-machine', { machine: name, lab: on.level.lab })
}

export async function startMachine(on: Level, name: string, signal: AbortSignal): Promise<void> {
  const machine = await needMachine(on, name, signal)
  // In this order a machine that could not be started is not taken for one that crashed.
  if (!machine.isOn) await runTask(on.level.connection, 'PowerOnVM_Task', machine.ref, {}, { signal })
  await noteAsked(on, machine, 'started', signal)
}

export async function stopMachine(
  on: Level,
  name: string,
  how: 'button' | 'power',
  signal: AbortSignal,
): Promise<void> {
  const machine = await needMachine(on, name, signal)
  if (machine.state === 'created') return
  await noteAsked(on, machine, 'stopped', signal)
  if (!machine.isOn) return
  const { connection } = on.level
  if (how === 'power') await powerOff(on, machine, signal)
  else
    await connection.call('ShutdownGuest', machine.ref, {}, { signal }).catch((error: unknown) => {
      signal.throwIfAborted()
      // Without tools nobody hears the button.
      if (!isFault(error, 'ToolsUnavailable')) throw error
    })
}

export async function removeMachine(on: Level, name: string, signal: AbortSignal): Promise<void> {
  const machine = await findMachine(on, name, signal)
  if (!machine) return
  if (machine.isOn) {
    await noteAsked(on, machine, 'stopped', signal)
    await powerOff(on, machine, signal)
  }
  try {
    await runTask(on.level.connection, 'Destroy_Task', machine.ref, {}, { signal })
  } catch (error) {
    // An import that was killed holds on to its machine until its lease runs out.
    if (machine.digest !== '' || !isFault(error, 'TaskInProgress')) throw error
    throw fail('vsphere-import-held', { machine: name }, error)
  }
}

/** One that has switched itself off meanwhile is as it should be. */
async function powerOff(on: Level, machine: FoundMachine, signal: AbortSignal): Promise<void> {
  try {
    await runTask(on.level.connection, 'PowerOffVM_Task', machine.ref, {}, { signal })
  } catch (error) {
    signal.throwIfAborted()
    if (!isFault(error, 'InvalidPowerState')) throw error
  }
}

/** Remembers at the machine what was asked of it last. */
export async function noteAsked(
  on: Level,
  { ref, asked: before }: FoundMachine,
  asked: string,
  signal: AbortSignal,
): Promise<void> {
  if (before === asked) return
  const spec = { extraConfig: [{ key: mark.asked, value: asked }] }
  await runTask(on.level.connection, 'ReconfigVM_Task', ref, { spec }, { signal })
}

/** Whether a failure comes from that fault of the server. */
function isFault(error: unknown, fault: string): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'fault' in cause && cause.fault === fault
}
