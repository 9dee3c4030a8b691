/** A machine inside a hypervisor inside a hypervisor, each on the KVM of the one around it. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LabStatus } from '#engine'
import { labFile, leftovers, succeed } from './command.ts'
import './alone.ts'

const example = fileURLToPath(new URL('../../examples/three-levels.lab.yaml', import.meta.url))
const name = 'test-three'

test('three levels come up from one file, and a command runs on each', async () => {
  const text = (await readFile(example, 'utf8')).replace('name: three-levels', `name: ${name}`)
  await using lab = await labFile(name, text)
  await succeed(['up', '-f', lab.file])
  const { machines } = JSON.parse(await succeed(['status', '--lab', name, '--json'])) as LabStatus
  assert.deepEqual(
    machines.map((one) => [one.path, one.level, one.state, one.accelerator === 'kvm' || one.level === 1]),
    [
      ['outer', 1, 'ready', true],
      ['outer/inner', 2, 'ready', true],
      ['outer/inner/app', 3, 'ready', true],
    ],
  )
  for (const { path } of machines) {
    const hostname = await succeed(['exec', '--lab', name, path, '--', 'hostname'])
    assert.equal(hostname.trim(), path.split('/').at(-1))
  }
  await succeed(['down', '--lab', name])
  assert.deepEqual(await leftovers(name), [])
})
