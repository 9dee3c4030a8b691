/** `nestlab fail`: a rehearsal of what happens when a hypervisor loses its power. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import type { Verb } from '../verb.ts'

export const failVerb: Verb = {
  name: 'fail',
  summary: 'cut the power of a hypervisor, and start what was inside on the others of its cluster',
  more: 'As HA does, in the order of the lab file, as far as memory and networks allow; the cluster of the lab file needs ha: true. Machines begin from their images: there is no shared storage. Repair it with nestlab up.',
  arguments: [['<hypervisor>', 'as kvm-1']],
  options: [labOption, ['--plan', 'only say what would be started where, and what would not']],
  examples: [
    { line: 'nestlab fail kvm-1 --plan', does: 'would the others bear it?' },
    { line: 'nestlab fail kvm-1', does: 'see that they do' },
  ],
  async run(call) {
    const [path = ''] = call.args
    const lab = await pickLab(call)
    const planOnly = call.has('plan')
    const engine = await call.services.engine()
    const { result } = await carryOut(call, lab, (run) => engine.failHypervisor(lab, { path, planOnly }, run))
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify({ lab, planOnly, ...result }))
    else {
      for (const one of result.restarted) say(`${one.path} ${planOnly ? 'would be' : 'is'} ${one.now}`)
      for (const one of result.lost)
        say(`${paint.bad(`${one.path} finds no place`)}: ${one.reasons.join(' ')}`)
    }
    return result.lost.length === 0 ? 0 : 1
  },
}
