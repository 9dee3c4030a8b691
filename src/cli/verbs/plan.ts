/** `nestlab plan`: what `up` would do, and why. */
import { fileArgument, fileOption, loadNamed, siteOption } from '../pick-lab.ts'
import { showPlan } from '../show-plan.ts'
import type { Verb } from '../verb.ts'
import { carrierOf, onlyOption, patternsOf, switchOption } from './up.ts'

export const plan: Verb = {
  name: 'plan',
  summary: 'show what up would create, change and destroy, and why',
  arguments: [fileArgument],
  options: [fileOption, siteOption, onlyOption, switchOption],
  examples: [
    { line: 'nestlab plan', does: 'compare the lab file with what is there' },
    { line: 'nestlab plan --site lab-vcenter', does: 'with every call that would be made there' },
    { line: "nestlab plan --only 'kvm-*' --json", does: 'the steps for the KVM nodes, as data' },
  ],
  async run(call) {
    const chosen = { ...patternsOf(call), ...carrierOf(call) }
    const loaded = await loadNamed(call, 'plan', call.value('site'))
    return loaded ? await showPlan(call, loaded, chosen) : 1
  },
}
