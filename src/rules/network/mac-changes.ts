/** Rule about hypervisors that change the MAC of the NIC that carries their machines. */
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import type { Carrier } from '../scene.ts'
import { forges, hypervisors, takenCrossings } from './crossings.ts'
import { pages } from './pages.ts'
import { groupText, switchText } from './wording.ts'

export const macChanges: Rule = {
  id: 'network/mac-changes',
  severity: 'advice',
  title: 'A port group that shows hypervisors everything by promiscuous mode accepts MAC changes too.',
  why: 'Where MAC changes are rejected, a port is blocked in both directions as soon as its guest gives its NIC another MAC, and the guest is not told. Nested machines do not need it, but a bond of Linux or a team of Windows changes the MACs of its NICs, and so do cluster addresses of appliances.',
  covers: ['R063', 'R064'],
  sources: [articles.S0, articles.S1, articles.S4, pages.security],
  *find(scene) {
    for (const crossing of takenCrossings(scene)) {
      const { group, on, at, carriers } = crossing
      const { security, macLearning } = group
      if (!forges(group) || security.macChanges === 'accept') continue
      const bonded = carriers.find(isBonded)
      if (!bonded && (security.promiscuous === 'reject' || macLearning?.by === 'switch')) continue
      const [inner] = bonded?.inner ?? []
      const place = { at: [...at, 'security', 'macChanges'] }
      const remedy = `Set \`security: { macChanges: accept }\` in ${group.name}.`
      if (bonded && inner) {
        const nics = inner.labSwitch.uplinks.flatMap((uplink) => (uplink.kind === 'nic' ? [uplink.name] : []))
        const text = `${groupText(group, on)} rejects MAC changes, but a bond of ${nics.join(' and ')} for ${switchText(inner)} gives them one MAC, which blocks a port.`
        yield { ...place, severity: 'warning', text, remedy }
      } else {
        const text = `${groupText(group, on)} accepts promiscuous mode and forged transmits but no MAC changes, so ${hypervisors(carriers)} would be cut off by changing a MAC.`
        yield { ...place, text, remedy }
      }
    }
  },
}

/** Several uplinks of one switch are a bond or a team there; ESXi leaves the MACs of its NICs as they are. */
function isBonded({ placed, inner }: Carrier): boolean {
  if (!['kvm', 'proxmox', 'xcp-ng', 'hyperv'].includes(placed.machine.hypervisor?.product ?? '')) return false
  return inner.some(({ labSwitch }) => labSwitch.uplinks.filter(({ kind }) => kind === 'nic').length > 1)
}
