/** `nestlab stop`: shut machines down, keeping their disks. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { sayStatus } from '../status-text.ts'
import type { Verb } from '../verb.ts'

export const stop: Verb = {
  name: 'stop',
  summary: 'shut machines down, keeping their disks',
  more: 'The guest is asked first, then its power button is pressed, then its power is cut; each has a limit.',
  arguments: [['[path...]', 'machines, as kvm-1/web; none means the whole lab']],
  options: [labOption],
  examples: [
    { line: 'nestlab stop', does: 'shut down the whole lab' },
    { line: 'nestlab stop kvm-1/web kvm-2', does: 'shut down these two, and what is inside kvm-2' },
  ],
  async run(call) {
    const lab = await pickLab(call)
    const engine = await call.services.engine()
    const done = await carryOut(call, lab, (run) => engine.stop(lab, call.args, run))
    sayStatus(call, done.result, done)
    return 0
  },
}
