/** Shows what `up` would do, and what it would ask of the site, without doing it. */
import type { PlanOptions } from '#engine'
import type { Loaded } from './pick-lab.ts'
import { callLines, noteLines, planLines } from './plan-text.ts'
import type { Call, Exit } from './verb.ts'

export async function showPlan(call: Call, loaded: Loaded, chosen: PlanOptions): Promise<Exit> {
  const { tellWhatCannotWork } = await import('./check-before.ts')
  await tellWhatCannotWork(call, loaded, chosen)
  const engine = await call.services.engine()
  const decided = await engine.plan(loaded.lab, { file: loaded.file, ...chosen }, call.signal)
  const { terminal } = call
  if (call.json) terminal.say(JSON.stringify(decided))
  else {
    const lines = [...planLines(decided, terminal.paint), ...callLines(decided), ...noteLines(decided)]
    terminal.say(lines.join('\n'))
  }
  return 0
}
