/** Rules about the size of packets: what inner switches send has to fit through the outer ones. */
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import type { Carrier, PlacedSwitch, Scene } from '../scene.ts'
import { fabricOf } from './fabric.ts'
import { pages } from './pages.ts'
import { listed, switchText } from './wording.ts'

export const mtu: Rule = {
  id: 'network/mtu',
  severity: 'warning',
  title: 'An outer switch carries packets as large as the switches inside.',
  why: 'A switch drops what is larger than its MTU and tells nobody, and vMotion, vSAN and iSCSI forbid that packets are divided. Pings and logins work then, and large copies hang.',
  covers: ['R086'],
  sources: [articles.S1, pages.mtuDrops],
  *find(scene) {
    for (const [outer, larger] of largerInside(scene)) {
      const names = listed(larger.map(switchText))
      const most = larger.reduce((sum, { labSwitch }) => Math.max(sum, labSwitch.mtu), 0)
      yield {
        at: [...outer.at, 'mtu'],
        text: `${switchText(outer)} carries packets of ${outer.labSwitch.mtu} bytes, but ${names} ${larger.length === 1 ? 'sends' : 'send'} up to ${most} through it.`,
        remedy: `Set \`mtu: ${most}\` on ${switchText(outer)}, or \`mtu: ${outer.labSwitch.mtu}\` inside.`,
      }
    }
  },
}

/** Switches inside whose frames come to an outer switch and may be too large for it. */
function largerInside(scene: Scene): ReadonlyMap<PlacedSwitch, readonly PlacedSwitch[]> {
  const found = new Map<PlacedSwitch, PlacedSwitch[]>()
  for (const [carrier, passages] of fabricOf(scene).passages) {
    if (passages.every(({ vlan }) => vlan === undefined)) continue
    for (const inner of largerOf(carrier)) {
      const list = found.get(carrier.outer) ?? []
      found.set(carrier.outer, list)
      if (list.at(-1) !== inner) list.push(inner)
    }
  }
  return found
}

function largerOf({ inner, outer }: Carrier): readonly PlacedSwitch[] {
  return inner.filter(({ labSwitch }) => labSwitch.mtu > outer.labSwitch.mtu)
}

/** Of NSX-T; the manual recommends 1700. */
const nsxMtuBytes = 1600

export const nsxMtu: Rule = {
  id: 'network/nsx-mtu',
  severity: 'warning',
  title: 'With NSX, the switch that joins the hypervisors carries packets of 1600 bytes or more.',
  why: 'NSX wraps frames of 1500 bytes into Geneve, whose headers have no fixed length, and forbids that they are divided. A switch that leaves no room for them drops all large packets between inner machines on different hypervisors.',
  covers: ['R086'],
  sources: [pages.nsxMtu],
  versions: 'NSX-T and NSX 4',
  *find(scene) {
    const nsx = scene.machines.find(({ machine }) => /^nsx-/.test(machine.traits?.role ?? ''))
    if (!nsx) return
    for (const [level, hosts] of esxiByLevel(scene)) {
      const plugged = new Set(
        hosts.flatMap(({ machine }) => machine.nics.map(({ switchName }) => switchName)),
      )
      const switches = level.filter(({ labSwitch }) => plugged.has(labSwitch.name))
      // Which of their NICs carries the overlay is not known.
      const [widest] = switches.toSorted((left, right) => right.labSwitch.mtu - left.labSwitch.mtu)
      if (hosts.length < 2 || !widest || widest.labSwitch.mtu >= nsxMtuBytes) continue
      yield {
        at: [...widest.at, 'mtu'],
        text: `${nsx.machine.path} belongs to NSX, but no switch that ${listed(hosts.map(({ machine }) => machine.path))} are plugged into carries more than ${widest.labSwitch.mtu} bytes.`,
        remedy: `Set \`mtu: ${nsxMtuBytes}\` or more (1700 is recommended) on the switch of the tunnels.`,
      }
    }
  },
}

/** Inner ESXi hosts with the switches beside them. */
function esxiByLevel({ machines, switches }: Scene) {
  const beside = Map.groupBy(switches, ({ level }) => level)
  const hosts = Map.groupBy(
    machines.filter(({ machine }) => machine.hypervisor?.product === 'esxi'),
    ({ level }) => level,
  )
  return [...hosts].map(([level, placed]) => [beside.get(level) ?? [], placed] as const)
}
