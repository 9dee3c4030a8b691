/** The file that tells the live switch process which switches it carries and where each port's socket is. */
import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { fail } from '../errors.ts'
import { isMac } from '../mac.ts'
import { type SwitchSpec, uplinkPortOf } from '../spec.ts'
import { switchSpec } from './config-spec.ts'
import { type Impairment, readImpairment } from './impair/spec.ts'
import { listOf, object, type Reader, ShapeError, text } from './shape.ts'

/** Where the switch asks QEMU for a NIC's effective MAC and promiscuous flag (a QMP socket of its own). */
export interface RxFilterSource {
  readonly qmpSocket: string
  /** The NIC's QEMU device id, as in `-device virtio-net-pci,id=nic0`. */
  readonly nicId: string
}

export interface LivePortConfig {
  /** `kvm-1:nic0`, unique in the file. */
  readonly id: string
  readonly switchName: string
  readonly portgroup: string
  readonly initialMac: string
  /** Unix socket on which QEMU's `-netdev stream,server=on` listens; the switch dials and redials it. */
  readonly socket: string
  /** Absent: the guest is taken to use its initial MAC and to be promiscuous. */
  readonly rxFilter?: RxFilterSource
  /** Absent: the link is good. */
  readonly impairment?: Impairment
}

/** Where an uplink of a switch is served. One that is not listed has no cable. */
export interface LiveUplinkConfig {
  readonly switchName: string
  /** The id that `uplinkPortOf` gives it. */
  readonly uplink: string
  /** Unix socket of whatever serves the uplink; dialled and spoken to as a NIC's. */
  readonly socket: string
}

/** All paths are absolute and, where they name sockets, at most 107 bytes long. */
export interface LiveConfig {
  readonly lab: string
  readonly controlSocket: string
  readonly pidFile?: string
  readonly switches: readonly SwitchSpec[]
  readonly ports: readonly LivePortConfig[]
  readonly uplinks: readonly LiveUplinkConfig[]
}

const socketPathBytes = 107

const path: Reader<string> = (value, at) => {
  const read = text(value, at)
  if (!isAbsolute(read) || read.includes('\0')) throw new ShapeError(at, 'is not an absolute path')
  return read
}

const socketPath: Reader<string> = (value, at) => {
  const read = path(value, at)
  const bytes = Buffer.byteLength(read)
  if (bytes > socketPathBytes) throw fail('switch-path', { path: read, bytes })
  return read
}

const mac: Reader<string> = (value, at) => {
  const read = text(value, at)
  if (!isMac(read)) throw new ShapeError(at, 'is not a MAC address')
  return read.toLowerCase()
}

const port: Reader<LivePortConfig> = object(
  { id: text, switchName: text, portgroup: text, initialMac: mac, socket: socketPath },
  { rxFilter: object({ qmpSocket: socketPath, nicId: text }), impairment: readImpairment },
)

const uplink: Reader<LiveUplinkConfig> = object({ switchName: text, uplink: text, socket: socketPath })

const liveConfig: Reader<LiveConfig> = (value, at) => {
  const read = object(
    {
      lab: text,
      controlSocket: socketPath,
      switches: listOf(switchSpec),
      ports: listOf(port),
      uplinks: listOf(uplink),
    },
    { pidFile: path },
  )(value, at)
  checkReferences(read)
  return read
}

/** Checks a parsed configuration; `place` names it in the failure (code `switch-config`). */
export function checkLiveConfig(value: unknown, place: string): LiveConfig {
  try {
    return liveConfig(value, '')
  } catch (error) {
    if (error instanceof ShapeError) throw fail('switch-config', { place, at: error.at, wrong: error.wrong })
    throw error
  }
}

/** Reads and checks a configuration; `place` names it in the failure (code `switch-config`). */
export function readLiveConfig(json: string, place: string): LiveConfig {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw fail('switch-config', { place, at: '', wrong: 'is not JSON' }, error)
  }
  return checkLiveConfig(value, place)
}

/** SHA-256 (hex) of a configuration's meaning: the order of keys in the file does not count. */
export function configDigest(config: LiveConfig): string {
  const canonical = JSON.stringify(checkLiveConfig(config, 'in memory'))
  return createHash('sha256').update(canonical).digest('hex')
}

type Referring = Pick<LiveConfig, 'switches' | 'ports' | 'uplinks'>

function checkReferences({ switches, ports, uplinks }: Referring): void {
  unique(
    switches.map(({ name }) => name),
    'switches',
  )
  for (const [i, { portgroups, uplinks }] of switches.entries()) {
    unique(
      portgroups.map(({ name }) => name),
      `switches[${i}].portgroups`,
    )
    unique(
      uplinks.map((spec) => uplinkPortOf(spec).id),
      `switches[${i}].uplinks`,
    )
  }
  unique(
    ports.map(({ id }) => id),
    'ports',
  )
  unique(
    [...ports, ...uplinks].map(({ socket }) => socket),
    'ports',
    'socket',
  )
  const groups = new Map(switches.map((s) => [s.name, new Set(s.portgroups.map(({ name }) => name))]))
  for (const [i, { switchName, portgroup }] of ports.entries())
    refers(groups, { at: `ports[${i}]`, switchName, key: 'portgroup', to: portgroup })
  const ways = new Map(switches.map((s) => [s.name, new Set(s.uplinks.map((spec) => uplinkPortOf(spec).id))]))
  for (const [i, { switchName, uplink }] of uplinks.entries())
    refers(ways, { at: `uplinks[${i}]`, switchName, key: 'uplink', to: uplink })
}

interface Reference {
  readonly at: string
  readonly switchName: string
  readonly key: 'portgroup' | 'uplink'
  readonly to: string
}

function refers(known: ReadonlyMap<string, ReadonlySet<string>>, reference: Reference): void {
  const { at, switchName, key, to } = reference
  const names = known.get(switchName)
  if (!names) throw new ShapeError(`${at}.switchName`, `names no switch: ${switchName}`)
  if (names.has(to)) return
  const what = key === 'portgroup' ? 'port group' : 'uplink'
  throw new ShapeError(`${at}.${key}`, `names no ${what} of ${switchName}: ${to}`)
}

function unique(values: readonly string[], at: string, what = 'name'): void {
  const seen = new Set<string>()
  for (const value of values) {
    if (seen.has(value)) throw new ShapeError(at, `has the ${what} ${value} twice`)
    seen.add(value)
  }
}
