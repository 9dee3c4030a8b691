/** `nestlab down`: takes a lab away. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { duration } from '../table.ts'
import type { Verb } from '../verb.ts'

export const down: Verb = {
  name: 'down',
  summary: 'destroy a lab: machines, disks, switches, sockets and keys',
  more: 'Images stay, since other labs use them. To keep the disks, use stop instead.',
  options: [labOption],
  examples: [
    { line: 'nestlab down', does: 'take away the only lab there is' },
    { line: 'nestlab down --lab two-hypervisors', does: 'take away the one of that name' },
  ],
  async run(call) {
    const lab = await pickLab(call)
    const engine = await call.services.engine()
    const { result, tookMs } = await carryOut(call, lab, (run) => engine.down(lab, run))
    if (call.json) call.terminal.say(JSON.stringify({ lab, removed: result, tookMs }))
    else {
      for (const removed of result) call.terminal.say(`removed ${removed}`)
      call.terminal.say(`${call.terminal.paint.good('✓')} ${lab} is gone (${duration(tookMs)}).`)
    }
    return 0
  },
}
