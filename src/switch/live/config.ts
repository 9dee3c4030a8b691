/** The file that tells the live switch process which switches it carries and where each port's socket is. */
import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { fail } from '../errors.ts'
import { isMac } from '../mac.ts'
import type { PortGroupSpec, SwitchSpec, UplinkSpec, VlanSpec } from '../spec.ts'
import { highestVlan } from '../state.ts'
import { highestMtu } from './framing.ts'
import { integer, keyed, listOf, object, oneOf, type Reader, ShapeError, split, text } from './shape.ts'

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
}

/** All paths are absolute and, where they name sockets, at most 107 bytes long. */
export interface LiveConfig {
  readonly lab: string
  readonly controlSocket: string
  readonly pidFile?: string
  readonly switches: readonly SwitchSpec[]
  readonly ports: readonly LivePortConfig[]
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

const vid = integer(0, highestVlan)

const vlan: Reader<VlanSpec> = (value, at) => {
  const mode = oneOf('none', 'access', 'trunk')(keyed(value, at).mode, `${at}.mode`)
  if (mode === 'none') return object({ mode: oneOf('none') })(value, at)
  if (mode === 'access') return object({ mode: oneOf('access'), id: integer(1, highestVlan) })(value, at)
  return object({ mode: oneOf('trunk'), ranges: listOf(object({ from: vid, to: vid })) })(value, at)
}

const uplink: Reader<UplinkSpec> = (value, at) => {
  const kind = oneOf('nat', 'nic')(keyed(value, at).kind, `${at}.kind`)
  if (kind === 'nat') return object({ kind: oneOf('nat') })(value, at)
  return object({ kind: oneOf('nic'), name: text })(value, at)
}

const verdict = oneOf('accept', 'reject')

const portgroup: Reader<PortGroupSpec> = object({
  name: text,
  vlan,
  security: object({ promiscuous: verdict, forgedTransmits: verdict, macChanges: verdict }),
})

const switchSpec: Reader<SwitchSpec> = object({
  name: text,
  kind: oneOf('standard', 'distributed'),
  mtu: integer(68, highestMtu),
  uplinks: listOf(uplink),
  portgroups: listOf(portgroup),
})

const port: Reader<LivePortConfig> = (value, at) => {
  const { apart, rest } = split(value, at, ['rxFilter'])
  const fields = { id: text, switchName: text, portgroup: text, initialMac: mac, socket: socketPath }
  const read = object(fields)(rest, at)
  if (apart.rxFilter === undefined) return read
  const rxFilter = object({ qmpSocket: socketPath, nicId: text })(apart.rxFilter, `${at}.rxFilter`)
  return { ...read, rxFilter }
}

const liveConfig: Reader<LiveConfig> = (value, at) => {
  const { apart, rest } = split(value, at, ['pidFile'])
  const fields = { lab: text, controlSocket: socketPath, switches: listOf(switchSpec), ports: listOf(port) }
  const read = object(fields)(rest, at)
  checkReferences(read)
  if (apart.pidFile === undefined) return read
  return { ...read, pidFile: path(apart.pidFile, 'pidFile') }
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

function checkReferences(config: Pick<LiveConfig, 'switches' | 'ports'>): void {
  unique(
    config.switches.map(({ name }) => name),
    'switches',
  )
  unique(
    config.ports.map(({ id }) => id),
    'ports',
  )
  unique(
    config.ports.map(({ socket }) => socket),
    'ports',
    'socket',
  )
  const groups = new Map(config.switches.map((s) => [s.name, new Set(s.portgroups.map(({ name }) => name))]))
  for (const [i, { portgroups }] of config.switches.entries()) {
    unique(
      portgroups.map(({ name }) => name),
      `switches[${i}].portgroups`,
    )
  }
  for (const [i, { switchName, portgroup }] of config.ports.entries()) {
    const known = groups.get(switchName)
    if (!known) throw new ShapeError(`ports[${i}].switchName`, `names no switch: ${switchName}`)
    if (!known.has(portgroup)) {
      throw new ShapeError(`ports[${i}].portgroup`, `names no port group of ${switchName}: ${portgroup}`)
    }
  }
}

function unique(values: readonly string[], at: string, what = 'name'): void {
  const seen = new Set<string>()
  for (const value of values) {
    if (seen.has(value)) throw new ShapeError(at, `has the ${what} ${value} twice`)
    seen.add(value)
  }
}
