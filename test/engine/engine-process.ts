/**
 * One command of the engine as a process of its own, so that a test can kill it:
 * `node engine-process.ts FOLDER up|down|snapshot NAME|revert NAME|clone NAME [SNAPSHOT]`.
 */
import { benchIn, labOf, recorder } from './simulated.ts'
import { small } from './two-hypervisors.ts'

const [, , folder = '', verb = '', name = '', snapshot] = process.argv
const { engine, never } = benchIn(folder)
const run = { onEvent: recorder().onEvent, signal: never }
const lab = small.name
const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
  up: () => engine.up(labOf(small), run),
  down: () => engine.down(lab, run),
  snapshot: () => engine.snapshot(lab, { name }, run),
  revert: () => engine.revert(lab, name, run),
  clone: () => engine.clone(lab, { name, ...(snapshot !== undefined && { snapshot }) }, run),
}
// Whoever kills it at some moment counts from here.
process.stdout.write('begun\n')
await verbs[verb]?.()
