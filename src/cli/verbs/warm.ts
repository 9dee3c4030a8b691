/** `nestlab warm`: labs that begin where they were kept running, in a fraction of the time of a boot. */
import { carryOut } from '../carry-out.ts'
import { fileArgument, fileOption, loadNamed } from '../pick-lab.ts'
import { size } from '../snapshot-text.ts'
import { columns } from '../table.ts'
import type { Verb } from '../verb.ts'

const make: Verb = {
  name: 'make',
  summary: 'keep a lab running once, so that each later up of the same file goes on from there',
  more: 'A lab that is not up is brought up for it and taken down afterwards. A changed file, image, QEMU or processor means a boot again.',
  arguments: [fileArgument],
  options: [fileOption],
  examples: [
    {
      line: 'nestlab warm make dc.lab.yaml',
      does: 'then nestlab up dc.lab.yaml takes a fraction of a boot',
    },
  ],
  async run(call) {
    const loaded = await loadNamed(call, 'warm make')
    if (!loaded) return 1
    const { lab, file } = loaded
    const engine = await call.services.engine()
    const isThere = (await engine.labs()).some(({ name }) => name === lab.name)
    await carryOut(call, lab.name, (run) => engine.up(lab, { file, ...run }))
    const { result } = await carryOut(call, lab.name, (run) => engine.keepWarm(lab.name, run))
    if (!isThere) await carryOut(call, lab.name, (run) => engine.down(lab.name, run))
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify(result))
    else say(`${paint.good('✓')} ${lab.name} is kept warm (${size(result.bytes)} of files).`)
    return 0
  },
}

const ls: Verb = {
  name: 'ls',
  summary: 'list the labs that are kept warm',
  examples: [{ line: 'nestlab warm ls', does: 'names, times and sizes' }],
  async run(call) {
    const all = await (await call.services.engine()).warmLabs()
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify({ warm: all }))
    else if (all.length === 0) say('No lab is kept warm. Keep one with: nestlab warm make')
    else {
      const rows = all.map((one) => [paint.name(one.lab), new Date(one.atMs).toISOString(), size(one.bytes)])
      say(columns([['LAB', 'KEPT', 'FILES'].map(paint.faint), ...rows]).join('\n'))
    }
    return 0
  },
}

const rm: Verb = {
  name: 'rm',
  summary: 'forget a warm lab; its next up boots again',
  arguments: [['<lab>', 'its name']],
  examples: [{ line: 'nestlab warm rm dc', does: 'give its memory on the disk back' }],
  async run(call) {
    const [lab = ''] = call.args
    await (await call.services.engine()).dropWarm(lab)
    call.terminal.say(
      call.json ? JSON.stringify({ lab, removed: true }) : `${lab} is not kept warm any more.`,
    )
    return 0
  },
}

export const warm: Verb = {
  name: 'warm',
  summary: 'keep labs so that they come up in a fraction of the time of a boot',
  examples: [{ line: 'nestlab warm make', does: 'for the only lab file of this folder' }],
  verbs: [make, ls, rm],
}
