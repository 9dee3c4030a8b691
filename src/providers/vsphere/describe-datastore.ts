/** The calls that make and remove a datastore, for people. */
import type { WantedDatastore } from '../provider.ts'
import { chosenDisk, emptyDataDisks } from './data-disks.ts'
import { calledOn, hypervisorOf, nasSpecOf, storageOf } from './datastores.ts'
import { line } from './describe-text.ts'
import { readDatastores } from './host-storage.ts'
import type { Level } from './switches.ts'

/** Refuses what cannot be made. */
export async function describeDatastore(
  on: Level,
  wanted: WantedDatastore,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { connection } = on.level
  const hypervisor = hypervisorOf(on, wanted.name)
  const host = await storageOf(on, signal)
  const called = calledOn(on, wanted.name, wanted.kind)
  const where = `${called} on ${host.name}`
  if (wanted.kind === 'nfs') return [line('CreateNasDatastore', where, nasSpecOf(wanted, called))]
  const all = await readDatastores(connection, host, signal)
  if (all.some(({ name }) => name === called)) return []
  const disk = chosenDisk(wanted, await emptyDataDisks(connection, host, hypervisor, signal), hypervisor)
  return [line('CreateVmfsDatastore', where, { disk: disk.canonicalName })]
}

export async function describeDatastoreDrop(
  on: Level,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const noted = (await on.record.datastores(signal)).get(name)
  if (!noted) return []
  return [
    line('RemoveDatastore', `${calledOn(on, name, noted.kind)} on ${(await storageOf(on, signal)).name}`),
  ]
}
