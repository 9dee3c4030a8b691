/** What the command line says to someone who types something wrong, or asks for help. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandTree, verbs } from '#cli'
import { sampleOf } from '../sample.ts'
import { Desk } from './command.ts'

test('every verb explains itself with examples', async () => {
  await using desk = await Desk.open()
  for (const { words } of sampleOf(commandTree(verbs), 4)) {
    const { stdout } = await desk.expect(0, ...words, '--help')
    assert.match(stdout, /\nExamples:\n {2}\$ .*nestlab /, words.join(' '))
  }
})

test('the program’s help lists every verb', async () => {
  await using desk = await Desk.open()
  const { stdout } = await desk.expect(0, '--help')
  for (const verb of verbs) assert.match(stdout, new RegExp(`^ {2}${verb.name} `, 'm'))
})

test('--version prints the version of package.json', async () => {
  await using desk = await Desk.open()
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.equal((await desk.expect(0, '--version')).stdout, `${manifest.version}\n`)
})

const wrongLines: readonly (readonly [line: string, says: RegExp])[] = [
  ['', /Usage: nestlab/],
  ['image', /Usage: nestlab image/],
  ['stauts', /Did you mean status\?/],
  ['image bild', /Did you mean build\?/],
  ['up --onyl kvm-1', /Did you mean --only\?/],
  ['up demo.lab.yaml', /There is no file .*demo\.lab\.yaml/],
  ['up demo.lab.yaml -f other.lab.yaml', /named twice/],
  ['status demo.lab.yaml', /Too many arguments/],
  ['up --parallel many', /--parallel is a number from 1 to 64, not "many"/],
  ['up --only ,', /--only names no machine/],
  ['exec', /Missing required argument 'path'/],
  ['exec kvm-1 --', /No command behind the path/],
  ['exec kvm-1 --lab demo uptime', /--lab is no program; options stand before the path/],
  ['logs kvm-1 --kib 0', /--kib is a number/],
  ['completion tcsh', /only for bash, zsh, fish/],
  ['ssh kvm-1', /for a person at a terminal/],
  ['console kvm-1', /for a person at a terminal/],
  ['ssh kvm-1 --all', /Unknown option '--all'/],
  ['check', /There is no lab file/],
  ['check -f none.lab.yaml', /There is no file .*none\.lab\.yaml/],
  ['up -f none.lab.ts', /There is no file .*none\.lab\.ts/],
  ['status', /There is no lab on this machine/],
  ['down --lab other', /There is no lab named other/],
  ['init Wrong_Name', /no name for a lab/],
]

for (const [line, says] of wrongLines) {
  test(`nestlab ${line || '(nothing)'} exits with 2 and says what would be right`, async () => {
    await using desk = await Desk.open()
    const { stdout, stderr } = await desk.expect(2, ...line.split(' ').filter((word) => word !== ''))
    assert.match(stderr, says)
    assert.equal(stdout, '')
    assert.doesNotMatch(stderr, /^\s+at .*:\d+/m, 'a stack trace')
  })
}

test('with --json a failure is one JSON document on standard output', async () => {
  await using desk = await Desk.open()
  const answer = await desk.json(2, 'status')
  assert.deepEqual(answer, {
    error: {
      code: 'no-lab',
      text: 'There is no lab on this machine.',
      next: 'Bring one up with: nestlab up -f FILE',
      exit: 2,
    },
  })
})

test('--debug adds the stack trace', async () => {
  await using desk = await Desk.open()
  assert.match((await desk.expect(2, 'status', '--debug')).stderr, /\n\s+at .*:\d+/)
})

test('several lab files in a folder are not chosen from by chance', async () => {
  await using desk = await Desk.open()
  await desk.write('a.lab.yaml', 'nestlab: 1\n')
  await desk.write('b.lab.yaml', 'nestlab: 1\n')
  assert.match((await desk.expect(2, 'check')).stderr, /a\.lab\.yaml, b\.lab\.yaml[\s\S]*-f a\.lab\.yaml/)
})

test('a TypeScript lab file runs only when it is named', async () => {
  await using desk = await Desk.open()
  const lab = "{ nestlab: 1, name: 'typed', site: 'sim', machines: { one: { image: 'tiny' } } }"
  await desk.write('typed.lab.ts', `export const lab = ${lab}\n`)
  assert.match((await desk.expect(2, 'check')).stderr, /There is no lab file/)
  assert.match((await desk.expect(0, 'check', '-f', 'typed.lab.ts')).stdout, /describes the lab typed/)
})

test('init writes a lab file that check accepts, and never over another', async () => {
  await using desk = await Desk.open()
  await desk.expect(0, 'init', 'first')
  await desk.expect(0, 'check')
  const before = await readFile(join(desk.folder, 'first.lab.yaml'), 'utf8')
  assert.match((await desk.expect(2, 'init', 'first')).stderr, /exists already/)
  assert.equal(await readFile(join(desk.folder, 'first.lab.yaml'), 'utf8'), before)
})

test('everything wrong with a lab file is told at once, with its place, and exits with 1', async () => {
  await using desk = await Desk.open()
  await desk.write('bad.lab.yaml', 'nestlab: 1\nname: bad\nmachines:\n  one: { imgae: tiny, cpus: none }\n')
  const { stderr } = await desk.expect(1, 'check')
  assert.match(stderr, /bad\.lab\.yaml:4:/)
  assert.match(stderr, /imgae/)
  assert.match(stderr, /cpus/)
  const answer = (await desk.json(1, 'check')) as { ok: boolean; problems: readonly { line: number }[] }
  assert.equal(answer.ok, false)
  assert.ok(answer.problems.length >= 2)
  assert.ok(answer.problems.every((problem) => problem.line === 4))
})

test('a reader that leaves early ends the command quietly', async () => {
  await using desk = await Desk.open()
  const running = desk.start(['schema'])
  running.child.stdout?.once('data', () => running.child.stdout?.destroy())
  const { stderr } = await running.ended
  assert.equal(stderr, '')
})
