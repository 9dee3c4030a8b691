/** What the record of a lab holds, as settings of a machine. */
import { at, listAt, refAt, textAt, type VimValue } from './soap/vim-value.ts'
import type { RecordedHosts } from './switch-hosts.ts'

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
  /** Absent: all hosts have it. */
  readonly hosts?: RecordedHosts
}

export interface DatastoreRecord {
  readonly kind: 'local' | 'nfs'
  /** Empty while it is being made or changed. */
  readonly digest: string
  /** UUID of its file system, or what is mounted; empty until it has been made. */
  readonly id: string
  /** The file does not name it any more, and it stays until its host goes: the notes of the lab lie on it. */
  readonly isKept?: boolean
}

/** As its names are made from. */
export function recordedSwitch(name: string, { kind, isExisting }: SwitchRecord) {
  return { name, kind, existing: isExisting }
}

export interface Notes {
  readonly switches: Map<string, SwitchRecord>
  /** Digests of clusters; empty while one is being made or changed. */
  readonly clusters: Map<string, string>
  readonly datastores: Map<string, DatastoreRecord>
  /** `sending 0 STORE` or `there BYTES STORE`, by what they are. */
  readonly images: Map<string, string>
  /** Host of all machines that use isolated switches. */
  home: string | undefined
}

export const key = {
  lab: 'nestlab.record',
  owner: 'nestlab.owner',
  home: 'nestlab.home',
  switches: 'nestlab.switch.',
  clusters: 'nestlab.cluster.',
  datastores: 'nestlab.datastore.',
  images: 'nestlab.image.',
} as const

export function readNotes(settings: ReadonlyMap<string, string>): Notes {
  return {
    switches: notesUnder(settings, key.switches, readSwitch),
    clusters: notesUnder(settings, key.clusters, (text) => text.replace(/^digest ?/, '')),
    datastores: notesUnder(settings, key.datastores, readDatastore),
    images: notesUnder(settings, key.images, (text) => text),
    home: settings.get(key.home) || undefined,
  }
}

/** A setting cannot be taken away, so what was forgotten is empty. */
function notesUnder<Value>(
  settings: ReadonlyMap<string, string>,
  prefix: string,
  read: (text: string) => Value,
): Map<string, Value> {
  return new Map(
    [...settings].flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== '' ? [[name.slice(prefix.length), read(value)] as const] : [],
    ),
  )
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
  const { kind, digest, portgroups, isIsolated, isExisting, hosts } = JSON.parse(
    text,
  ) as Partial<SwitchRecord>
  return {
    kind: kind === 'distributed' ? 'distributed' : 'standard',
    digest: typeof digest === 'string' ? digest : '',
    portgroups: Array.isArray(portgroups) ? portgroups.map(String) : [],
    isIsolated: isIsolated === true,
    isExisting: isExisting === true,
    ...(typeof hosts === 'object' && hosts !== null && { hosts: readHosts(hosts) }),
  }
}

function readHosts({ switch: all, groups }: RecordedHosts): RecordedHosts {
  const lists = Object.entries(groups ?? {}).filter(([, names]) => Array.isArray(names))
  return {
    ...(Array.isArray(all) && { switch: all.map(String) }),
    ...(lists.length > 0 && { groups: Object.fromEntries(lists) }),
  }
}

function readDatastore(text: string): DatastoreRecord {
  const { kind, digest, id, isKept } = JSON.parse(text) as Partial<DatastoreRecord>
  return {
    kind: kind === 'nfs' ? 'nfs' : 'local',
    digest: typeof digest === 'string' ? digest : '',
    id: typeof id === 'string' ? id : '',
    ...(isKept === true && { isKept }),
  }
}
