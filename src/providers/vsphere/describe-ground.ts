/** The calls beside a step's own that a plan shows too: the record and what is noted in it, folders and pools. */
import type { PlannedWork } from '../provider.ts'
import { folderOf as hostFolderOf } from './clusters.ts'
import { folderOf, hasPools } from './containers.ts'
import { containerNameOf, machineNameOf, recordNameOf } from './names.ts'
import { poolsNamed } from './record.ts'
import type { Level } from './switches.ts'

/** One for each plan, since what an earlier step has made is there for those after it. */
export class Ground {
  readonly #made = new Set<string>()
  readonly #isolated = new Set<string>()

  /** Around the calls of the step itself. */
  async around(
    on: Level,
    work: PlannedWork,
    signal: AbortSignal,
  ): Promise<{ readonly before: readonly string[]; readonly after: readonly string[] }> {
    if (work.do === 'put-switch') {
      const { name, kind, uplinks, existing } = work.wanted
      if (kind !== 'distributed' && !existing && uplinks.length === 0) this.#isolated.add(name)
      const note = noted(on, `switch ${name}`)
      return {
        before: [...(await this.#record(on, signal)), `${note} is being made`],
        after: [`${note} is there`],
      }
    }
    if (work.do === 'create-machine')
      return { before: await this.#beforeMachine(on, work.machine.nics, signal), after: [] }
    if (work.do === 'put-datastore') {
      const note = noted(on, `datastore ${work.datastore.name}`)
      const record = await this.#record(on, signal)
      // Notes lie on a datastore, so the first one is noted only once it is there, by the record as it is made.
      if (record.length > 0 && !on.place.hasDatastore) return { before: [], after: record }
      return { before: record.length > 0 ? record : [`${note} is being made`], after: [`${note} is there`] }
    }
    if (work.do === 'put-cluster') {
      const note = noted(on, `cluster ${work.order.cluster.name}`)
      const folder = await this.#once('hosts', async () =>
        (await hostFolderOf(on, signal)) ? [] : [`CreateFolder ${containerNameOf(on.level.lab)} for hosts`],
      )
      return {
        before: [...(await this.#record(on, signal)), `${note} is being made`, ...folder],
        after: [`${note} is there`],
      }
    }
    return { before: [], after: afterOf(on, work) }
  }

  async #record(on: Level, signal: AbortSignal): Promise<readonly string[]> {
    return await this.#once('record', async () =>
      (await on.record.exists(signal)) ? [] : [`CreateVM_Task ${recordNameOf(on.level.lab)}`],
    )
  }

  async #beforeMachine(
    on: Level,
    nics: readonly { readonly switchName: string }[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const switches = await on.record.switches(signal)
    const isBound = nics.some(
      ({ switchName }) => this.#isolated.has(switchName) || switches.get(switchName)?.isIsolated,
    )
    const home = async () => ((await on.record.home(signal)) ? [] : [`${noted(on, 'the host')} is chosen`])
    return [
      ...(await this.#record(on, signal)),
      ...(isBound ? await this.#once('home', home) : []),
      ...(await this.#once('containers', () => containersWanted(on, signal))),
    ]
  }

  async #once(what: string, find: () => Promise<readonly string[]>): Promise<readonly string[]> {
    if (this.#made.has(what)) return []
    this.#made.add(what)
    return await find()
  }
}

async function containersWanted(on: Level, signal: AbortSignal): Promise<readonly string[]> {
  const { level, place } = on
  const name = containerNameOf(level.lab)
  const lacksFolder = place.isVCenter && !(await folderOf(on, signal))
  const lacksPool = hasPools(on) && (await poolsNamed(level, place, signal)).length === 0
  return [
    ...(lacksFolder ? [`CreateFolder ${name}`] : []),
    ...(lacksPool ? [`CreateResourcePool ${name}`] : []),
  ]
}

function noted({ level }: Level, what: string): string {
  return `ReconfigVM_Task ${recordNameOf(level.lab)}: that ${what}`
}

/** What a machine is asked for last is noted at the machine itself. */
function afterOf({ level, place }: Level, work: PlannedWork): readonly string[] {
  if (work.do !== 'start-machine' && work.do !== 'stop-machine') return []
  const asked = work.do === 'start-machine' ? 'started' : 'stopped'
  return [`ReconfigVM_Task ${machineNameOf(level.lab, work.name, place.isVCenter)}: that it was ${asked}`]
}
