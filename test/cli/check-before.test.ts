/** `up` and `plan` ask the rules first: what cannot work is not begun, unless it is accepted by name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Desk, simulatedLab } from './command.ts'

/** Beside two hypervisors that work, one that cannot, all on the simulated site. */
const broken = simulatedLab.concat(
  '  old:\n    image: kvm-node\n    memory: 512MiB\n    nics: [{ portgroup: trunk }]\n    hypervisor: { product: kvm }\n',
  'suppress:\n  - { rule: storage/boot-dsk, reason: it was misspelt }\n',
)

async function deskWith(text: string): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('demo.lab.yaml', text)
  return desk
}

test('up refuses a lab with errors by the names of the rules, and starts nothing', async () => {
  await using desk = await deskWith(broken)
  const { stderr } = await desk.expect(1, 'up')
  assert.match(stderr, /^error: .* \(file\/unknown-rule, demo\.lab\.yaml:\d+:\d+\)$/m)
  assert.match(stderr, /breaks file\/unknown-rule\. \(rules-broken\)\n.*--accept file\/unknown-rule/)
  assert.match((await desk.expect(2, 'status')).stderr, /There is no lab/)
  const { error } = (await desk.json(1, 'up')) as { error: { code: string } }
  assert.equal(error.code, 'rules-broken')
})

test('--accept names the rules that may be broken, and nothing but rules', async () => {
  await using desk = await deskWith(broken)
  assert.match(
    (await desk.expect(2, 'up', '--accept', 'file/unknwn-rule')).stderr,
    /Is file\/unknown-rule meant/,
  )
  await desk.expect(1, 'up', '--accept', 'storage/boot-disk')
  await desk.expect(0, 'up', '--accept', 'storage/boot-disk, file/unknown-rule')
  await desk.expect(0, 'down')
})

test('what the file accepts does not stop up', async () => {
  await using desk = await deskWith(
    broken
      .concat('  - { rule: file/unknown-rule, reason: only for a moment }\n')
      .replace('storage/boot-dsk', 'file/unknown-rule'),
  )
  await desk.expect(0, 'up')
  await desk.expect(0, 'down')
})

test('plan tells the same and goes on', async () => {
  await using desk = await deskWith(broken)
  const { stdout, stderr } = await desk.expect(0, 'plan')
  assert.match(stderr, /^error: .*\(file\/unknown-rule, /m)
  assert.match(stdout, /\+ kvm-1/)
})
