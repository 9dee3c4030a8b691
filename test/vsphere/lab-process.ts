/** One command of the engine on a site as a process of its own, so that a test can kill it: `node lab-process.ts up|down|snapshot|revert`. */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { never } from './provider-bench.ts'
import { labOn, openSiteBench } from './site-bench.ts'
import type { Vcsim } from './vcsim.ts'

/** Where the simulators are comes over standard input, with their passwords. */
const { vcsim, nested = [], reach = {}, folder, file, snapshot = '' } = JSON.parse(await text(process.stdin))
const there = (one: Vcsim) => ({ ...one, url: new URL(one.url) })
const wish = {
  vcsim: there(vcsim),
  nested: nested.map(there),
  folder,
  // The strict simulator has one place to go to.
  site: { ...(vcsim.pid !== 0 && { cluster: 'DC0_C0' }), reach },
}
const { engine } = await openSiteBench(wish)
const options = { onEvent: () => {}, signal: never }
const lab = labOn(readFileSync(file))
const verb = process.argv[2]
if (verb === 'up') await engine.up(lab, options)
else if (verb === 'snapshot') await engine.snapshot(lab.name, { name: snapshot }, options)
else if (verb === 'revert') await engine.revert(lab.name, snapshot, options)
else await engine.down(lab.name, options)
