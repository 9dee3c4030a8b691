/** A machine inside a hypervisor inside a hypervisor, each on the KVM of the one around it. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LabStatus } from '#engine'
import { type Ended, labFile, leftovers, nestlab, succeed } from './command.ts'
import './alone.ts'

const example = fileURLToPath(new URL('../../examples/three-levels.lab.yaml', import.meta.url))
const name = 'test-three'

/**
 * Hardware virtualization inside emulated hardware virtualization is slow, and QEMU's SVM is known to deadlock inner
 * guests (docs/decisions/0010-one-cpu-emulated.md). Where the third level is not up in time, the two around it are held
 * to their word.
 */
function isTooSlow({ code, stderr }: Ended): boolean {
  return code === 4 && /outer\/inner\/app was not ready/.test(stderr) && stderr.includes('(guest-silent)')
}

test('three levels come up from one file, and a command runs on each', async (t) => {
  const text = (await readFile(example, 'utf8')).replace('name: three-levels', `name: ${name}`)
  await using lab = await labFile(name, text)
  const up = await nestlab(['up', '-f', lab.file])
  const twoOnly = isTooSlow(up)
  assert.ok(up.code === 0 || twoOnly, `${up.stdout}\n${up.stderr}`)
  const status = JSON.parse(await succeed(['status', '--lab', name, '--json'])) as LabStatus
  const machines = status.machines.filter(({ level }) => level < 3 || !twoOnly)
  assert.deepEqual(
    machines.map((one) => [one.path, one.level, one.state, one.accelerator === 'kvm' || one.level === 1]),
    [
      ['outer', 1, 'ready', true],
      ['outer/inner', 2, 'ready', true],
      ['outer/inner/app', 3, 'ready', true],
    ].slice(0, twoOnly ? 2 : 3),
  )
  for (const { path } of machines) {
    const hostname = await succeed(['exec', '--lab', name, path, '--', 'hostname'])
    assert.equal(hostname.trim(), path.split('/').at(-1))
  }
  await succeed(['down', '--lab', name])
  assert.deepEqual(await leftovers(name), [])
  if (twoOnly) t.skip('the third level was not up in time on this machine; the two around it came up')
})
