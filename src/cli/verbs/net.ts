/** `nestlab net`: what the switches did with the frames, and what can be done to them. */
import type { LevelStats } from '#engine'
import { type ExplainedDrop, explainDrops } from '../drop-text.ts'
import type { Paint } from '../paint.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { columns } from '../table.ts'
import type { Call, Verb } from '../verb.ts'
import { capture } from './net-capture.ts'
import { impair } from './net-impair.ts'
import { key } from './net-key.ts'
import { macs } from './net-macs.ts'
import { watch } from './net-watch.ts'

const stats: Verb = {
  name: 'stats',
  summary: 'count frames per switch port, with the reason of every drop',
  options: [labOption],
  examples: [{ line: 'nestlab net stats', does: 'why does the ping not arrive?' }],
  async run(call) {
    const lab = await pickLab(call)
    const levels = await (await call.services.engine()).stats(lab, call.signal)
    const drops = await explainDrops(call, lab, levels)
    if (call.json) call.terminal.say(JSON.stringify({ lab, levels, drops }))
    else sayStats(call, levels, drops)
    return 0
  },
}

export const net: Verb = {
  name: 'net',
  summary: 'look at the lab’s networks, capture their frames, and make their links bad',
  examples: [stats, watch, impair, capture].flatMap(({ examples }) => examples.slice(0, 1)),
  verbs: [stats, watch, macs, impair, capture, key],
}

function sayStats(call: Call, levels: readonly LevelStats[], drops: readonly ExplainedDrop[]): void {
  const { paint, say } = call.terminal
  const head = ['SWITCH', 'PORT GROUP', 'PORT', 'LINK', 'IN', 'OUT', 'DROPPED'].map(paint.faint)
  say(columns([head, ...levels.flatMap((level) => rowsOf(level, paint))]).join('\n'))
  for (const drop of alikeTogether(drops)) {
    say(`\n${paint.doubtful(`${drop.count} ${drop.reason}`)} at ${drop.port}: ${drop.meaning}`)
    const nobody = /^none: /.test(drop.setting)
    say(nobody ? `  ${drop.setting.slice('none: '.length)}` : `  because of ${paint.strong(drop.setting)}`)
    say(`  to change that: ${drop.remedy}`)
  }
  for (const level of levels) {
    if (level.unreachable) call.terminal.tell(`${level.owner || 'level 0'}: ${level.unreachable}`)
  }
}

/** What has one explanation is told once, with all the ports. */
function alikeTogether(drops: readonly ExplainedDrop[]): readonly ExplainedDrop[] {
  const alike = Map.groupBy(drops, ({ reason, setting }) => `${reason} ${setting}`)
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (!first) return []
    const count = others.reduce((sum, drop) => sum + drop.count, first.count)
    return { ...first, count, port: [first, ...others].map(({ port }) => port).join(', ') }
  })
}

function rowsOf(level: LevelStats, paint: Paint): string[][] {
  return level.ports.map((port) => {
    const drops = Object.entries(port.dropped).filter(([, count]) => count > 0)
    return [
      level.owner ? `${level.owner}/${port.switchName}` : port.switchName,
      port.portgroup,
      port.port,
      port.connected ? paint.good('up') : paint.bad('down'),
      String(port.received),
      String(port.sent),
      drops.length > 0 ? paint.doubtful(drops.map(([code, count]) => `${count} ${code}`).join(', ')) : '0',
    ]
  })
}
