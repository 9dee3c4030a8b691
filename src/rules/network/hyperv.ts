/** Rule about nested machines behind a NIC on a Hyper-V switch. */
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import { forges, hypervisors, senders, takenCrossings, weightOf } from './crossings.ts'
import { pages } from './pages.ts'
import { groupText } from './wording.ts'

export const hypervSpoofing: Rule = {
  id: 'network/hyperv-spoofing',
  severity: 'error',
  title:
    'A hypervisor on a Hyper-V switch may use MACs that are not its own, or hides its machines behind NAT.',
  why: 'A Hyper-V switch drops frames whose source MAC is not that of the NIC, and knows no promiscuous mode. With MAC address spoofing it accepts them and learns the MACs, and with NAT inside they never appear.',
  covers: ['R060', 'R062', 'R064'],
  sources: [pages.hypervNested, articles.S4],
  *find(scene) {
    for (const { group, on, at, carriers, passages } of takenCrossings(scene)) {
      if (on.labSwitch.kind !== 'hyperv' || forges(group)) continue
      const { severity, but } = weightOf(passages)
      yield {
        at: [...at, 'macSpoofing'],
        severity,
        text: `${groupText(group, on)} drops frames of ${senders(passages)} that come through ${hypervisors(carriers)}${but}: MAC spoofing is off.`,
        remedy: `Set \`macSpoofing: true\` in ${group.name}, or put the machines behind NAT inside ${hypervisors(carriers)}.`,
      }
    }
  },
}
