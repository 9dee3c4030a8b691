/** `nestlab check`: is the lab file right? */
import { fileOption, loadLab } from '../pick-lab.ts'
import type { Verb } from '../verb.ts'

export const check: Verb = {
  name: 'check',
  summary: 'say everything that is wrong with a lab file',
  options: [fileOption],
  examples: [
    { line: 'nestlab check', does: 'check the only lab file of this folder' },
    { line: 'nestlab check -f class.lab.yaml --json', does: 'the same for an editor or a pipeline' },
  ],
  async run(call) {
    const loaded = await loadLab(call)
    if (!loaded) return 1
    const { file, lab } = loaded
    if (call.json) call.terminal.say(JSON.stringify({ file, ok: true, lab: lab.name, problems: [] }))
    else call.terminal.say(`${call.terminal.paint.good('✓')} ${file} describes the lab ${lab.name}.`)
    return 0
  },
}
