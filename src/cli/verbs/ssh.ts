/** `nestlab ssh`: a shell in a machine, for a person. */
import { fail } from '../errors.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { lendTerminalTo } from '../session.ts'
import type { Verb } from '../verb.ts'

export const ssh: Verb = {
  name: 'ssh',
  summary: 'open a shell in a machine',
  arguments: [['<path>', 'the machine, as kvm-1/web']],
  options: [labOption],
  json: false,
  examples: [
    { line: 'nestlab ssh kvm-1', does: 'a shell in the hypervisor' },
    { line: 'nestlab ssh kvm-1/web', does: 'a shell in the machine inside it' },
  ],
  async run(call) {
    if (!call.terminal.stdin.isTTY) throw fail('needs-terminal', { verb: 'ssh' })
    const lab = await pickLab(call)
    const [path = ''] = call.args
    const inside = await (await call.services.engine()).enter(lab, path, call.signal)
    try {
      return await lendTerminalTo(call, inside, ['/bin/sh', '-l'])
    } finally {
      await inside.close()
    }
  },
}
