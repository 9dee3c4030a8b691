/** `nestlab status`: what is true of a lab now. */
import { labOption, pickLab } from '../pick-lab.ts'
import { sayStatus } from '../status-text.ts'
import type { Verb } from '../verb.ts'

export const status: Verb = {
  name: 'status',
  summary: 'show every machine at every level as it is now',
  options: [labOption],
  examples: [
    { line: 'nestlab status', does: 'levels, states, accelerators and addresses' },
    { line: 'nestlab status --lab two-hypervisors --json', does: 'the same as data' },
  ],
  async run(call) {
    const engine = await call.services.engine()
    sayStatus(call, await engine.status(await pickLab(call), call.signal))
    return 0
  },
}
