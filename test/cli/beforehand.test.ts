/** What is said of a lab on this machine before anything starts: what it needs, and what it will not do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Desk, simulatedLab } from './command.ts'

const example = fileURLToPath(new URL('../../examples/rick-mur.lab.yaml', import.meta.url))

test('up of a lab with ESXi says what it needs: image, licence and provider', async () => {
  await using desk = await Desk.open()
  const { stderr } = await desk.expect(1, 'up', '-f', example)
  assert.match(stderr, /clusters\.compute-a \(esxi-a-1, esxi-a-2\)/)
  assert.match(stderr, /esxi-a-1, [^:]*: VMware ESXi 5\.5 .* needs the installer ISO and a licence/)
  assert.match(stderr, /esxi-a-1, [^:]*: .* no provider for esxi/)
  assert.match((await desk.expect(2, 'status')).stderr, /There is no lab on this machine/)
})

// In a home without images no accelerator is proven, so nothing boots for this.
test('the part of it that runs can be planned with --only', async () => {
  await using desk = await Desk.open()
  const { stdout } = await desk.expect(0, 'plan', '-f', example, '--only', 'kvm-*')
  for (const number of [1, 2, 3, 4]) {
    assert.match(stdout, new RegExp(`\\+ kvm-${number} +create, start, wait until ready`))
  }
  assert.doesNotMatch(stdout, /esxi/)
})

test('plan says which policies the bridges inside the hypervisors do not have', async () => {
  await using desk = await Desk.open()
  const web = 'web: { vlan: 10, security: { macChanges: reject } }'
  const text = simulatedLab.replace('site: sim', 'site: local').replace('web: { vlan: 10 }', web)
  await desk.write('demo.lab.yaml', text)
  const { stdout } = await desk.expect(0, 'plan')
  assert.match(stdout, /\nnote: demo: kvm-1, kvm-2: br0\/web: a guest that changes the MAC .* is not blocked/)
  await desk.write('demo.lab.yaml', simulatedLab.replace('site: sim', 'site: local'))
  assert.doesNotMatch((await desk.expect(0, 'plan')).stdout, /note:/)
})
