/** The settings of a switch as the lab file of its kind calls them, for explanations of dropped frames. */
import type { PortGroupSpec, SwitchSpec } from './spec.ts'

/** Where a frame was dropped. Uplinks belong to no port group. */
export interface DropPlace {
  readonly on: SwitchSpec
  readonly portgroup?: PortGroupSpec
}

export function group({ on, portgroup }: DropPlace): string {
  return portgroup ? `${on.name}/${portgroup.name}` : `${on.name} (uplink)`
}

/** The policy that refused, and what accepts: on Hyper-V one setting stands for both. */
export function policy(place: DropPlace, key: 'forgedTransmits' | 'macChanges') {
  const name = group(place)
  return place.on.kind === 'hyperv'
    ? { setting: `${name} macSpoofing: false`, accept: `macSpoofing: true on ${name}` }
    : { setting: `${name} security.${key}: reject`, accept: `${key}: accept on ${name}` }
}

export function limitText({ portgroup }: DropPlace): string {
  return String(portgroup?.macLearning?.limit ?? 'none')
}

/** As the lab file writes it. */
export function vlanText({ portgroup }: DropPlace): string {
  const vlan = portgroup?.vlan
  if (!vlan) return 'all'
  if (vlan.mode === 'none') return 'none'
  if (vlan.mode === 'access') return String(vlan.id)
  return vlan.ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

export function uplinkText({ name, uplinks }: SwitchSpec): string {
  return `${name} uplinks: [${uplinks.map((uplink) => ('name' in uplink ? uplink.name : uplink.kind)).join(', ')}]`
}

export function filterText(on: SwitchSpec): string {
  const filters = groupsWhere(
    on,
    'macLearning: dvfilter',
    ({ macLearning }) => macLearning?.by === 'dvfilter',
  )
  return joined(filters)
}

/** Why no port took a frame to a MAC that nobody is known to have, and what would make one take it. */
export function unknownWords(place: DropPlace): { readonly setting: string; readonly remedy: string } {
  const { on } = place
  const words = byKind[on.kind](on)
  const gated = on.floodingGate === 'both' && place.portgroup
  const scoped = on.promiscuousScope === 'portgroup' && place.portgroup
  return {
    setting: [
      ...(gated ? [`${on.name} floodingGate: both`] : []),
      ...(scoped ? [`${on.name} promiscuousScope: portgroup`] : []),
      ...words.settings,
      uplinkText(on),
    ].join('; '),
    remedy: words.remedy,
  }
}

interface UnknownWords {
  readonly settings: readonly string[]
  readonly remedy: string
}

const byKind: Readonly<Record<SwitchSpec['kind'], (on: SwitchSpec) => UnknownWords>> = {
  standard: (on) => {
    const settings = groupsWhere(on, 'security.promiscuous: reject', rejects)
    return { settings, remedy: `set promiscuous: accept on ${hypervisors} (${joined(settings)})` }
  },
  distributed: (on) => {
    const closed = groupsWhere(on, 'macLearning.flooding: false', staysDry)
    const settings = [...closed, ...groupsWhere(on, 'macLearning: false', ({ macLearning }) => !macLearning)]
    const remedy = `set macLearning: true (with flooding) and forgedTransmits: accept on ${hypervisors}`
    return { settings, remedy: `${remedy} (${joined(settings)})` }
  },
  learning: (on) => {
    const settings = groupsWhere(on, 'macLearning.flooding: false', staysDry)
    return { settings, remedy: `set macLearning.flooding: true on ${hypervisors} (${joined(settings)})` }
  },
  hyperv: (on) => {
    const settings = groupsWhere(on, 'macSpoofing: false', ({ macLearning }) => !macLearning)
    return { settings, remedy: `set macSpoofing: true on ${hypervisors} (${joined(settings)})` }
  },
}

const hypervisors = 'the port group of the hypervisor that the VM runs in'

const rejects = ({ security }: PortGroupSpec) => security.promiscuous === 'reject'

const staysDry = ({ macLearning }: PortGroupSpec) => macLearning?.by === 'switch' && !macLearning.flooding

function groupsWhere(on: SwitchSpec, text: string, holds: (group: PortGroupSpec) => boolean): string[] {
  return on.portgroups.filter(holds).map(({ name }) => `${on.name}/${name} ${text}`)
}

function joined(settings: readonly string[]): string {
  return settings.length > 0 ? settings.join(', ') : 'no port group is in the way'
}
