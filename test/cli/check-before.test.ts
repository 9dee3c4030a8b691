/** `up` and `plan` ask the rules first: what cannot work is not begun, unless it is accepted by name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Desk, simulatedLab } from './command.ts'

/** Answers to the machines inside are lost at the switch outside. */
const lossy = simulatedLab.replace('promiscuous: accept', 'promiscuous: reject')

/** Beside two hypervisors that work, one whose machine does not fit. */
const crowded = `${simulatedLab}  old:
    image: kvm-node
    memory: 448MiB
    hypervisor: { product: kvm, machines: { vm: { image: tiny, memory: 512MiB } } }
`

async function deskWith(text: string): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('demo.lab.yaml', text)
  return desk
}

test('up refuses a lab with errors by the names of the rules, and starts nothing', async () => {
  await using desk = await deskWith(lossy)
  const { stdout, stderr } = await desk.expect(1, 'up')
  assert.equal(stdout, '')
  assert.match(stderr, /^error: .* \(network\/promiscuous, demo\.lab\.yaml:\d+:\d+\)$/m)
  assert.match(stderr, /breaks network\/promiscuous\. \(rules-broken\)\n.*--accept network\/promiscuous$/m)
  assert.match((await desk.expect(2, 'status')).stderr, /There is no lab/)
  const { error } = (await desk.json(1, 'up')) as { error: { code: string } }
  assert.equal(error.code, 'rules-broken')
})

test('--accept names the rules that may be broken, and nothing but rules', async () => {
  await using desk = await deskWith(lossy)
  assert.match((await desk.expect(2, 'up', '--accept', 'promiscous')).stderr, /Is network\/promiscuous meant/)
  await desk.expect(1, 'up', '--accept', 'network/mtu')
  const { stderr } = await desk.expect(0, 'up', '--accept', 'network/mtu, network/promiscuous')
  assert.doesNotMatch(stderr, /network\/promiscuous/)
  await desk.expect(0, 'down')
})

test('what the file accepts with a reason does not stop up', async () => {
  const reason = 'suppress: [{ rule: network/promiscuous, reason: the loss is to be seen }]\n'
  await using desk = await deskWith(lossy + reason)
  await desk.expect(0, 'up')
  await desk.expect(0, 'down')
})

test('with --only, machines that are left out stop nothing', async () => {
  await using desk = await deskWith(crowded)
  assert.match((await desk.expect(1, 'up')).stderr, /breaks memory\/inner-fit\./)
  const { stderr } = await desk.expect(0, 'up', '--only', 'kvm-*')
  assert.doesNotMatch(stderr, /inner-fit/)
  await desk.expect(0, 'down')
})

test('warnings are told shortly and stop nothing', async () => {
  await using desk = await deskWith(simulatedLab.replace('memory: 512MiB', 'memory: 320MiB'))
  const { stderr } = await desk.expect(0, 'up')
  assert.match(
    stderr,
    /^warning: .*kvm-1.* \(found at: kvm-1, kvm-2\) \(memory\/minimum, demo\.lab\.yaml:\d+:\d+\)$/m,
  )
  await desk.expect(0, 'down')
})

test('plan tells the same and goes on', async () => {
  await using desk = await deskWith(lossy)
  const { stdout, stderr } = await desk.expect(0, 'plan')
  assert.match(stderr, /^error: .*\(network\/promiscuous, /m)
  assert.match(stdout, /\+ kvm-1/)
})
