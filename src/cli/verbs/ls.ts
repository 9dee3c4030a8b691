/** `nestlab ls`: the labs on this machine. */
import { columns } from '../table.ts'
import type { Verb } from '../verb.ts'

export const ls: Verb = {
  name: 'ls',
  summary: 'list the labs on this machine',
  examples: [{ line: 'nestlab ls', does: 'names, sites and the files they came from' }],
  async run(call) {
    const labs = await (await call.services.engine()).labs()
    const { terminal } = call
    if (call.json) terminal.say(JSON.stringify({ labs }))
    else if (labs.length === 0) terminal.say('There is no lab. Bring one up with: nestlab up -f FILE')
    else {
      const rows = labs.map((lab) => [
        terminal.paint.name(lab.name),
        lab.damaged === undefined ? lab.site : terminal.paint.bad('damaged'),
        lab.damaged ?? lab.file ?? '',
      ])
      terminal.say(columns([['LAB', 'SITE', 'FILE'].map(terminal.paint.faint), ...rows]).join('\n'))
    }
    return 0
  },
}
