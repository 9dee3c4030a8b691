/** `nestlab hardware`: what to buy for a lab, and whether what somebody means to buy will do. */
import { resolve } from 'node:path'
import { fail } from '../errors.ts'
import type { CheckedBom } from '../hardware-text.ts'
import { fileOption, loadLab } from '../pick-lab.ts'
import { readCount } from '../quantities.ts'
import type { Call, Exit, Verb } from '../verb.ts'

const check: Verb = {
  name: 'check',
  summary: 'say what is wrong with a bill of materials before anything is bought',
  more: 'The bill is a YAML file that begins with `nestlab-bom: 1`; examples/hardware has some. Parts that the catalogue does not know are said to be unknown, never to be wrong.',
  arguments: [['<bom>', 'the bill of materials (*.bom.yaml)']],
  examples: [
    { line: 'nestlab hardware check home-lab.bom.yaml', does: 'memory, drivers, connectors, room to grow' },
  ],
  async run(call) {
    const [named = ''] = call.args
    const hardware = await call.services.hardware()
    const checked = await hardware.check(resolve(call.folder, named), named)
    const isGood =
      checked.problems.length === 0 && checked.findings.every(({ severity }) => severity !== 'error')
    if (call.json) call.terminal.say(JSON.stringify(documentOf(named, isGood, checked)))
    else await sayCheck(call, named, checked)
    return isGood ? 0 : 1
  },
}

export const hardware: Verb = {
  name: 'hardware',
  summary: 'say what to buy for a lab, or check a bill of materials',
  more: 'Sums up what the machines of the lab need, and goes through a catalogue of boards and machines with the memory that their makers have tested.',
  options: [
    fileOption,
    ['--remote', 'only machines that can be reached while they are off (IPMI and the like)'],
    ['--sata <count>', 'only machines with at least so many SATA connectors'],
  ],
  examples: [
    { line: 'nestlab hardware', does: 'what carries the only lab file of this folder?' },
    {
      line: 'nestlab hardware -f class.lab.yaml --remote --sata 4',
      does: 'the same for a closet with disks',
    },
    ...check.examples,
  ],
  verbs: [check],
  async run(call) {
    const sataPorts = sataOf(call)
    const loaded = await loadLab(call)
    if (!loaded) return 1
    const wishes = { outOfBand: call.has('remote'), ...(sataPorts !== undefined && { sataPorts }) }
    const advice = (await call.services.hardware()).advise(loaded.lab, wishes)
    if (call.json) call.terminal.say(JSON.stringify({ lab: loaded.lab.name, ...advice }))
    else {
      // Every start reads what is named at the top of this file.
      const { adviceLines } = await import('../hardware-text.ts')
      call.terminal.say(adviceLines(loaded.lab.name, advice, call.terminal.paint).join('\n'))
    }
    return exitOf(advice.offers.length)
  },
}

/** A lab that nothing carries is a check that failed. */
function exitOf(offers: number): Exit {
  return offers > 0 ? 0 : 1
}

function sataOf(call: Call): number | undefined {
  const text = call.value('sata')
  if (text === undefined) return undefined
  const count = readCount(text, { most: 1000 })
  if (count !== undefined) return count
  throw fail('wrong-usage', {
    text: `--sata takes a number of connectors, not ${text}.`,
    command: 'nestlab hardware',
  })
}

function documentOf(file: string, ok: boolean, { name, problems, findings }: CheckedBom): object {
  return { file, ok, ...(name !== undefined && { name }), problems, findings }
}

async function sayCheck(call: Call, file: string, checked: CheckedBom): Promise<void> {
  const { terminal } = call
  if (checked.problems.length > 0) {
    terminal.tell(checked.render(terminal.hasColor).trimEnd())
    return
  }
  const { findingBlocks } = await import('../hardware-text.ts')
  const blocks = findingBlocks(checked.findings, file, terminal.paint)
  if (blocks.length > 0) terminal.say(blocks.join('\n\n'))
  else terminal.say(`${terminal.paint.good('✓')} ${file}: nothing speaks against ${checked.name ?? 'it'}.`)
}
