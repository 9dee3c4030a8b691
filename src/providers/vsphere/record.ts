/**
 * What belongs to a lab besides its machines, remembered on the server itself: in the settings of a machine without
 * a disk that is never started. Whatever is made is noted there before, so that nothing is ever orphaned.
 */
import { fail } from './errors.ts'
import type { VsphereLevel } from './level.ts'
import { containerNameOf, recordNameOf } from './names.ts'
import { childOf, type Place } from './place.ts'
import {
  type DatastoreRecord,
  key,
  type Notes,
  readNotes,
  type SwitchRecord,
  settingsOf,
} from './record-notes.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { isRef, type MoRef, type VimObject } from './soap/vim-value.ts'

export { type DatastoreRecord, recordedSwitch, type SwitchRecord, settingsOf } from './record-notes.ts'

type NoteKind = 'switches' | 'clusters' | 'datastores' | 'images'

interface Noted {
  readonly switches: SwitchRecord
  readonly clusters: string
  readonly datastores: DatastoreRecord
  readonly images: string
}

type Setting = Readonly<Record<'key' | 'value', string>>

interface Contents extends Notes {
  readonly ref: MoRef
}

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

  async datastores(signal: AbortSignal): Promise<ReadonlyMap<string, DatastoreRecord>> {
    return (await this.#read(signal))?.datastores ?? new Map()
  }

  /** `digest`: empty while it is being made or changed. */
  async noteCluster(name: string, digest: string, signal: AbortSignal): Promise<void> {
    await this.#note({ kind: 'clusters', name, value: digest, text: `digest ${digest}` }, signal)
  }

  async forgetCluster(name: string, signal: AbortSignal): Promise<void> {
    await this.#forget('clusters', name, signal)
  }

  /** The first datastore of a host is there before the record, which then holds its note from the beginning. */
  async noteDatastore(name: string, value: DatastoreRecord, signal: AbortSignal): Promise<void> {
    const text = JSON.stringify(value)
    const note = { key: `${key.datastores}${name}`, value: text }
    await this.#inTurn(() => this.#need(signal, [note]))
    await this.#note({ kind: 'datastores', name, value, text }, signal)
  }

  async forgetDatastore(name: string, signal: AbortSignal): Promise<void> {
    await this.#forget('datastores', name, signal)
  }

  /** What was sent to datastores of the site, or is being sent. */
  async images(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return (await this.#read(signal))?.images ?? new Map()
  }

  async noteImage(name: string, text: string, signal: AbortSignal): Promise<void> {
    await this.#note({ kind: 'images', name, value: text, text }, signal)
  }

  async forgetImage(name: string, signal: AbortSignal): Promise<void> {
    await this.#forget('images', name, signal)
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

  async noteSwitch(name: string, value: SwitchRecord, signal: AbortSignal): Promise<void> {
    await this.#note({ kind: 'switches', name, value, text: JSON.stringify(value) }, signal)
  }

  async forgetSwitch(name: string, signal: AbortSignal): Promise<void> {
    await this.#forget('switches', name, signal)
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

  async #note<Kind extends NoteKind>(
    {
      kind,
      name,
      value,
      text,
    }: { readonly kind: Kind; readonly name: string; readonly value: Noted[Kind]; readonly text: string },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#inTurn(async () => {
      const contents = await this.#need(signal)
      const notes = contents[kind] as Map<string, Noted[Kind]>
      if (JSON.stringify(notes.get(name)) === JSON.stringify(value)) return
      await this.#set(contents, `${key[kind]}${name}`, text, signal)
      notes.set(name, value)
    })
  }

  async #forget(kind: NoteKind, name: string, signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      const contents = await this.#read(signal)
      if (!contents?.[kind].has(name)) return
      await this.#set(contents, `${key[kind]}${name}`, '', signal)
      contents[kind].delete(name)
    })
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return await turn
  }

  /** `first`: settings that one which is made now begins with. */
  async #need(signal: AbortSignal, first: readonly Setting[] = []): Promise<Contents> {
    const known = await this.#read(signal)
    if (known) return known
    const { connection, lab, owner } = this.#level
    if (owner === undefined) throw new Error('what has no owner makes nothing')
    await this.#refuseTaken(signal)
    const params = {
      config: this.#spec(owner, first),
      pool: this.#place.pool,
      host: this.#place.hosts[0]?.ref,
    }
    const ref = await runTask(connection, 'CreateVM_Task', this.#place.vmFolder, params, { signal })
    if (!isRef(ref)) throw fail('vsphere-answer-unreadable', { reason: `the record of ${lab} has no name` })
    const contents = { ref, ...readNotes(new Map(first.map((one) => [one.key, one.value]))) }
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

  #spec(owner: string, first: readonly Setting[]): VimObject {
    const { lab } = this.#level
    return {
      name: recordNameOf(lab),
      annotation: `Nestlab keeps here what belongs to lab ${lab}. "nestlab down --lab ${lab}" removes it; it is never started.`,
      guestId: 'otherGuest',
      numCPUs: 1,
      memoryMB: 4,
      files: { vmPathName: `[${this.#place.datastore.name}]` },
      extraConfig: [{ key: key.lab, value: lab }, { key: key.owner, value: owner }, ...first],
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
    return { ref, ...readNotes(settings) }
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
