/** Which hosts of a place have a switch and its port groups, where the file restricts them to some. */
import type { LabSwitch, Nic, PortGroup } from '#lab'
import { fail } from './errors.ts'
import type { Place, PlaceHost } from './place.ts'
import type { SwitchRecord } from './record.ts'

/** Names of hosts on the server; what is absent is on all of them. */
export interface RecordedHosts {
  readonly switch?: readonly string[]
  readonly groups?: Readonly<Record<string, readonly string[]>>
}

/** The switch as a host is to have it; undefined where it is not to have it. */
export type PartOf = (host: PlaceHost) => LabSwitch | undefined

/** Fails with `vsphere-missing` for a host that is not in the place. */
export function partsOf(one: LabSwitch, { hosts }: Place): PartOf {
  const ofSwitch = namedHosts(`switch ${one.name}`, one.hosts, hosts)
  const ofGroups = new Map(
    one.portgroups.map(
      (group) => [group, namedHosts(`port group ${group.name}`, group.hosts, hosts)] as const,
    ),
  )
  return (host) => {
    if (!ofSwitch.has(host.name)) return undefined
    const has = (group: PortGroup) => ofGroups.get(group)?.has(host.name)
    return one.portgroups.every(has) ? one : { ...one, portgroups: one.portgroups.filter(has) }
  }
}

/** By its whole name, or by the first part of it where only one host has that. */
function namedHosts(
  what: string,
  wanted: readonly string[] | undefined,
  hosts: readonly PlaceHost[],
): ReadonlySet<string> {
  if (!wanted) return new Set(hosts.map(({ name }) => name))
  return new Set(
    wanted.map((text) => {
      const same = (name: string) => name.toLowerCase() === text.toLowerCase()
      const whole = hosts.find(({ name }) => same(name))
      const short = hosts.filter(({ name }) => !/^[\d.]+$/.test(name) && same(name.split('.')[0] ?? ''))
      const found = whole ?? (short.length === 1 ? short[0] : undefined)
      if (found) return found.name
      const names = hosts.map(({ name }) => name)
      throw fail('vsphere-missing', { what: `host for ${what}`, name: text, names })
    }),
  )
}

/** What is noted, so that later commands know where to look. */
export function recordedHosts(one: LabSwitch, { hosts }: Place): RecordedHosts | undefined {
  const restricted = one.portgroups.filter((group) => group.hosts)
  if (!one.hosts && restricted.length === 0) return undefined
  const groups = restricted.map(
    (group) => [group.name, [...namedHosts(`port group ${group.name}`, group.hosts, hosts)]] as const,
  )
  return {
    ...(one.hosts && { switch: [...namedHosts(`switch ${one.name}`, one.hosts, hosts)] }),
    ...(groups.length > 0 && { groups: Object.fromEntries(groups) }),
  }
}

export function hasSwitch({ hosts }: SwitchRecord, host: string): boolean {
  return hosts?.switch?.includes(host) ?? true
}

export function hasGroup({ hosts }: SwitchRecord, group: string, host: string): boolean {
  return hosts?.groups?.[group]?.includes(host) ?? true
}

/** Whether the host has every network that the NICs are plugged into. */
export function hasNetworks(
  nics: readonly Nic[],
  switches: ReadonlyMap<string, SwitchRecord>,
  host: string,
): boolean {
  return nics.every(({ switchName, portgroup }) => {
    const record = switches.get(switchName)
    return !record || (hasSwitch(record, host) && hasGroup(record, portgroup, host))
  })
}

export function isRestricted(nics: readonly Nic[], switches: ReadonlyMap<string, SwitchRecord>): boolean {
  return nics.some(({ switchName }) => switches.get(switchName)?.hosts !== undefined)
}
