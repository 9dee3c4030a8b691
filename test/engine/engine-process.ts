/** One command of the engine as a process of its own, so that a test can kill it: `node engine-process.ts FOLDER up|down`. */
import { benchIn, labOf, recorder } from './simulated.ts'
import { small } from './two-hypervisors.ts'

const [, , folder = '', verb] = process.argv
const { engine, never } = benchIn(folder)
const { onEvent } = recorder()
if (verb === 'up') await engine.up(labOf(small), { onEvent, signal: never })
else await engine.down(small.name, { onEvent, signal: never })
