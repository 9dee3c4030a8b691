/** Rules about port groups that are opened where others rely on them being closed: shared switches, hardened hosts. */
import type { PortGroup, SecurityPolicy } from '#lab'
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import type { PlacedSwitch, Scene } from '../scene.ts'
import { hypervisors, senders, takenCrossings } from './crossings.ts'
import { isEsxiFrom, ownersOf, siteHostsOf } from './learning-hosts.ts'
import { pages } from './pages.ts'
import { groupText, listed, policies, policyWords } from './wording.ts'

function accepted({ security }: PortGroup): readonly (keyof SecurityPolicy)[] {
  return policies.filter((policy) => security[policy] === 'accept')
}

export const sharedSwitch: Rule = {
  id: 'network/shared-switch',
  severity: 'warning',
  title: 'A switch that others use too keeps the policies that protect them.',
  why: 'Promiscuous mode lets the lab read frames of others in its VLANs, and forged transmits let it send in their name. On a switch of its own the lab can have both without anybody else being at risk.',
  covers: ['R070'],
  sources: [articles.S0, articles.S4, pages.standardPolicies],
  *find(scene) {
    for (const on of scene.switches) {
      if (!on.labSwitch.shared) continue
      for (const group of on.labSwitch.portgroups) {
        const weak = accepted(group).filter(
          (policy) => policy === 'promiscuous' || rejectsByItself(scene, on),
        )
        if (weak.length === 0) continue
        yield {
          at: [
            ...on.at,
            'portgroups',
            group.name,
            on.labSwitch.kind === 'hyperv' ? 'macSpoofing' : 'security',
          ],
          text: `${groupText(group, on)} accepts ${listed(weak.map((policy) => policyWords[policy]))}, and the switch is shared with machines that are not of this lab.`,
          remedy: 'Give the lab a switch of its own, or VLANs in which nobody else is.',
        }
      }
    }
  },
}

/** Whether the kind rejects forged transmits and MAC changes unless told otherwise. */
function rejectsByItself(scene: Scene, on: PlacedSwitch): boolean {
  const { kind } = on.labSwitch
  if (kind === 'standard') return ownersOf(scene, on).some((owner) => isEsxiFrom(owner, '7.0'))
  return kind === 'distributed' || kind === 'hyperv'
}

export const hardenedBaseline: Rule = {
  id: 'network/hardened-baseline',
  severity: 'warning',
  title: 'A hardened host makes an exception for the port groups that carry nested machines.',
  why: 'Both the STIG and the Security Configuration Guide set promiscuous mode, forged transmits and MAC changes to reject. Whoever applies one after the lab was set up, or checks against it, cuts the nested machines off.',
  covers: ['R062', 'R063', 'R070'],
  sources: [pages.hardening, articles.S4],
  *find(scene) {
    for (const crossing of takenCrossings(scene)) {
      const { group, on, at, carriers, passages } = crossing
      const opened = accepted(group)
      if (on.owner || opened.length === 0 || on.labSwitch.kind === 'hyperv') continue
      const hosts = siteHostsOf(scene, on)
        .filter(({ name, baseline }) => baseline && (group.hosts?.includes(name) ?? true))
        .map(({ name, baseline }) => `${name} (${baseline?.toUpperCase()})`)
      if (hosts.length === 0) continue
      yield {
        at: [...at, 'security'],
        text: `${groupText(group, on)} accepts ${listed(opened.map((policy) => policyWords[policy]))} for ${senders(passages)} in ${hypervisors(carriers)}, which the baseline of ${listed(hosts)} rejects.`,
        remedy: 'Write the port group down as an exception of the baseline.',
      }
    }
  },
}
