/** `nestlab check --fix`: changes what is safe, shows it first, and leaves every other byte as it was. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { needless, smallDisk, smallDiskOfTemplate } from './check-labs.ts'
import { Desk } from './command.ts'

async function deskWith(text: string): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('demo.lab.yaml', text)
  return desk
}

const textOf = (desk: Desk) => readFile(join(desk.folder, 'demo.lab.yaml'), 'utf8')

test('a fix leaves comments, layout and line ends as they were, byte by byte', async () => {
  for (const text of [smallDisk, smallDisk.replaceAll('\n', '\r\n'), `\ufeff${smallDisk}`]) {
    await using desk = await deskWith(text)
    const { stdout } = await desk.expect(0, 'check', '--fix', '--yes')
    assert.match(stdout, /✓ demo\.lab\.yaml is changed; no error or warning is left\./)
    const fixed = await textOf(desk)
    assert.equal(fixed, text.replace('bootDisk:   8GiB', 'bootDisk:   32GiB'))
    assert.notEqual(fixed, text)
    await desk.expect(0, 'check')
  }
})

test('--dry-run prints the difference alone and writes nothing', async () => {
  await using desk = await deskWith(smallDisk)
  const { stdout } = await desk.expect(1, 'check', '--fix', '--dry-run')
  assert.match(stdout, /^--- demo\.lab\.yaml\n\+\+\+ demo\.lab\.yaml\n@@ /)
  assert.match(stdout, /^\+ {8}bootDisk: {3}32GiB {3}# from another disk$/m)
  assert.equal(await textOf(desk), smallDisk)
})

test('without anybody to ask nothing is written, and on a terminal no is no', async () => {
  await using desk = await deskWith(smallDisk)
  assert.match((await desk.expect(2, 'check', '--fix')).stderr, /add --yes/)
  for (const [answer, code] of [
    ['n\n', 1],
    ['y\n', 0],
  ] as const) {
    const running = desk.startOnTerminal('nestlab check --fix')
    await running.printed('[y/N]')
    running.type(answer)
    assert.equal((await running.ended).code, code)
    assert.equal((await textOf(desk)) === smallDisk, code === 1)
  }
})

test('what an editor saved while the user was asked is not overwritten', async () => {
  await using desk = await deskWith(smallDisk)
  const running = desk.startOnTerminal('nestlab check --fix')
  await running.printed('[y/N]')
  await desk.write('demo.lab.yaml', `${smallDisk} saved meanwhile`)
  running.type('y\n')
  const { code, stdout } = await running.ended
  assert.equal(code, 1)
  assert.match(stdout, /lab-file-changed/)
  assert.equal(await textOf(desk), `${smallDisk} saved meanwhile`)
})

test('a template is changed only when --templates says so; what stands beside it is changed anyway', async () => {
  await using desk = await deskWith(smallDiskOfTemplate)
  const { stderr } = await desk.expect(1, 'check', '--fix', '--yes')
  assert.match(stderr, /templates\.esx\.bootDisk was not changed: .* With --templates it would be\./)
  const partly = smallDiskOfTemplate.replace('bootDisk: 16GiB', 'bootDisk: 32GiB')
  assert.equal(await textOf(desk), partly)
  await desk.expect(0, 'check', '--fix', '--yes', '--templates')
  assert.equal(await textOf(desk), partly.replace('bootDisk: 8GiB', 'bootDisk: 32GiB'))
})

test('a value that other places use by an alias is left alone, with the reason', async () => {
  const aliased = smallDiskOfTemplate
    .replace('extends: esx, bootDisk: 16GiB', 'extends: esx, bootDisk: &disk 16GiB')
    .concat('  third: { extends: esx, bootDisk: *disk }\n')
  await using desk = await deskWith(aliased)
  assert.match((await desk.expect(1, 'check', '--fix', '--yes')).stderr, /bootDisk was not changed: .*alias/)
  assert.equal(await textOf(desk), aliased)
})

test('findings without a safe fix are left, and said so', async () => {
  const misspelt = needless.replace('storage/boot-disk', 'storage/boot-dis')
  await using desk = await deskWith(misspelt)
  assert.match((await desk.expect(1, 'check', '--fix', '--yes')).stderr, /safe to write/)
  assert.equal(await textOf(desk), misspelt)
})

test('the document says what was changed, what was refused, and what is left', async () => {
  await using desk = await deskWith(smallDiskOfTemplate)
  const { fix } = (await desk.json(1, 'check', '--fix', '--yes')) as {
    fix: { written: boolean; made: unknown; refused: { inTemplate: boolean }[]; left: { rule: string }[] }
  }
  assert.equal(fix.written, true)
  assert.deepEqual(fix.made, [{ rule: 'storage/boot-disk', at: 'machines.other.bootDisk', value: '32GiB' }])
  assert.deepEqual(
    fix.refused.map(({ inTemplate }) => inTemplate),
    [true],
  )
  assert.equal(fix.left.filter(({ rule }) => rule === 'storage/boot-disk').length, 5)
})

test('only files are fixed, and only in forms that can show it', async () => {
  await using desk = await deskWith(smallDisk)
  assert.match((await desk.expect(2, 'check', '--fix', '--sarif')).stderr, /in text or in JSON/)
  assert.match((await desk.expect(2, 'check', '--fix', '--lab', 'x')).stderr, /instead of --lab/)
})
