/** One command on a class as a process of its own, so that a test can kill it: `node class-process.ts FOLDER publish|close`. */
import { openClassBench } from './classes-bench.ts'
import { benchIn } from './simulated.ts'

const [, , folder = '', verb] = process.argv
const bench = benchIn(folder)
const { classes } = await openClassBench(bench)
const run = { signal: bench.never }
if (verb === 'publish') await classes.publish('spring', run)
else await classes.close('spring', run)
classes[Symbol.dispose]()
