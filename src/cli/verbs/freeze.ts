/** `nestlab freeze` and `nestlab thaw`: labs that nobody looks at take no processor time. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import type { Call, Verb } from '../verb.ts'

export const freeze: Verb = {
  name: 'freeze',
  summary: 'let all machines of a lab stand still; they keep their memory and take no processor time',
  options: [labOption],
  examples: [{ line: 'nestlab freeze', does: 'until nestlab thaw' }],
  run: async (call) => await held(call, 'pause'),
}

export const thaw: Verb = {
  name: 'thaw',
  summary: 'let the machines of a frozen lab go on, with their clocks put right',
  options: [labOption],
  examples: [{ line: 'nestlab thaw', does: 'go on after nestlab freeze' }],
  run: async (call) => await held(call, 'resume'),
}

async function held(call: Call, what: 'pause' | 'resume'): Promise<number> {
  const lab = await pickLab(call)
  const engine = await call.services.engine()
  const { result } = await carryOut(call, lab, (run) => engine[what](lab, run))
  const { terminal } = call
  if (call.json) terminal.say(JSON.stringify({ lab, machines: result }))
  else if (result.length === 0)
    terminal.say(what === 'pause' ? `No machine of ${lab} is running.` : `No machine of ${lab} is paused.`)
  else
    terminal.say(
      `${terminal.paint.good('✓')} ${result.join(', ')} ${what === 'pause' ? 'stand still' : 'go on'}.`,
    )
  return 0
}
