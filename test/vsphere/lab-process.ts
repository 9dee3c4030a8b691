/** One command of the engine on a site as a process of its own, so that a test can kill it: `node lab-process.ts up|down`. */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { never } from './provider-bench.ts'
import { labOn, openSiteBench } from './site-bench.ts'

/** Where the simulator is comes over standard input, with its password. */
const { vcsim, folder, file } = JSON.parse(await text(process.stdin))
const wish = { vcsim: { ...vcsim, url: new URL(vcsim.url) }, folder, site: { cluster: 'DC0_C0' } }
const { engine } = await openSiteBench(wish)
const options = { onEvent: () => {}, signal: never }
const lab = labOn(readFileSync(file))
if (process.argv[2] === 'up') await engine.up(lab, options)
else await engine.down(lab.name, options)
