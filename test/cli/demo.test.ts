/** `make demo`, on simulated machines: what a newcomer reads, and that nothing is left of it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Desk, simulatedLab } from './command.ts'

const script = fileURLToPath(new URL('../../tools/demo.sh', import.meta.url))

test('the demo shows a lab from its file to its end, and leaves nothing', async () => {
  await using desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab)
  const file = join(desk.folder, 'demo.lab.yaml')
  const { status, stdout, stderr } = spawnSync(script, [file], { encoding: 'utf8', env: desk.environment() })
  assert.equal(status, 0, stdout + stderr)
  for (const shown of [
    /\$ nestlab up/,
    /└─ web +L2 +ready/,
    /3 packets received, 0% packet loss/,
    /SWITCH +PORT GROUP/,
  ]) {
    assert.match(stdout, shown)
  }
  assert.match(stdout, /✓ demo is gone/)
  assert.deepEqual(await readdir(join(desk.folder, '.home', 'state', 'labs')), [])
})

test('a demo that fails says so and takes its lab away', async () => {
  await using desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab.replaceAll('web: { image', 'other: { image'))
  const file = join(desk.folder, 'demo.lab.yaml')
  const { status, stdout } = spawnSync(script, [file], { encoding: 'utf8', env: desk.environment() })
  assert.notEqual(status, 0)
  assert.match(stdout, /The demo failed; taking its lab away\./)
  assert.deepEqual(await readdir(join(desk.folder, '.home', 'state', 'labs')), [])
})
