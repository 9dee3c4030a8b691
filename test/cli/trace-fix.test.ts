/** `nestlab trace --fix`: shows what it changes, asks, and never changes what it was not told to. */
import assert from 'node:assert/strict'
import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Desk, simulatedLab } from './command.ts'

const closed = simulatedLab.replace('promiscuous: accept, ', '')
const asked = ['trace', 'kvm-1/web', 'kvm-2/web', '--fix'] as const

async function deskWith(text: string): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('demo.lab.yaml', text)
  return desk
}

const textOf = (desk: Desk) => readFile(join(desk.folder, 'demo.lab.yaml'), 'utf8')

test('a trace that fails proposes the smallest fix and changes nothing', async () => {
  await using desk = await deskWith(closed)
  const { stdout } = await desk.expect(1, 'trace', 'kvm-1/web', 'kvm-2/web')
  assert.match(
    stdout,
    /smallest fix[\s\S]*switches\.vSwitch0\.portgroups\.trunk\.security\.promiscuous: accept/,
  )
  assert.match(stdout, /every VM in vSwitch0\/trunk may listen/)
  assert.equal(await textOf(desk), closed)
})

test('--dry-run prints the difference alone', async () => {
  await using desk = await deskWith(closed)
  const { stdout } = await desk.expect(1, ...asked, '--dry-run')
  assert.match(stdout, /^--- demo\.lab\.yaml\n\+\+\+ demo\.lab\.yaml\n@@ /)
  assert.match(stdout, /^\+ .*forgedTransmits: accept, promiscuous: accept/m)
  assert.equal(await textOf(desk), closed)
})

test('--yes writes the change, keeps the rights of the file, and the frame arrives afterwards', async () => {
  await using desk = await deskWith(closed)
  const file = join(desk.folder, 'demo.lab.yaml')
  await chmod(file, 0o640)
  await desk.expect(0, ...asked, '--yes')
  assert.equal(
    await textOf(desk),
    closed.replace('forgedTransmits: accept', 'forgedTransmits: accept, promiscuous: accept'),
  )
  assert.equal((await stat(file)).mode & 0o777, 0o640)
  assert.match((await desk.expect(0, ...asked)).stdout, /reached/)
})

test('without anybody to ask nothing is written', async () => {
  await using desk = await deskWith(closed)
  assert.match((await desk.expect(2, ...asked)).stderr, /add --yes/)
  assert.equal(await textOf(desk), closed)
})

test('on a terminal the user is asked first, and no is no', async () => {
  await using desk = await deskWith(closed)
  for (const [answer, code] of [
    ['\n', 1],
    ['n\n', 1],
    ['y\n', 0],
  ] as const) {
    const running = desk.startOnTerminal(`nestlab ${asked.join(' ')}`)
    await running.printed('[y/N]')
    running.type(answer)
    assert.equal((await running.ended).code, code)
    assert.equal((await textOf(desk)) === closed, code === 1)
  }
})

test('what an editor saved while the user was asked is not overwritten', async () => {
  await using desk = await deskWith(closed)
  const running = desk.startOnTerminal(`nestlab ${asked.join(' ')}`)
  await running.printed('[y/N]')
  await desk.write('demo.lab.yaml', `${closed}# saved meanwhile\n`)
  running.type('y\n')
  const { code, stdout } = await running.ended
  assert.equal(code, 1)
  assert.match(stdout, /lab-file-changed/)
  assert.equal(await textOf(desk), `${closed}# saved meanwhile\n`)
})

test('a template is changed only when --templates says so', async () => {
  const templated = closed
    .replace('machines:\n  kvm:\n    count: 2', 'templates:\n  node:')
    .replace(/uplinks: \[nic0\]/, 'uplinks: []')
    .replace('forgedTransmits: accept', 'forgedTransmits: accept, promiscuous: accept')
    .concat('machines:\n  kvm: { count: 2, extends: node }\n')
  await using desk = await deskWith(templated)
  assert.match((await desk.expect(1, ...asked, '--yes')).stderr, /--templates/)
  assert.equal(await textOf(desk), templated)
  await desk.expect(0, ...asked, '--yes', '--templates')
  assert.match(await textOf(desk), /uplinks: \[nic0\]/)
})

test('a lab that is a program is not edited', async () => {
  await using desk = await Desk.open()
  await desk.write(
    'a.lab.mjs',
    `export const lab = ${JSON.stringify({ nestlab: 1, name: 'a', machines: { b: { image: 'tiny' }, c: { image: 'tiny' } } })}`,
  )
  const { stderr } = await desk.expect(1, 'trace', 'b', 'c', '-f', 'a.lab.mjs', '--fix', '--yes')
  assert.match(stderr, /fix-refused/)
})

test('--json carries the fixes with what they open', async () => {
  await using desk = await deskWith(closed)
  const { fixes } = (await desk.json(1, 'trace', 'kvm-1/web', 'kvm-2/web')) as {
    fixes: readonly {
      changes: readonly { path: readonly string[]; value: string }[]
      opens: { listeners: number }
    }[]
  }
  assert.deepEqual(
    fixes[0]?.changes.map(({ path, value }) => [path.at(-1), value]),
    [['promiscuous', 'accept']],
  )
  assert.equal(fixes[0]?.opens.listeners, 2)
})
