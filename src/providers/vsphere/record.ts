/**
 * What belongs to a lab besides its machines, remembered on the server itself: in the settings of a machine without
 * a disk that is never started. Whatever is made is noted there before, so that nothing is ever orphaned.
 */
import { fail } from './errors.ts'
import type { VsphereLevel } from './level.ts'
import { containerNameOf, recordNameOf } from './names.ts'
import { childOf, type Place } from './place.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import {
  at,
  isRef,
  listAt,
  type MoRef,
  refAt,
  textAt,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'

export interface SwitchRecord {
  readonly kind: 'standard' | 'distributed'
  /** Empty while it is being made or changed. */
  readonly digest: string
  /** Names in the lab file, of all port groups that may be there. */
  readonly portgroups: readonly string[]
  /** Machines on it reach each other only on one host. */
  readonly isIsolated: boolean
  /** It was there before the lab, and stays. */
  readonly isExisting: boolean
}

/** As its names are made from. */
export function recordedSwitch(name: string, { kind, isExisting }: SwitchRecord) {
  return { name, kind, existing: isExisting }
}

interface Contents {
  readonly ref: MoRef
  readonly switches: Map<string, SwitchRecord>
  /** Digests of clusters; empty while one is being made or changed. */
  readonly clusters: Map<string, string>
  /** Host of all machines that use isolated switches. */
  home: string | undefined
}

const key = {
  lab: 'nestlab.record',
  owner: 'nestlab.owner',
  home: 'nestlab.home',
  switch: 'nestlab.switch.',
  cluster: 'nestlab.cluster.',
} as const

export class LabRecord {
  readonly #level: VsphereLevel
  readonly #place: Place
  #contents: Promise<Contents | undefined> | undefined
  /** Writes wait for each other: the server refuses two changes of one machine at once. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(level: VsphereLevel, place: Place) {
    this.#level = level
    this.#place = place
  }

  async switches(signal: AbortSignal): Promise<ReadonlyMap<string, SwitchRecord>> {
    return (await this.#read(signal))?.switches ?? new Map()
  }

  async clusters(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return (await this.#read(signal))?.clusters ?? new Map()
  }

  /** `digest`: empty while it is being made or changed. */
  async noteCluster(name: string, digest: string, signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      const contents = await this.#need(signal)
      if (contents.clusters.get(name) === digest) return
      await this.#set(contents, `${key.cluster}${name}`, `digest ${digest}`, signal)
      contents.clusters.set(name, digest)
    })
  }

  async forgetCluster(name: string, signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      const contents = await this.#read(signal)
      if (!contents?.clusters.has(name)) return
      await this.#set(contents, `${key.cluster}${name}`, '', signal)
      contents.clusters.delete(name)
    })
  }

  async exists(signal: AbortSignal): Promise<boolean> {
    return (await this.#read(signal)) !== undefined
  }

  async home(signal: AbortSignal): Promise<string | undefined> {
    return (await this.#read(signal))?.home
  }

  /** Makes the record when there is none; only then may anything else be made. */
  async need(signal: AbortSignal): Promise<void> {
    await this.#inTurn(() => this.#need(signal))
  }

  async noteSwitch(name: string, record: SwitchRecord, signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      const contents = await this.#need(signal)
      const value = JSON.stringify(record)
      if (JSON.stringify(contents.switches.get(name)) === value) return
      await this.#set(contents, `${key.switch}${name}`, value, signal)
      contents.switches.set(name, record)
    })
  }

  async forgetSwitch(name: string, signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      const contents = await this.#read(signal)
      if (!contents?.switches.has(name)) return
      await this.#set(contents, `${key.switch}${name}`, '', signal)
      contents.switches.delete(name)
    })
  }

  /** The host that was chosen first. */
  async settleHome(host: string, signal: AbortSignal): Promise<string> {
    return await this.#inTurn(async () => {
      const contents = await this.#need(signal)
      if (contents.home === undefined) {
        await this.#set(contents, key.home, host, signal)
        contents.home = host
      }
      return contents.home
    })
  }

  async remove(signal: AbortSignal): Promise<string | undefined> {
    return await this.#inTurn(async () => {
      const contents = await this.#read(signal)
      if (!contents) return undefined
      await runTask(this.#level.connection, 'Destroy_Task', contents.ref, {}, { signal })
      this.#contents = undefined
      return recordNameOf(this.#level.lab)
    })
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return await turn
  }

  async #need(signal: AbortSignal): Promise<Contents> {
    const known = await this.#read(signal)
    if (known) return known
    const { connection, lab, owner } = this.#level
    if (owner === undefined) throw new Error('what has no owner makes nothing')
    await this.#refuseTaken(signal)
    const params = { config: this.#spec(owner), pool: this.#place.pool, host: this.#place.hosts[0]?.ref }
    const ref = await runTask(connection, 'CreateVM_Task', this.#place.vmFolder, params, { signal })
    if (!isRef(ref)) throw fail('vsphere-answer-unreadable', { reason: `the record of ${lab} has no name` })
    const contents = { ref, switches: new Map(), clusters: new Map(), home: undefined }
    this.#contents = Promise.resolve(contents)
    return contents
  }

  /** Folder and pool belong to the lab because the record is there, so they must not be there before it. */
  async #refuseTaken(signal: AbortSignal): Promise<void> {
    const { connection, lab } = this.#level
    const name = containerNameOf(lab)
    if (!this.#place.isVCenter) return
    const found = await childOf(connection, this.#place.vmFolder, name, signal)
    const hosts = await childOf(connection, this.#place.hostFolder, name, signal)
    const pools = await poolsNamed(this.#level, this.#place, signal)
    if (found || hosts || pools.length > 0)
      throw fail('vsphere-name-taken', { method: 'Bringing the lab up', name })
  }

  #spec(owner: string): VimObject {
    const { lab } = this.#level
    return {
      name: recordNameOf(lab),
      annotation: `Nestlab keeps here what belongs to lab ${lab}. "nestlab down --lab ${lab}" removes it; it is never started.`,
      guestId: 'otherGuest',
      numCPUs: 1,
      memoryMB: 4,
      files: { vmPathName: `[${this.#place.datastore.name}]` },
      extraConfig: [
        { key: key.lab, value: lab },
        { key: key.owner, value: owner },
      ],
    }
  }

  async #set(contents: Contents, name: string, value: string, signal: AbortSignal): Promise<void> {
    const spec = { extraConfig: [{ key: name, value }] }
    await runTask(this.#level.connection, 'ReconfigVM_Task', contents.ref, { spec }, { signal })
  }

  #read(signal: AbortSignal): Promise<Contents | undefined> {
    if (!this.#contents) {
      const contents = this.#look(signal)
      this.#contents = contents
      // What is not there yet, or could not be read, is looked for again.
      const forget = () => {
        if (this.#contents === contents) this.#contents = undefined
      }
      contents.then((one) => one ?? forget(), forget)
    }
    return this.#contents
  }

  async #look(signal: AbortSignal): Promise<Contents | undefined> {
    const { connection, lab, owner } = this.#level
    if (owner === undefined) return undefined
    const name = recordNameOf(lab)
    const ref = await childOf(connection, this.#place.vmFolder, name, signal)
    if (!ref) return undefined
    const [found] = await propertiesOf(
      connection,
      [ref],
      { VirtualMachine: ['config.extraConfig'] },
      { signal },
    )
    const settings = settingsOf(found?.properties.get('config.extraConfig'))
    if (settings.get(key.lab) !== lab)
      throw fail('vsphere-name-taken', { method: 'Bringing the lab up', name })
    if (settings.get(key.owner) !== owner) throw fail('vsphere-lab-of-another', { lab })
    const switches = [...settings].flatMap(([name, value]) =>
      name.startsWith(key.switch) && value !== ''
        ? [[name.slice(key.switch.length), readSwitch(value)] as const]
        : [],
    )
    const clusters = [...settings].flatMap(([name, value]) =>
      name.startsWith(key.cluster) && value !== ''
        ? [[name.slice(key.cluster.length), value.replace(/^digest ?/, '')] as const]
        : [],
    )
    return {
      ref,
      switches: new Map(switches),
      clusters: new Map(clusters),
      home: settings.get(key.home) || undefined,
    }
  }
}

/** What the server has as pools of that name in the cluster. */
export async function poolsNamed(
  { connection, lab }: VsphereLevel,
  { pool }: Place,
  signal: AbortSignal,
): Promise<readonly MoRef[]> {
  const [root] = await propertiesOf(connection, [pool], { ResourcePool: ['resourcePool'] }, { signal })
  const children = root?.properties.get('resourcePool')
  const refs = Array.isArray(children) ? children.filter(isRef) : []
  const named = await propertiesOf(
    connection,
    refs,
    { ResourcePool: ['name'], VirtualApp: ['name'] },
    { signal },
  )
  const name = containerNameOf(lab)
  return named.filter(({ properties }) => properties.get('name') === name).map(({ ref }) => ref)
}

/** Of a list of `OptionValue`. */
export function settingsOf(value: VimValue | undefined): ReadonlyMap<string, string> {
  const list = Array.isArray(value) ? value : listAt(value, 'OptionValue')
  return new Map(
    list.flatMap((one: VimValue) => {
      const name = textAt(one, 'key')
      const found = at(one, 'value')
      return name === undefined || found === undefined || refAt(found) ? [] : [[name, String(found)] as const]
    }),
  )
}

function readSwitch(text: string): SwitchRecord {
  const { kind, digest, portgroups, isIsolated, isExisting } = JSON.parse(text) as Partial<SwitchRecord>
  return {
    kind: kind === 'distributed' ? 'distributed' : 'standard',
    digest: typeof digest === 'string' ? digest : '',
    portgroups: Array.isArray(portgroups) ? portgroups.map(String) : [],
    isIsolated: isIsolated === true,
    isExisting: isExisting === true,
  }
}
