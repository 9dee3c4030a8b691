/** Which hosts a switch is on, and whether they can learn MACs: ESXi 6.7 with version 6.6.0 of the distributed switch. */
import { compareVersions } from '#facts'
import type { HostFacts } from '#lab'
import type { Edit } from '../rule.ts'
import type { PlacedSwitch, Scene, Software } from '../scene.ts'
import type { Crossing } from './crossings.ts'
import { bystandersOf } from './plugged.ts'

export const firstLearningHost = '6.7'
export const firstLearningSwitch = '6.6.0'

/** Hosts of the site that have the switch. */
export function siteHostsOf({ site }: Scene, { labSwitch }: PlacedSwitch): readonly HostFacts[] {
  const { hosts } = labSwitch
  return hosts ? site.hosts.filter(({ name }) => hosts.includes(name)) : site.hosts
}

/** What the switch runs in, as far as that is known: its hypervisor, or hosts of the site. */
export function ownersOf(scene: Scene, on: PlacedSwitch): readonly Software[] {
  if (on.owner) {
    const { product = '', version } = on.owner.machine.hypervisor ?? {}
    return [{ product, version }]
  }
  return siteHostsOf(scene, on).flatMap(({ product, version }) => (product ? [{ product, version }] : []))
}

export function isEsxiFrom({ product, version }: Software, first: string): boolean {
  return product === 'esxi' && version !== undefined && compareVersions(version, first) >= 0
}

export function isEsxiBefore({ product, version }: Software, first: string): boolean {
  return product === 'esxi' && version !== undefined && compareVersions(version, first) < 0
}

/** Nothing that is known speaks against it. */
export function mayLearn(scene: Scene, on: PlacedSwitch): boolean {
  const { kind, version = firstLearningSwitch } = on.labSwitch
  if (kind !== 'distributed' || compareVersions(version, firstLearningSwitch) < 0) return false
  return !ownersOf(scene, on).some((owner) => isEsxiBefore(owner, firstLearningHost))
}

/** Only where nobody but the hypervisors gets frames that nobody is known to be for. */
export function learningEdit(scene: Scene, { group, on, at }: Crossing): readonly Edit[] | undefined {
  if (group.macLearning || !mayLearn(scene, on)) return undefined
  if (on.labSwitch.shared || bystandersOf(scene, group).length > 0) return undefined
  return [{ at: [...at, 'macLearning'], value: true }]
}
