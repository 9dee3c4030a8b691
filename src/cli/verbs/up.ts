/** `nestlab up`: makes a lab file true. */
import { agrees } from '../ask.ts'
import { carryOut } from '../carry-out.ts'
import { fail } from '../errors.ts'
import { fileArgument, fileOption, loadNamed, siteOption } from '../pick-lab.ts'
import { showPlan } from '../show-plan.ts'
import { sayStatus } from '../status-text.ts'
import type { Call, OptionRow, Verb } from '../verb.ts'

export const onlyOption: OptionRow = [
  '--only <patterns>',
  "machines to consider, as 'kvm-*,esx-1/**'; what they need around them comes along",
]

export const switchOption: OptionRow = [
  '--switch <carrier>',
  "what carries frames at level 0: 'process' (needs no rights), or 'kernel' (bridges and taps; faster, needs root)",
]

const acceptOption: OptionRow = [
  '--accept <rules>',
  'bring it up although these rules call it an error, as network/promiscuous,memory/minimum',
]

const mostAtOnce = 64

export const up: Verb = {
  name: 'up',
  summary: 'make the lab file true: create, change or remove what differs',
  more:
    'May be repeated at any time: what is already as wanted is left alone. A lab that cannot work by the rules of\n' +
    'nestlab check is refused before anything is started, unless --accept or the file itself names the rule.',
  arguments: [fileArgument],
  options: [
    fileOption,
    siteOption,
    onlyOption,
    ['--plan', 'only show what would be done, as nestlab plan does'],
    ['--parallel <count>', 'machines that may boot at the same time on each level'],
    switchOption,
    ['--open', 'agree to what the lab opens on switches that others use'],
    acceptOption,
    ['--keep-nothing', 'take no snapshot before running machines are made anew'],
  ],
  examples: [
    { line: 'nestlab up', does: 'bring up the only lab file of this folder' },
    { line: "nestlab up dc.lab.yaml --only 'kvm-*'", does: 'only the KVM nodes and what is inside them' },
    { line: 'nestlab up --site lab-vcenter', does: 'on a vCenter that nestlab site add knows' },
    { line: 'nestlab up -f lab.ts', does: 'a lab written in TypeScript; runs that file' },
  ],
  async run(call) {
    const chosen = { ...patternsOf(call), ...countOf(call), ...carrierOf(call) }
    const loaded = await loadNamed(call, 'up', call.value('site'))
    if (!loaded) return 1
    if (call.has('plan')) return await showPlan(call, loaded, chosen)
    const { refuseWhatCannotWork } = await import('../check-before.ts')
    await refuseWhatCannotWork(call, loaded, chosen)
    const engine = await call.services.engine()
    const agreed = (opened: readonly string[]) => agreesToOpen(call, opened)
    const keepsNothing = call.has('keep-nothing')
    const options = { file: loaded.file, ...chosen, keepsNothing, agrees: agreed }
    const done = await carryOut(call, loaded.lab.name, (run) => engine.up(loaded.lab, { ...options, ...run }))
    sayStatus(call, done.result, done)
    return 0
  },
}

async function agreesToOpen(call: Call, opened: readonly string[]): Promise<boolean> {
  if (call.has('open')) return true
  for (const line of opened) call.terminal.tell(line)
  return await agrees(call.terminal, 'Open that?', call.signal)
}

/** Patterns of `--only`, separated by commas. */
export function patternsOf(call: Call): { only?: readonly string[] } {
  const only = call
    .value('only')
    ?.split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
  if (only?.length === 0)
    throw fail('wrong-usage', { text: '--only names no machine.', command: 'nestlab up' })
  return only ? { only } : {}
}

/** Of `--switch`. */
export function carrierOf(call: Call): { carrier?: 'process' | 'kernel' } {
  const carrier = call.value('switch')
  if (carrier === undefined) return {}
  if (carrier === 'process' || carrier === 'kernel') return { carrier }
  throw fail('wrong-usage', {
    text: `--switch is process or kernel, not "${carrier}".`,
    command: 'nestlab up',
  })
}

function countOf(call: Call): { parallel?: number } {
  const text = call.value('parallel')
  if (text === undefined) return {}
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= mostAtOnce) return { parallel: count }
  throw fail('wrong-usage', {
    text: `--parallel is a number from 1 to ${mostAtOnce}, not "${text}".`,
    command: 'nestlab up',
  })
}
