/** `nestlab show`: what a lab file means. */
import { fileArgument, fileOption, loadNamed } from '../pick-lab.ts'
import type { Verb } from '../verb.ts'

export const show: Verb = {
  name: 'show',
  summary: 'draw the lab of a file as a tree',
  arguments: [fileArgument],
  options: [
    fileOption,
    ['--resolved', 'print the file with every default, address and MAC that Nestlab chose'],
  ],
  examples: [
    { line: 'nestlab show', does: 'levels, machines, switches and port groups' },
    { line: 'nestlab show --resolved', does: 'the same lab with nothing left out, as YAML' },
  ],
  async run(call) {
    const loaded = await loadNamed(call, 'show')
    if (!loaded) return 1
    const labFiles = await call.services.labFiles()
    if (call.json) call.terminal.say(JSON.stringify(loaded.lab))
    else {
      const text = call.has('resolved') ? labFiles.resolved(loaded.lab) : labFiles.draw(loaded.lab)
      call.terminal.say(text.trimEnd())
    }
    return 0
  },
}
