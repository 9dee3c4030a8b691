/** `nestlab migrate`: a running machine inside another hypervisor. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { duration } from '../table.ts'
import type { Verb } from '../verb.ts'

export const migrate: Verb = {
  name: 'migrate',
  summary: 'move a running machine to another hypervisor of the lab, without stopping it',
  more: 'Both hypervisors need an address in one network of the lab, the same port groups inside, and a processor with the same features. Disks that it writes to are copied. The lab file still says where it was: the next up takes it back.',
  arguments: [
    ['<path>', 'the machine, as kvm-1/web'],
    ['<hypervisor>', 'where it goes, as kvm-2'],
  ],
  options: [labOption],
  examples: [{ line: 'nestlab migrate kvm-1/web kvm-2', does: 'afterwards it is kvm-2/web' }],
  async run(call) {
    const [path = '', to = ''] = call.args
    const lab = await pickLab(call)
    const engine = await call.services.engine()
    const { result } = await carryOut(call, lab, (run) => engine.migrate(lab, { path, to }, run))
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify({ lab, ...result }))
    else
      say(
        `${paint.good('✓')} ${path} is ${result.path} now; it stood still for ${result.downtimeMs} ms (${duration(result.tookMs)} in all).`,
      )
    return 0
  },
}
