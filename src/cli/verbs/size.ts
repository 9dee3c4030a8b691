/** `nestlab size`: will it fit, how fast will it be, and what does it cost? */
import { resolve } from 'node:path'
import type { SizeOptions } from '#capacity'
import { fail } from '../errors.ts'
import { jsonLine } from '../one-line.ts'
import { fileArgument, fileOption, loadNamed } from '../pick-lab.ts'
import { readCount } from '../quantities.ts'
import type { Sizing } from '../size-service.ts'
import type { Call, Verb } from '../verb.ts'

const command = 'nestlab size'

export const size: Verb = {
  name: 'size',
  summary: 'say whether a lab fits its hosts, how fast it is, and what it costs',
  more:
    'Nothing is started. Memory, CPUs and disks of every level; speed as a range; where machines go, and what\n' +
    'happens when a host is down; prices of own hardware and of clouds; licences. What is not known is said to be\n' +
    'unknown. Exit code 1 says that the lab does not fit.',
  arguments: [fileArgument],
  options: [
    fileOption,
    ['--site <site>', '`local`: level 0 is this machine, whatever the file says'],
    ['--prices <file>', 'prices of your own, JSON or YAML; they replace ours about the same'],
    ['--year <year>', 'the year whose licence rule counts (default: that of our facts)'],
    ['--hours <hours>', 'hours of use by each seat (default: what the class in the file says)'],
    ['--seats <seats>', 'how many copies of the lab (default: what the class in the file says, else 1)'],
  ],
  examples: [
    { line: 'nestlab size', does: 'the only lab file of this folder, as bars and tables' },
    { line: 'nestlab size --site local', does: 'does it fit on this machine?' },
    {
      line: 'nestlab size --seats 20 --hours 30',
      does: 'what would a class of twenty for thirty hours cost?',
    },
    {
      line: 'nestlab size --prices our-prices.yaml --json',
      does: 'the same with other prices, for a program',
    },
  ],
  async run(call) {
    const counts = {
      year: countOf(call, 'year', { least: 2006, most: 2100 }),
      hours: countOf(call, 'hours', { least: 1, most: 100_000 }),
      seats: countOf(call, 'seats', { least: 1, most: 1000 }),
    }
    if (!['local', undefined].includes(call.value('site')))
      throw fail('wrong-usage', { text: `--site is local, not "${call.value('site')}".`, command })
    const loaded = await loadNamed(call, 'size')
    if (!loaded) return 1
    const sizing = await call.services.sizing()
    const options = { ...counts, ...(await lookedUp(call, sizing)), today: today() }
    const report = sizing.sizeLab(loaded.lab, options)
    // Every start reads what is named at the top of this file.
    const { sizeLines } = await import('../size-text.ts')
    if (call.json) call.terminal.say(jsonLine({ file: loaded.file, ...report }))
    else call.terminal.say(sizeLines(report, call.terminal.paint).join('\n'))
    return report.verdict === 'does-not-fit' ? 1 : 0
  },
}

async function lookedUp(call: Call, sizing: Sizing): Promise<Pick<SizeOptions, 'prices' | 'site'>> {
  const file = call.value('prices')
  const prices = file === undefined ? undefined : await sizing.readPrices(resolve(call.folder, file), file)
  const isLocal = call.value('site') === 'local'
  const report = isLocal ? await call.services.doctor({ again: false, signal: call.signal }) : undefined
  return { prices, site: report && sizing.siteOf(report) }
}

function countOf(
  call: Call,
  name: string,
  limits: { readonly least: number; readonly most: number },
): number | undefined {
  const text = call.value(name)
  if (text === undefined) return undefined
  const count = readCount(text, limits)
  if (count !== undefined) return count
  const range = `a whole number from ${limits.least} to ${limits.most}`
  throw fail('wrong-usage', { text: `--${name} takes ${range}, not "${text}".`, command })
}

function today(): string {
  return new Date().toISOString().slice(0, 10)
}
