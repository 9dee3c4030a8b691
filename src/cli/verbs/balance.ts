/** `nestlab balance`: hypervisors of a cluster that are used alike. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import type { Verb } from '../verb.ts'

export const balance: Verb = {
  name: 'balance',
  summary: 'say which machines should move so that the hypervisors of a cluster are used alike',
  more: 'By the memory that running machines take; the cluster of the lab file needs drs: true. Nothing moves without --move.',
  options: [labOption, ['--move', 'move them, one after the other, while they run']],
  examples: [{ line: 'nestlab balance', does: 'what would move, and why' }],
  async run(call) {
    const lab = await pickLab(call)
    const engine = await call.services.engine()
    const proposals = await engine.proposeBalance(lab, call.signal)
    const { say } = call.terminal
    if (call.json) say(JSON.stringify({ lab, moves: proposals }))
    else if (proposals.length === 0) say('No move would bring the hypervisors closer together.')
    else for (const { path, to, because } of proposals) say(`${path} → ${to}: ${because}`)
    if (!call.has('move')) return 0
    for (const { path, to } of proposals) {
      const { result } = await carryOut(call, lab, (run) => engine.migrate(lab, { path, to }, run))
      if (!call.json) say(`${path} is ${result.path} now; it stood still for ${result.downtimeMs} ms.`)
    }
    return 0
  },
}
