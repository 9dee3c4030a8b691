/** `nestlab start`: start machines that were stopped, as they were last brought up. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { sayStatus } from '../status-text.ts'
import type { Verb } from '../verb.ts'

export const start: Verb = {
  name: 'start',
  summary: 'start machines that were stopped, as they were last brought up',
  more: 'Hypervisors around a machine are started first.',
  arguments: [['[path...]', 'machines, as kvm-1/web; none means the whole lab']],
  options: [labOption],
  examples: [
    { line: 'nestlab start', does: 'start the whole lab' },
    { line: 'nestlab start kvm-1/web kvm-2', does: 'start these two, and what is inside kvm-2' },
  ],
  async run(call) {
    const lab = await pickLab(call)
    const engine = await call.services.engine()
    const done = await carryOut(call, lab, (run) => engine.start(lab, call.args, run))
    sayStatus(call, done.result, done)
    return 0
  },
}
