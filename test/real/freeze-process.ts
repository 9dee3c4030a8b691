/** Keeps the machine `web` of a bench in a process of its own, so that a test can kill it: home, folder. */
import { openLocalHost } from '#host'
import { levelPaths, lockLab } from '#store'
import { openQemuProvider, openUserSwitchPlane } from '../../src/providers/qemu/index.ts'

const [home = '', folder = ''] = process.argv.slice(2)
const roots = { state: `${home}/state`, run: `${home}/run` }
const host = openLocalHost()
const lab = 'demo'
const nowhere = '/dev/null'
const provider = openQemuProvider({
  lab,
  host,
  roots,
  imagesFolder: `${home}/images`,
  accelerator: { name: 'tcg', cpuModel: 'max' },
  network: openUserSwitchPlane({
    host,
    lab,
    level: levelPaths(roots, lab),
    roots,
    node: process.execPath,
    entry: nowhere,
    uplinkEntry: nowhere,
  }),
  sandbox: true,
  random: Math.random,
  nowMs: Date.now,
})
await using _lock = await lockLab(roots, lab, 'a test that is killed')
await provider.copies?.freeze({ folder, machines: ['web'] }, new AbortController().signal)
