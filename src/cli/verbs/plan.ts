/** `nestlab plan`: what `up` would do, and why. */
import { fileOption, loadLab } from '../pick-lab.ts'
import { noteLines, planLines } from '../plan-text.ts'
import type { Verb } from '../verb.ts'
import { carrierOf, onlyOption, patternsOf, switchOption } from './up.ts'

export const plan: Verb = {
  name: 'plan',
  summary: 'show what up would create, change and destroy, and why',
  options: [fileOption, onlyOption, switchOption],
  examples: [
    { line: 'nestlab plan', does: 'compare the lab file with what is there' },
    { line: "nestlab plan --only 'kvm-*' --json", does: 'the steps for the KVM nodes, as data' },
  ],
  async run(call) {
    const chosen = { ...patternsOf(call), ...carrierOf(call) }
    const loaded = await loadLab(call)
    if (!loaded) return 1
    const { tellWhatCannotWork } = await import('../check-before.ts')
    await tellWhatCannotWork(call, loaded, chosen)
    const engine = await call.services.engine()
    const decided = await engine.plan(loaded.lab, { file: loaded.file, ...chosen }, call.signal)
    if (call.json) call.terminal.say(JSON.stringify(decided))
    else call.terminal.say([...planLines(decided, call.terminal.paint), ...noteLines(decided)].join('\n'))
    return 0
  },
}
