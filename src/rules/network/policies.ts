/** Rules about the three security policies of port groups that nested frames pass, each way. */
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import type { Scene } from '../scene.ts'
import {
  type Crossing,
  forges,
  hypervisors,
  returns,
  senders,
  takenCrossings,
  weightOf,
} from './crossings.ts'
import { learningEdit, mayLearn } from './learning-hosts.ts'
import { pages } from './pages.ts'
import { groupText } from './wording.ts'

const { S0, S1, S2, S4 } = articles

export const forgedTransmits: Rule = {
  id: 'network/forged-transmits',
  severity: 'error',
  title: 'A port group that carries nested machines accepts forged transmits.',
  why: 'A switch compares the source MAC of each frame with the one of the NIC that sent it, and frames of machines inside a hypervisor have another one. Where forged transmits are rejected it drops them silently, so nothing that is nested gets out.',
  covers: ['R060', 'R062', 'R064', 'R065', 'R067'],
  sources: [S0, S1, S4, pages.security, pages.standardPolicies],
  *find(scene) {
    for (const crossing of takenCrossings(scene)) {
      const { group, on, at, passages } = crossing
      if (forges(group) || on.labSwitch.kind === 'hyperv') continue
      const { severity, but } = weightOf(passages)
      const missing = missingOf(scene, crossing)
      const back = returns(group) ? '' : ', and would lose the answers'
      yield {
        at: [...at, 'security', 'forgedTransmits'],
        severity,
        text: `${groupText(group, on)} drops frames of ${senders(passages)} that come through ${hypervisors(crossing.carriers)}${back}${but}: ${wordsOf(missing)}.`,
        remedy: remedyFor(scene, crossing, missing),
      }
    }
  },
}

export const promiscuous: Rule = {
  id: 'network/promiscuous',
  severity: 'error',
  title: 'A port group that carries nested machines is shown frames to their MACs.',
  why: 'A virtual switch knows the MACs of its own NICs and hands frames to nobody else, so answers to machines inside a hypervisor find no port. Promiscuous mode shows them to the hypervisor, and on distributed switches MAC learning does so more cheaply.',
  covers: ['R060', 'R061', 'R064', 'R065', 'R067'],
  sources: [S0, S1, S2, S4, pages.standardPolicies, pages.learningInstead],
  *find(scene) {
    for (const crossing of takenCrossings(scene)) {
      const { group, on, at, passages } = crossing
      if (!forges(group) || returns(group)) continue
      const { severity, but } = weightOf(passages)
      const missing = missingOf(scene, crossing)
      const edits = learningEdit(scene, crossing)
      yield {
        at: [...at, 'security', 'promiscuous'],
        severity,
        text: `Answers to ${senders(passages)} through ${hypervisors(crossing.carriers)} are lost at ${groupText(group, on)}${but}: ${wordsOf(missing)}.`,
        remedy: remedyFor(scene, crossing, missing),
        ...(edits && { edits }),
      }
    }
  },
}

type Member = 'forgedTransmits' | 'promiscuous' | 'macChanges'

/** In the order in which they are noticed. The recipe of MAC learning has no third member. */
function missingOf(scene: Scene, { group, on }: Crossing): readonly Member[] {
  const { security, macLearning } = group
  const learns = macLearning?.by === 'switch' || mayLearn(scene, on)
  return [
    ...(forges(group) ? [] : (['forgedTransmits'] as const)),
    ...(returns(group) ? [] : (['promiscuous'] as const)),
    ...(security.macChanges === 'accept' || learns ? [] : (['macChanges'] as const)),
  ]
}

const says: Readonly<Record<Member, string>> = {
  forgedTransmits: 'forged transmits are rejected (the way out)',
  promiscuous: 'promiscuous mode is rejected and no MACs are learned (the way back)',
  macChanges: 'MAC changes are rejected too',
}

function wordsOf(missing: readonly Member[]): string {
  return missing.map((member) => says[member]).join(', ')
}

function remedyFor(scene: Scene, { group, on }: Crossing, missing: readonly Member[]): string {
  const learns = missing.includes('promiscuous') && mayLearn(scene, on)
  const accepted = missing.filter((member) => !learns || member !== 'promiscuous')
  const set = `\`security: { ${accepted.map((one) => `${one}: accept`).join(', ')} }\``
  const both = [...(accepted.length > 0 ? [set] : []), ...(learns ? ['`macLearning: true`'] : [])]
  return `Set ${both.join(' and ')} in ${group.name}, where it opens less than on the whole switch.`
}
