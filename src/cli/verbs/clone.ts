/** `nestlab clone`: further labs that go on from an instant of this one. */
import { Failure } from '#failure'
import { carryOut } from '../carry-out.ts'
import { fail } from '../errors.ts'
import { sayStatus } from '../status-text.ts'
import type { Call, Verb } from '../verb.ts'

const mostCopies = 100

export const clone: Verb = {
  name: 'clone',
  summary: 'make another lab that goes on from a snapshot of a lab, or from now',
  more: 'Disks are linked to those of the snapshot and memory is shared until it is written to. Inside, everything keeps its identity; each copy has switches of its own.',
  arguments: [
    ['<lab[@snapshot]>', 'the lab, and the snapshot to begin at; without one, the lab as it is now'],
  ],
  options: [
    ['--name <name>', 'how the copy is called; with --count, NAME-1, NAME-2, …'],
    ['--count <count>', 'how many copies'],
  ],
  examples: [
    { line: 'nestlab clone demo@ready --name demo-2', does: 'one more lab that goes on from ready' },
    { line: 'nestlab clone demo@ready --name seat --count 20', does: 'seat-1 to seat-20' },
  ],
  async run(call) {
    const { splitName } = await import('#engine')
    const { lab, snapshot } = splitName(call.args[0] ?? '')
    const names = namesOf(call)
    const engine = await call.services.engine()
    for (const name of names) {
      const wish = { name, ...(snapshot !== undefined && { snapshot }) }
      try {
        const done = await carryOut(call, name, (run) => engine.clone(lab, wish, run))
        sayStatus(call, done.result, done)
      } catch (error) {
        if (!isThere(error) || call.value('count') === undefined) throw error
        call.terminal.tell(`${name} is there already and is left alone.`)
      }
    }
    return 0
  },
}

/** Of many copies, those that an earlier command finished need not be made again. */
function isThere(error: unknown): boolean {
  return error instanceof Failure && error.code === 'clone-name-taken'
}

function namesOf(call: Call): readonly string[] {
  const name = call.value('name')
  const wrong = (text: string) => fail('wrong-usage', { text, command: 'nestlab clone' })
  if (name === undefined) throw wrong('How is the copy called? Add --name.')
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name))
    throw wrong('A lab is called by up to 40 lower-case letters, digits and hyphens.')
  const count = call.value('count')
  if (count === undefined) return [name]
  const copies = Number(count)
  if (!Number.isInteger(copies) || copies < 1 || copies > mostCopies)
    throw wrong(`--count takes a number from 1 to ${mostCopies}.`)
  return Array.from({ length: copies }, (_, index) => `${name}-${index + 1}`)
}
