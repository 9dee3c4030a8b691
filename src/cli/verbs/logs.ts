/** `nestlab logs`: what a machine printed on its serial console. */
import { fail } from '../errors.ts'
import { harmless } from '../paint.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import type { Verb } from '../verb.ts'

const defaultKiB = 64
const mostKiB = 16 * 1024

export const logs: Verb = {
  name: 'logs',
  summary: 'print what a machine wrote to its serial console',
  arguments: [['<path>', 'the machine, as kvm-1/web']],
  options: [labOption, ['--kib <count>', `how much of the end, in KiB (default: ${defaultKiB})`]],
  examples: [
    { line: 'nestlab logs kvm-1/web', does: 'why did it not come up?' },
    { line: 'nestlab logs kvm-1 --kib 4', does: 'the last 4 KiB only' },
  ],
  async run(call) {
    const text = call.value('kib') ?? String(defaultKiB)
    const kib = Number(text)
    if (!Number.isInteger(kib) || kib < 1 || kib > mostKiB) {
      throw fail('wrong-usage', {
        text: `--kib is a number from 1 to ${mostKiB}, not "${text}".`,
        command: 'nestlab logs',
      })
    }
    const lab = await pickLab(call)
    const [path = ''] = call.args
    const log = await (await call.services.engine()).logs(lab, path, kib * 1024, call.signal)
    if (call.json) call.terminal.say(JSON.stringify({ lab, path, log }))
    else call.terminal.say(harmless(log).trimEnd())
    return 0
  },
}
