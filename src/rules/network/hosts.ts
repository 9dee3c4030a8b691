/** Rules about what each host has to have: the same port groups as the others, and enough NICs. */
import type { Cluster, HostFacts, PortGroup } from '#lab'
import { articles } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import { type PlacedSwitch, pathOfHost, type Scene } from '../scene.ts'
import { siteHostsOf } from './learning-hosts.ts'
import { pluggedInto } from './plugged.ts'
import { groupText, listed } from './wording.ts'

const { S0, S3 } = articles

export const portgroupOnEveryHost: Rule = {
  id: 'network/portgroup-on-every-host',
  severity: 'warning',
  title: 'A port group is on every host that may run the machines in it.',
  why: 'A standard switch is made on each host by itself, so a port group that one host lacks is missing there. Machines in it cannot be moved to that host, and after a failure they cannot be restarted there.',
  covers: ['R066'],
  sources: [S0],
  *find(scene) {
    yield* withoutHost(scene)
    const clusters = hostClusters(scene)
    for (const on of scene.switches) {
      if (on.owner) continue
      for (const group of on.labSwitch.portgroups) {
        const names = pluggedNames(scene, group)
        if (names.length === 0 || !(group.hosts || on.labSwitch.hosts)) continue
        const having = new Set(hostsOf(scene, on, group).map(({ name }) => name))
        for (const cluster of clusters) yield* lackingHit({ on, group, names }, cluster, having)
      }
    }
  },
}

function hostsOf(scene: Scene, on: PlacedSwitch, { hosts }: PortGroup): readonly HostFacts[] {
  return siteHostsOf(scene, on).filter(({ name }) => hosts?.includes(name) ?? true)
}

function pluggedNames(scene: Scene, group: PortGroup): readonly string[] {
  const { carriers, others } = pluggedInto(scene, group)
  return [...carriers, ...others].map(({ placed }) => placed.machine.path)
}

interface HostCluster {
  readonly cluster: Cluster
  readonly hosts: readonly string[]
}

/** Clusters of hosts of the site. */
function hostClusters({ lab, site }: Scene): readonly HostCluster[] {
  const known = new Set(site.hosts.map(({ name }) => name))
  const clusters = (lab.clusters ?? []).map((cluster) => ({
    cluster,
    hosts: cluster.members.filter((member) => known.has(member)),
  }))
  return clusters.filter(({ hosts }) => hosts.length > 1)
}

interface Used {
  readonly on: PlacedSwitch
  readonly group: PortGroup
  readonly names: readonly string[]
}

function* lackingHit(
  { on, group, names }: Used,
  { cluster: { name, drs, ha }, hosts }: HostCluster,
  having: ReadonlySet<string>,
): Generator<Hit> {
  const lacking = hosts.filter((host) => !having.has(host))
  if (lacking.length === 0 || lacking.length === hosts.length) return
  yield {
    at: group.hosts ? [...on.at, 'portgroups', group.name, 'hosts'] : [...on.at, 'hosts'],
    severity: drs || ha ? 'warning' : 'advice',
    text: `${groupText(group, on)} is not on ${listed(lacking)} of the cluster ${name}, so ${listed(names)} cannot run there.`,
    remedy: `Make the port group, with the same VLAN and policies, on ${listed(lacking)} too.`,
  }
}

/** Machines whose port groups no host has all of. */
function* withoutHost(scene: Scene): Generator<Hit> {
  if (scene.site.origin !== 'declared' || scene.site.hosts.length === 0) return
  const groups = new Map(
    scene.switches
      .filter(({ owner }) => !owner)
      .flatMap((on) => on.labSwitch.portgroups.map((group) => [group.name, { on, group }] as const)),
  )
  for (const placed of scene.machines) {
    if (placed.host) continue
    const used = placed.machine.nics.flatMap(({ portgroup }) => groups.get(portgroup) ?? [])
    if (!used.some(({ on, group }) => on.labSwitch.hosts || group.hosts)) continue
    const lists = used.map(({ on, group }) => new Set(hostsOf(scene, on, group)))
    if (scene.site.hosts.some((host) => lists.every((list) => list.has(host)))) continue
    yield {
      at: [...placed.at, 'nics'],
      severity: 'error',
      text: `No host has all port groups that ${placed.machine.path} is plugged into: ${listed(used.map(({ group }) => group.name))}.`,
      remedy: 'Make the missing port group on one of the hosts that have the others.',
    }
  }
}

export const hostNics: Rule = {
  id: 'network/host-nics',
  severity: 'advice',
  title: 'A physical host has two NICs of 1 Gbit/s or more, and one for each uplink of the lab.',
  why: 'Management, storage and the trunk of the nested hosts share what NICs there are, and a switch takes a NIC for itself. With one NIC there is no second switch to move to when the first one is changed.',
  covers: ['R080', 'R087'],
  sources: [S3, articles.S1],
  *find(scene) {
    if (scene.site.origin !== 'declared') return
    for (const host of scene.site.hosts) {
      const uplinks = uplinksOn(scene, host)
      const count = host.nics.length
      // None declared is not none.
      if (count === 0) continue
      const at = [...pathOfHost(host.name), 'nics']
      if (uplinks.length > count) {
        const text = `${host.name} has ${nics(count)}, but the switches of level 0 use ${uplinks.length} (${listed(uplinks)}).`
        yield { at, severity: 'warning', text, remedy: 'Add a NIC, or let fewer switches have an uplink.' }
      } else if (count < 2) {
        yield { at, text: `${host.name} has one NIC only.`, remedy: 'Add a second one.' }
      } else if (host.nics.every(({ mbits }) => mbits !== undefined && mbits < gigabit)) {
        const fastest = host.nics.reduce((most, { mbits = 0 }) => Math.max(most, mbits), 0)
        yield {
          at,
          text: `The fastest NIC of ${host.name} has ${fastest} Mbit/s.`,
          remedy: 'Use NICs of 1000 Mbit/s or more.',
        }
      }
    }
  },
}

const gigabit = 1000

function nics(count: number): string {
  return count === 1 ? 'one NIC' : `${count} NICs`
}

function uplinksOn(scene: Scene, host: HostFacts): readonly string[] {
  const switches = scene.switches.filter((on) => !on.owner && siteHostsOf(scene, on).includes(host))
  return switches.flatMap(({ labSwitch }) =>
    labSwitch.uplinks.flatMap((uplink) => (uplink.kind === 'nic' ? [uplink.name] : [])),
  )
}
