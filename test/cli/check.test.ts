/** `nestlab check`: problems first, then findings with their places, for people and as one document. */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { needless, smallDisk, smallDiskOfTemplate } from './check-labs.ts'
import { Desk, simulatedLab } from './command.ts'

async function deskWith(text: string): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('demo.lab.yaml', text)
  return desk
}

interface Document {
  readonly file: string
  readonly ok: boolean
  readonly lab: string
  readonly problems: readonly { readonly line: number }[]
  readonly findings: readonly {
    readonly rule: string
    readonly severity: string
    readonly at: string
    readonly place: { readonly line: number; readonly column: number; readonly at: string }
    readonly why: string
    readonly sources: readonly { readonly title: string; readonly asOf: string }[]
    readonly edits: readonly { readonly at: string; readonly value: unknown }[]
  }[]
  readonly suppressed: readonly { readonly rule: string; readonly reason: string }[]
}

test('a good lab gets one line', async () => {
  await using desk = await deskWith(simulatedLab)
  const { stdout, stderr } = await desk.expect(0, 'check')
  assert.equal(stdout, `✓ ${join(desk.folder, 'demo.lab.yaml')} describes the lab demo.\n`)
  assert.equal(stderr, '')
})

test('an error is told with its place, its rule and its fix, and the exit code is 1', async () => {
  await using desk = await deskWith(smallDisk)
  const { stdout } = await desk.expect(1, 'check')
  assert.match(
    stdout,
    /^demo\.lab\.yaml:8:9 {2}machines\.esx\.bootDisk\nerror: .*8GiB.*32GiB.* \(storage\/boot-disk\)\nfix: /m,
  )
  assert.match(stdout, /^1 error.* in demo\.lab\.yaml/m)
  assert.match(stdout, /--explain RULE/)
})

test('machines of one count are told once, with their names', async () => {
  await using desk = await deskWith(smallDiskOfTemplate)
  const { stdout } = await desk.expect(1, 'check')
  assert.match(
    stdout,
    /^demo\.lab\.yaml:6:5 {2}templates\.esx\.bootDisk\n.*\nfound at: esx-1, esx-2 and 3 more$/m,
  )
  assert.equal(stdout.match(/storage\/boot-disk/g)?.length, 2, 'one for the template, one for its own disk')
})

test('problems of the file come first, and then nothing else', async () => {
  await using desk = await deskWith(smallDisk.replace('name: small', 'name: 5'))
  const { stdout, stderr } = await desk.expect(1, 'check')
  assert.equal(stdout, '')
  assert.match(stderr, /demo\.lab\.yaml:3:/)
  assert.doesNotMatch(stderr, /boot-disk/)
  const answer = (await desk.json(1, 'check')) as Document
  assert.deepEqual([answer.ok, answer.problems.length, answer.findings], [false, 1, undefined])
})

test('advice is counted, told when asked for, and no reason to fail', async () => {
  await using desk = await deskWith(needless)
  const { stdout } = await desk.expect(0, 'check')
  assert.match(stdout, /^✓ .*\n {2}1 piece of advice more with --severity advice\n$/)
  const asked = await desk.expect(0, 'check', '--severity', 'advice')
  assert.match(asked.stdout, /^advice: .*\(file\/needless-suppression\)$/m)
  assert.match((await desk.expect(2, 'check', '--severity', 'all')).stderr, /error, warning or advice/)
})

test('what the file accepts with a reason is counted, and found in the document', async () => {
  const accepted = `${smallDiskOfTemplate}suppress: [{ rule: storage/boot-disk, reason: nobody installs it }]\n`
  await using desk = await deskWith(accepted)
  const { stdout } = await desk.expect(0, 'check')
  assert.match(stdout, /6 findings are accepted in the file/)
  const answer = (await desk.json(0, 'check')) as Document
  assert.deepEqual(
    answer.suppressed.map(({ rule, reason }) => [rule, reason]),
    Array.from({ length: 6 }, () => ['storage/boot-disk', 'nobody installs it']),
  )
})

test('the document has every finding with place, reason, sources and edits', async () => {
  await using desk = await deskWith(smallDiskOfTemplate)
  const { ok, lab, findings } = (await desk.json(1, 'check')) as Document
  assert.deepEqual([ok, lab], [false, 'templated'])
  const disks = findings.filter(({ rule }) => rule === 'storage/boot-disk')
  assert.deepEqual(
    disks.map(({ at }) => at),
    [1, 2, 3, 4, 5].map((number) => `machines.esx-${number}.bootDisk`).concat('machines.other.bootDisk'),
  )
  const [first] = disks
  assert.deepEqual([first?.place.line, first?.place.at], [6, 'templates.esx.bootDisk'])
  assert.ok(first && first.why.length > 20 && first.sources.length > 0)
  assert.match(first.sources[0]?.asOf ?? '', /^\d{4}-\d\d-\d\d$/)
  assert.deepEqual(first.edits, [{ at: 'machines.esx-1.bootDisk', value: '32GiB' }])
})

test('several files are checked one after the other; one with errors makes the exit code 1', async () => {
  await using desk = await deskWith(simulatedLab)
  await mkdir(join(desk.folder, 'labs'))
  await desk.write('labs/small.lab.yaml', smallDisk)
  const { stdout } = await desk.expect(1, 'check', 'demo.lab.yaml', 'labs/small.lab.yaml')
  assert.match(stdout, /^✓ .*demo\.lab\.yaml describes[^\n]*\n\nlabs\/small\.lab\.yaml:8:9 /)
  const answer = (await desk.json(1, 'check', 'demo.lab.yaml', 'labs/small.lab.yaml')) as {
    ok: boolean
    files: readonly Document[]
  }
  assert.deepEqual(
    answer.files.map(({ ok, lab }) => [ok, lab]),
    [
      [true, 'demo'],
      [false, 'small'],
    ],
  )
  await desk.expect(0, 'check', 'demo.lab.yaml', '-f', 'demo.lab.yaml')
  assert.match((await desk.expect(2, 'check', 'nowhere.lab.yaml')).stderr, /no file .*nowhere\.lab\.yaml/)
})

test('a lab that is a program is run only when -f names it', async () => {
  await using desk = await Desk.open()
  await desk.write(
    'a.lab.mjs',
    `export const lab = { nestlab: 1, name: 'a', machines: { b: { image: 'tiny' } } }`,
  )
  assert.match((await desk.expect(2, 'check', 'a.lab.mjs')).stderr, /named with -f/)
  assert.match((await desk.expect(0, 'check', '-f', 'a.lab.mjs')).stdout, /describes the lab a/)
})

test('a lab is checked as it was last brought up, without places', async () => {
  await using desk = await deskWith(needless)
  await desk.expect(0, 'up')
  assert.match(
    (await desk.expect(0, 'check', '--lab', 'needless')).stdout,
    /^✓ the lab needless breaks no rule/,
  )
  const { stdout } = await desk.expect(0, 'check', '--lab', 'needless', '--severity', 'advice')
  assert.match(stdout, /^the lab needless {2}suppress\[0\]\nadvice: /)
  assert.match((await desk.expect(2, 'check', '--lab', 'other')).stderr, /no lab named other/)
  await desk.expect(0, 'down')
})

test('a rule is explained with its reason, its sources and their days', async () => {
  await using desk = await Desk.open()
  const { stdout } = await desk.expect(0, 'check', '--explain', 'storage/boot-disk')
  assert.match(stdout, /^storage\/boot-disk {2}error\n/)
  assert.match(stdout, /\nversions: .*ESXi 7\.0/)
  assert.match(stdout, /\nstatements of the articles: .*R090/)
  assert.match(stdout, /\nsources:\n {2}.* as of \d{4}-\d\d-\d\d\)\n/)
  const rule = (await desk.json(0, 'check', '--explain', 'storage/boot-disk')) as { id: string; why: string }
  assert.equal(rule.id, 'storage/boot-disk')
})

test('all rules are a table, and a wrong id is answered with the nearest', async () => {
  await using desk = await Desk.open()
  const { stdout } = await desk.expect(0, 'check', '--explain')
  assert.match(stdout, /^storage\/boot-disk +error +A hypervisor boots/m)
  assert.equal((await desk.expect(0, 'check', '--explain', 'list')).stdout, stdout)
  const rules = (await desk.json(0, 'check', '--explain', 'list')) as readonly { id: string }[]
  assert.ok(rules.every(({ id }) => stdout.includes(id)))
  for (const wrong of ['storage/bootdisk', 'boot-disk', 'store/boot-disc'])
    assert.match(
      (await desk.expect(2, 'check', '--explain', wrong)).stderr,
      /Is storage\/boot-disk meant\?/,
      wrong,
    )
})
