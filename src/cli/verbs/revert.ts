/** `nestlab revert`: a lab back at one of its snapshots. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { sayStatus } from '../status-text.ts'
import type { Verb } from '../verb.ts'

export const revert: Verb = {
  name: 'revert',
  summary: 'take a lab back to a snapshot: everything in it goes on from that instant',
  more: 'What has become of the lab since is lost, unless it has a snapshot of its own. Clocks inside are put right, and every machine has to answer.',
  arguments: [['<snapshot>', 'its name']],
  options: [labOption],
  examples: [{ line: 'nestlab revert before-upgrade', does: 'go on where that snapshot was taken' }],
  async run(call) {
    const [name = ''] = call.args
    const lab = await pickLab(call)
    const engine = await call.services.engine()
    const done = await carryOut(call, lab, (run) => engine.revert(lab, name, run))
    sayStatus(call, done.result, done)
    return 0
  },
}
