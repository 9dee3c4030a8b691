/** Rules about distributed switches: they need vCenter, a NIC of their own, and hosts that are new enough. */
import { compareVersions } from '#facts'
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import type { Placed, PlacedSwitch, Scene, Software } from '../scene.ts'
import { fabricOf } from './fabric.ts'
import { firstLearningHost, firstLearningSwitch, ownersOf } from './learning-hosts.ts'
import { pages } from './pages.ts'
import { groupText, listed, switchText } from './wording.ts'

const { S0, S1 } = articles

function isVcenter({ machine }: Placed): boolean {
  const { traits, image } = machine
  return traits?.role === 'vcenter' || (image.from === 'catalogue' && /vcsa|vcenter/i.test(image.name))
}

function isOnEsxi(scene: Scene, on: PlacedSwitch): boolean {
  return on.labSwitch.kind === 'distributed' && ownersOf(scene, on).some(({ product }) => product === 'esxi')
}

export const distributedWithoutVcenter: Rule = {
  id: 'network/distributed-without-vcenter',
  severity: 'advice',
  title: 'A lab with a distributed switch has a vCenter, or says where it is.',
  why: 'Only vCenter makes a distributed switch and gives out its ports, so a machine in a static port group cannot be plugged in without it. Standard switches underneath let a lab start by itself.',
  covers: ['R078', 'R079'],
  sources: [S0, S1, pages.binding],
  *find(scene) {
    const noted = scene.site.hosts.some(({ note = '' }) => /vcenter|vcsa/i.test(note))
    if (noted || scene.machines.some(isVcenter)) return
    const [first, ...others] = scene.switches.filter((on) => isOnEsxi(scene, on))
    if (!first) return
    yield {
      at: [...first.at, 'kind'],
      text: `${switchText(first)} is distributed${others.length > 0 ? ` (and ${others.length} more)` : ''}, and no machine of the lab is a vCenter.`,
      remedy:
        'Add a machine with `role: vcenter`, use `kind: standard`, or mention the vCenter in the `note` of a host.',
    }
  },
}

export const vcenterOnItsSwitch: Rule = {
  id: 'network/vcenter-on-its-switch',
  severity: 'warning',
  title: 'A vCenter is plugged into a standard switch or an ephemeral port group of what it manages.',
  why: 'Ports of a static port group are given out by vCenter, which cannot do so before it runs itself. As long as its port stays bound it comes up again, but after a restore or a move to another host it does not.',
  covers: ['R078', 'R211'],
  sources: [S0, pages.binding, pages.ephemeral],
  *find(scene) {
    const vcenters = scene.machines.filter(isVcenter)
    for (const placed of vcenters) {
      for (const nic of placed.machine.nics) {
        const segment = fabricOf(scene).segmentOf(placed, nic)
        const on = segment?.placed
        const group = segment?.group(nic.portgroup)
        if (!on || !group || group.binding === 'ephemeral' || !isOnEsxi(scene, on)) continue
        const manages = managesHost(scene, placed)
        if (manages === false || (manages === undefined && vcenters.length > 1)) continue
        yield {
          at: [...on.at, 'portgroups', group.name, 'binding'],
          // Another vCenter may be there that the file does not name.
          ...(manages === undefined && { severity: 'advice' }),
          text: `${placed.machine.path} is plugged into ${groupText(group, on)}, a static port group of a distributed switch ${manages ? 'that it manages' : 'that only a vCenter can manage'}.`,
          remedy: `Plug it into a standard switch, or set \`binding: ephemeral\` in ${group.name}.`,
        }
      }
    }
  },
}

/** Undefined where the file does not say what it manages. */
function managesHost({ lab, site }: Scene, { machine, host }: Placed): boolean | undefined {
  const manages = machine.traits?.manages
  if (!manages) return undefined
  const members = (lab.clusters ?? [])
    .filter(({ name }) => manages.includes(name))
    .flatMap((one) => one.members)
  const hosts = new Set(host ? [host.machine.path] : site.hosts.map(({ name }) => name))
  return members.some((member) => hosts.has(member))
}

export const distributedUplink: Rule = {
  id: 'network/distributed-uplink',
  severity: 'warning',
  title: 'A hypervisor in a distributed switch has a NIC for it beside the one of its management.',
  why: 'A distributed switch takes a NIC of each host for itself, and vCenter configures the host over another one. With a single NIC the host loses its management network as soon as the switch takes it over.',
  covers: ['R057'],
  sources: [S1],
  *find(scene) {
    for (const on of scene.switches) {
      if (!on.owner || !isOnEsxi(scene, on) || on.owner.machine.nics.length !== 1) continue
      if (!on.labSwitch.uplinks.some(({ kind }) => kind === 'nic')) continue
      const { path } = on.owner.machine
      yield {
        at: [...on.owner.at, 'nics'],
        text: `The only NIC of ${path} is the uplink of the distributed switch ${on.labSwitch.name}, which leaves none for its management.`,
        remedy: `Give ${path} another NIC in the management network.`,
      }
    }
  },
}

export const distributedVersion: Rule = {
  id: 'network/distributed-version',
  severity: 'error',
  title: 'A distributed switch is not newer than the oldest host in it.',
  why: 'A host cannot join a distributed switch of a version that it does not know, and the switch is never lowered again. The highest version that all of them know is the one of the oldest host.',
  covers: ['R082'],
  sources: [S1, pages.hostInSwitch],
  *find(scene) {
    for (const on of scene.switches) {
      const { version } = on.labSwitch
      if (on.labSwitch.kind !== 'distributed' || version === undefined) continue
      const older = ownersOf(scene, on).filter((owner) => isTooOld(owner, version))
      if (older.length === 0) continue
      yield {
        at: [...on.at, 'version'],
        text: `${switchText(on)} has version ${version}, which ESXi ${listed(older.map((owner) => owner.version ?? ''))} does not know.`,
        remedy: `Use the version of the oldest host, or upgrade the hosts.`,
      }
    }
  },
}

/** `7.0` may be any update of it, so it is compared no further. */
function isTooOld({ product, version }: Software, wanted: string): boolean {
  if (product !== 'esxi' || version === undefined) return false
  const needed = compareVersions(wanted, firstLearningSwitch) === 0 ? firstLearningHost : wanted
  const release = (text: string) => text.split('.').slice(0, 2).join('.')
  const isExact = /\d+\.\d+\D+\d/.test(version)
  return compareVersions(isExact ? version : release(version), isExact ? needed : release(needed)) < 0
}
