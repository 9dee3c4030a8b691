/** What is plugged into each port group: NICs that carry a switch of their hypervisor, and all others. */
import type { Nic, PortGroup } from '#lab'
import type { Carrier, Placed, Scene } from '../scene.ts'
import { fabricOf } from './fabric.ts'

/** A NIC that its guest uses itself. */
export interface Plug {
  readonly placed: Placed
  readonly nic: Nic
}

export interface Plugged {
  readonly carriers: Carrier[]
  readonly others: Plug[]
}

interface Plugs {
  readonly byGroup: ReadonlyMap<PortGroup, Plugged>
  readonly carrying: ReadonlySet<Nic>
}

const known = new WeakMap<Scene, Plugs>()
const nothing: Plugged = { carriers: [], others: [] }

function plugsOf(scene: Scene): Plugs {
  const plugs = known.get(scene) ?? build(scene)
  known.set(scene, plugs)
  return plugs
}

export function pluggedInto(scene: Scene, group: PortGroup): Plugged {
  return plugsOf(scene).byGroup.get(group) ?? nothing
}

/** NICs of a hypervisor that serve nothing: without an address, and no uplink of a switch inside. */
export function sparesOf(scene: Scene, { machine }: Placed): readonly Nic[] {
  const { carrying } = plugsOf(scene)
  return machine.nics.filter((nic) => !nic.address && !carrying.has(nic))
}

/** NICs of a port group whose machines are no hypervisors. */
export function bystandersOf(scene: Scene, group: PortGroup): readonly Plug[] {
  return pluggedInto(scene, group).others.filter(({ placed }) => !placed.machine.hypervisor)
}

function build(scene: Scene): Plugs {
  const found = new Map<PortGroup, Plugged>()
  const at = (group: PortGroup): Plugged => {
    const plugged = found.get(group) ?? { carriers: [], others: [] }
    found.set(group, plugged)
    return plugged
  }
  const carrying = new Set(scene.carriers.map(({ nic }) => nic))
  for (const carrier of scene.carriers) at(carrier.group).carriers.push(carrier)
  const { segmentOf } = fabricOf(scene)
  for (const placed of scene.machines) {
    for (const nic of placed.machine.nics) {
      const group = carrying.has(nic) ? undefined : segmentOf(placed, nic)?.group(nic.portgroup)
      if (group) at(group).others.push({ placed, nic })
    }
  }
  return { byGroup: found, carrying }
}
