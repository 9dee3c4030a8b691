/** `nestlab blueprint` as a command: what goes in, what comes out, and what is refused. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BlueprintFacts, UnpackedBlueprint } from '#cli'
import { entry, imageNamed, importDisk, labText, packHarm, qcow2, stateOf, textOf } from './blueprint-desk.ts'
import { Desk } from './command.ts'

async function handOver(from: Desk, to: Desk, file: string): Promise<void> {
  await copyFile(join(from.folder, file), join(to.folder, file))
}

test('a lab arrives elsewhere as it was packed: its text, its images by the same hash', async () => {
  await using here = await Desk.open()
  await using there = await Desk.open()
  const image = await importDisk(here, 'small')
  await here.write('a.lab.yaml', labText('small'))
  await here.expect(0, 'blueprint', 'pack', '-o', 'a.nestlab')
  await handOver(here, there, 'a.nestlab')
  const unpacked = (await there.json(0, 'blueprint', 'unpack', 'a.nestlab')) as UnpackedBlueprint
  assert.deepEqual(
    { ...unpacked, file: unpacked.file.slice(there.folder.length), digest: '' },
    { lab: 'shared', digest: '', file: '/shared/lab.yaml', isRunning: false, renamed: [], missing: [] },
  )
  assert.equal(await textOf(there, 'shared/lab.yaml'), labText('small'))
  assert.match(await textOf(there, 'shared/README.md'), /^# shared\n[\s\S]*nestlab up -f shared\/lab\.yaml/)
  assert.equal(await imageNamed(there, 'small'), image)
  await there.expect(0, 'image', 'verify')
  const left = (await stateOf(there)).filter((file) => !file.startsWith('images/'))
  assert.deepEqual(left, [])
  // The same again changes nothing; another name is a lab of its own.
  await there.expect(0, 'blueprint', 'unpack', 'a.nestlab')
  await there.expect(0, 'blueprint', 'unpack', 'a.nestlab', '--name', 'mine')
  assert.equal(await textOf(there, 'mine/lab.yaml'), labText('small', 'mine'))
  await writeFile(join(there.folder, 'shared/lab.yaml'), 'mine now')
  const refused = await there.expect(2, 'blueprint', 'unpack', 'a.nestlab')
  assert.match(refused.stderr, /shared\/lab\.yaml is there already/)
  assert.equal(await textOf(there, 'shared/lab.yaml'), 'mine now')
})

test('no name of an image changes what it means: others get names of their own', async () => {
  await using here = await Desk.open()
  await using there = await Desk.open()
  const theirs = await importDisk(here, 'small')
  const ours = await importDisk(there, 'small')
  await here.write('a.lab.yaml', labText('small'))
  await here.expect(0, 'blueprint', 'pack', '-o', 'a.nestlab')
  await handOver(here, there, 'a.nestlab')
  const { renamed } = (await there.json(0, 'blueprint', 'unpack', 'a.nestlab')) as UnpackedBlueprint
  const as = `small-${theirs.slice(0, 16)}`
  assert.deepEqual(renamed, [{ name: 'small', as }])
  assert.equal(await imageNamed(there, 'small'), ours)
  assert.equal(await imageNamed(there, as), theirs)
  assert.match(await textOf(there, 'shared/lab.yaml'), new RegExp(`image: ${as}\n`))
  await there.expect(0, 'show', '-f', 'shared/lab.yaml')
})

test('an image that is called like one of Nestlab never becomes that', async () => {
  await using desk = await Desk.open()
  const files = { vmlinux: Buffer.from('k'), initrd: Buffer.from('i') }
  await packHarm(desk, 'a.nestlab', { images: [{ name: 'tiny', guest: 'tiny', files }] })
  const { renamed } = (await desk.json(0, 'blueprint', 'unpack', 'a.nestlab')) as UnpackedBlueprint
  assert.equal(renamed[0]?.name, 'tiny')
  assert.equal(await imageNamed(desk, 'tiny'), 'none')
})

test('thin blueprints and licences: what is not in one is named, and asked for where it is missing', async () => {
  await using here = await Desk.open()
  await using there = await Desk.open()
  const image = await importDisk(here, 'windows-2022')
  await here.write('a.lab.yaml', labText('windows-2022'))
  for (const [options, why] of [
    [[], 'licence'],
    [['--thin'], 'licence'],
  ] as const) {
    await here.expect(0, 'blueprint', 'pack', '-o', 'a.nestlab', '--replace', ...options)
    const facts = (await here.json(0, 'blueprint', 'inspect', 'a.nestlab')) as BlueprintFacts
    assert.deepEqual(facts.images, [{ name: 'windows-2022', sha256: image, isThere: false }])
    await handOver(here, there, 'a.nestlab')
    const { missing } = (await there.json(0, 'blueprint', 'unpack', 'a.nestlab')) as UnpackedBlueprint
    assert.deepEqual(missing, [{ name: 'windows-2022', sha256: image, why }])
  }
  await importDisk(here, 'small')
  await here.write('a.lab.yaml', labText('small'))
  const whole = (await here.json(0, 'blueprint', 'pack', '-o', 'whole.nestlab')) as { bytes: number }
  const thin = (await here.json(0, 'blueprint', 'pack', '-o', 'thin.nestlab', '--thin')) as { bytes: number }
  assert.ok(thin.bytes < 4096 && whole.bytes > 65_536)
})

test('signed blueprints, a folder with several, and what was changed on the way', async () => {
  await using desk = await Desk.open()
  await importDisk(desk, 'small')
  await desk.write('a.lab.yaml', labText('small'))
  for (const name of ['team', 'other']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    await desk.write(`${name}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    await desk.write(`${name}.pub`, publicKey.export({ type: 'spki', format: 'pem' }).toString())
  }
  await desk.expect(0, 'blueprint', 'pack', '-o', 'a.nestlab', '--sign', 'team.key')
  await desk.expect(0, 'blueprint', 'push', 'a.nestlab', 'oci:layout:v1')
  await desk.expect(0, 'blueprint', 'pull', 'oci:layout:v1', '-o', 'b.nestlab', '--key', 'team.pub')
  assert.deepEqual(
    await readFile(join(desk.folder, 'b.nestlab')),
    await readFile(join(desk.folder, 'a.nestlab')),
  )
  await desk.expect(0, 'blueprint', 'inspect', 'b.nestlab', '--key', 'team.pub')
  const other = await desk.expect(1, 'blueprint', 'unpack', 'b.nestlab', '--key', 'other.pub', '--name', 'x')
  assert.match(other.stderr, /signature-missing/)
  const bytes = await readFile(join(desk.folder, 'a.nestlab'))
  bytes.writeUInt8(bytes.readUInt8(20_000) ^ 1, 20_000)
  await writeFile(join(desk.folder, 'a.nestlab'), bytes)
  await using there = await Desk.open()
  await handOver(desk, there, 'a.nestlab')
  const changed = await there.expect(1, 'blueprint', 'unpack', 'a.nestlab')
  assert.match(changed.stderr, /blueprint-tampered/)
  assert.deepEqual(await stateOf(there), [])
  await assert.rejects(textOf(there, 'shared/lab.yaml'))
})

const disk = (content: Uint8Array) => [{ name: 'evil', guest: 'cloud', files: { 'disk.qcow2': content } }]
const refusals = [
  [
    'a disk on top of a file of this machine',
    { images: disk(qcow2({ backing: '/etc/shadow' })) },
    /backing file/,
  ],
  ['a disk with its data elsewhere', { images: disk(qcow2({ features: 4n })) }, /data-file/],
  ['a disk of another format than it says', { images: disk(Buffer.alloc(4096)) }, /another format/],
  ['a lab file that is none', { lab: 'nestlab: 1\nname: shared\nmachines: 7\n' }, /blueprint-lab-wrong/],
  [
    'a lab with images outside its folder',
    { lab: labText("{ file: ../../x, sha256: '0' }") },
    /blueprint-lab-wrong/,
  ],
  ['another lab than is announced', { lab: labText('tiny', 'another') }, /not the one that is announced/],
  ['a note that is none', { note: { images: 'all' } }, /no note of Nestlab/],
  [
    'an image that is not what its hash says',
    {
      note: { images: [{ name: 'evil', sha256: 'a'.repeat(64), redistributable: true }] },
      more: [entry(`images/${'a'.repeat(64)}/manifest.json`, '{}')],
    },
    /image-damaged/,
  ],
] as const

for (const [what, harm, told] of refusals)
  test(`refused, with nothing taken in: ${what}`, async () => {
    await using desk = await Desk.open()
    await packHarm(desk, 'a.nestlab', harm)
    const refused = await desk.run(['blueprint', 'unpack', 'a.nestlab'])
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, told)
    assert.deepEqual(await stateOf(desk), [])
    await assert.rejects(textOf(desk, 'shared/lab.yaml'))
  })

test('what nobody asked for is not unpacked', async () => {
  await using desk = await Desk.open()
  const more = [entry('bin/evil', '#!/bin/sh'), entry(`images/${'b'.repeat(64)}/disk.raw`, 'x')]
  await packHarm(desk, 'a.nestlab', { more })
  await desk.expect(0, 'blueprint', 'unpack', 'a.nestlab')
  assert.deepEqual(await stateOf(desk), [])
})

test('more than is allowed is refused before anything is written', async () => {
  await using desk = await Desk.open()
  await packHarm(desk, 'a.nestlab', {
    images: [{ name: 'big', guest: 'cloud', files: { 'disk.raw': Buffer.alloc(2 ** 22) } }],
  })
  const refused = await desk.expect(1, 'blueprint', 'unpack', 'a.nestlab', '--max-bytes', '1000000')
  assert.match(refused.stderr, /blueprint-too-large/)
  assert.deepEqual(await stateOf(desk), [])
})

test('killed while packing and unpacking: the next command goes on, and nothing is left', async () => {
  await using desk = await Desk.open()
  await importDisk(desk, 'big', 96 * 1024 * 1024)
  await desk.write('a.lab.yaml', labText('big'))
  await using there = await Desk.open()
  const cut = async (on: Desk, word: RegExp, ...args: readonly string[]) => {
    const running = on.start(args)
    await running.printed(word)
    running.child.kill('SIGKILL')
    await running.ended
  }
  await cut(desk, /disk\.raw: packing/, 'blueprint', 'pack', '-o', 'a.nestlab')
  await assert.rejects(readFile(join(desk.folder, 'a.nestlab')))
  await desk.expect(0, 'blueprint', 'pack', '-o', 'a.nestlab')
  await assert.rejects(readFile(join(desk.folder, 'a.nestlab.part')))
  await handOver(desk, there, 'a.nestlab')
  await cut(there, /disk\.raw: unpacking/, 'blueprint', 'unpack', 'a.nestlab')
  assert.ok((await stateOf(there)).some((file) => file.startsWith('scratch/blueprint-')))
  assert.equal(await imageNamed(there, 'big'), 'none')
  await there.expect(0, 'blueprint', 'unpack', 'a.nestlab')
  await there.expect(0, 'image', 'verify')
  assert.deepEqual(
    (await stateOf(there)).filter((file) => file.startsWith('scratch/')),
    [],
  )
})
