/** What `nestlab check` prints for code hosts and pipelines, and that no lab file can speak to them itself. */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostile, needless, smallDisk, smallDiskOfTemplate } from './check-labs.ts'
import { Desk } from './command.ts'
import { sarifFaults } from './sarif-form.ts'

interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
      readonly results: readonly {
        readonly ruleId: string
        readonly level: string
        readonly message: { readonly text: string }
        readonly suppressions?: readonly { readonly justification: string }[]
        readonly locations: readonly [
          {
            readonly physicalLocation?: {
              readonly artifactLocation: { readonly uri: string }
              readonly region: Readonly<Record<string, number>>
            }
          },
        ]
      }[]
    },
  ]
}

async function sarifOf(desk: Desk, code: number, ...args: readonly string[]): Promise<Sarif['runs'][0]> {
  const { stdout } = await desk.expect(code, 'check', '--sarif', ...args)
  const log = JSON.parse(stdout)
  assert.deepEqual(sarifFaults(log), [])
  return (log as Sarif).runs[0]
}

test('findings are SARIF with rule, level, place and what is accepted', async () => {
  await using desk = await Desk.open()
  await mkdir(join(desk.folder, 'my labs'))
  await desk.write('my labs/100%.lab.yaml', smallDisk)
  await desk.write('needless.lab.yaml', needless)
  const accepted = `${smallDiskOfTemplate}suppress: [{ rule: storage/boot-disk, reason: nobody installs it }]\n`
  await desk.write('accepted.lab.yaml', accepted)
  await desk.write('wrong.lab.yaml', smallDisk.replace('name: small', 'name: 5'))
  const files = ['my labs/100%.lab.yaml', 'needless.lab.yaml', 'accepted.lab.yaml', 'wrong.lab.yaml']
  const { results } = await sarifOf(desk, 1, ...files)
  const disks = results.filter(({ ruleId }) => ruleId === 'storage/boot-disk')
  assert.deepEqual(
    disks.map(({ level, locations: [{ physicalLocation }], suppressions }) => [
      level,
      physicalLocation?.artifactLocation.uri,
      physicalLocation?.region.startLine,
      physicalLocation?.region.startColumn,
      suppressions?.[0]?.justification,
    ]),
    [
      ['error', 'my%20labs/100%25.lab.yaml', 8, 9, undefined],
      ['error', 'accepted.lab.yaml', 6, 5, 'nobody installs it'],
      ['error', 'accepted.lab.yaml', 10, 26, 'nobody installs it'],
    ],
  )
  assert.ok(results.some(({ ruleId, level }) => ruleId === 'file/needless-suppression' && level === 'note'))
  const [problem] = results.filter(({ ruleId }) => ruleId === 'file/problem')
  assert.deepEqual(problem?.locations[0].physicalLocation?.region, {
    startLine: 3,
    startColumn: 7,
    endColumn: 8,
  })
})

test('a file outside the folder has a whole address in SARIF, and a lab that was brought up none', async () => {
  await using desk = await Desk.open()
  await mkdir(join(desk.folder, 'inside'))
  await desk.write('needless.lab.yaml', needless)
  await desk.expect(0, 'up')
  const recorded = await sarifOf(desk, 0, '--lab', 'needless')
  assert.deepEqual(
    recorded.results.map(({ ruleId, locations }) => [ruleId, locations[0].physicalLocation]),
    [['file/needless-suppression', undefined]],
  )
  await desk.expect(0, 'down')
  await using elsewhere = await Desk.open()
  const outside = await sarifOf(elsewhere, 0, join(desk.folder, 'needless.lab.yaml'))
  assert.match(outside.results[0]?.locations[0].physicalLocation?.artifactLocation.uri ?? '', /^file:\/\/\//)
})

test('the form of SARIF is not met by anything', () => {
  assert.ok(sarifFaults({}).length > 0)
  const run = (result: object) => ({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'x', rules: [{ id: 'a', defaultConfiguration: { level: 'error' } }] } },
        columnKind: 'utf16CodeUnits',
        results: [
          { message: { text: 'x' }, ruleId: 'a', ruleIndex: 0, level: 'error', locations: [], ...result },
        ],
      },
    ],
  })
  const at = (uri: string, region: object) => ({
    locations: [{ physicalLocation: { artifactLocation: { uri }, region } }],
  })
  assert.deepEqual(sarifFaults(run(at('a/b.yaml', { startLine: 1, startColumn: 1 }))), [])
  for (const wrong of [
    { ruleIndex: 1 },
    { level: 'advice' },
    { message: {} },
    { suppressions: [{ kind: 'file' }] },
    at('../a', { startLine: 1, startColumn: 1 }),
    at('a b', { startLine: 1, startColumn: 1 }),
    at('a', { startLine: 0, startColumn: 1 }),
    at('a', { startLine: 1, startColumn: 3, endColumn: 3 }),
  ])
    assert.equal(sarifFaults(run(wrong)).length, 1, JSON.stringify(wrong))
})

test('annotations for GitHub name file, line, column and rule, written as GitHub wants them', async () => {
  await using desk = await Desk.open()
  await desk.write('50%,a:b.lab.yaml', smallDiskOfTemplate)
  const { stdout } = await desk.expect(1, 'check', '--format', 'github')
  const lines = stdout.trimEnd().split('\n')
  const head = '::error file=50%25%2Ca%3Ab.lab.yaml,line=6,col=5,title=storage/boot-disk::'
  const [first] = lines.filter((line) => line.includes('storage/boot-disk'))
  assert.ok(first)
  assert.ok(first.startsWith(head), first)
  assert.match(first, /%0Afound at: esx-1, esx-2 and 3 more%0Afix: /)
  assert.ok(lines.every((line) => /^::(error|warning) /.test(line)))
  await desk.write('50%,a:b.lab.yaml', needless)
  assert.equal((await desk.expect(0, 'check', '--format', 'github')).stdout, '')
  assert.match(
    (await desk.expect(0, 'check', '--format', 'github', '--severity', 'advice')).stdout,
    /^::notice file=/,
  )
  await desk.write('50%,a:b.lab.yaml', 'nestlab: 1\nname: [\n')
  assert.match(
    (await desk.expect(1, 'check', '--format', 'github')).stdout,
    /^::error file=.*title=wrong lab file::/,
  )
})

const controls = /[\p{Cc}\p{Cf}]/u

test('text of a lab file drives neither the terminal nor a pipeline, in no form', async () => {
  await using desk = await Desk.open()
  await desk.write('a.lab.yaml', hostile)
  await desk.write(
    'b.lab.yaml',
    hostile.replace('image: tiny', 'image: "##[add-mask]owned\\n::error::owned"'),
  )
  const forms = [[], ['--json'], ['--sarif'], ['--format', 'github']]
  for (const form of forms) {
    for (const file of ['a.lab.yaml', 'b.lab.yaml']) {
      const { stdout, stderr } = await desk.expect(1, 'check', file, ...form)
      const lines = (stdout + stderr).trimEnd().split('\n')
      for (const line of lines) {
        assert.doesNotMatch(line, controls)
        assert.ok(!line.includes('##['), line)
        if (form.includes('github')) assert.match(line, /^::error file=[ab]\.lab\.yaml,/)
        else assert.doesNotMatch(line, /^\s*::/)
      }
      assert.match(stdout + stderr, /owned/)
    }
  }
  const { stderr } = await desk.expect(1, 'up', '-f', 'a.lab.yaml')
  assert.ok(stderr.split('\n').every((line) => !controls.test(line) && !/^\s*::|##\[/.test(line)))
})

test('the difference that a fix makes does not speak to a pipeline either', async () => {
  await using desk = await Desk.open()
  const text = 'purpose: | # ##[add-mask]owned\n  ::error::owned\n'
  await desk.write('a.lab.yaml', smallDisk.replace(/\n\n\n# The end.*/, `\n${text}`))
  for (const [code, more] of [
    [1, '--dry-run'],
    [0, '--yes'],
  ] as const) {
    const { stdout } = await desk.expect(code, 'check', '--fix', more)
    assert.match(stdout, /^ {3}: :error::owned$/m)
    assert.match(stdout, /# ## \[add-mask\]owned$/m)
    assert.doesNotMatch(stdout, /##\[|^\s*::/m)
  }
})

test('only one form is printed', async () => {
  await using desk = await Desk.open()
  assert.match((await desk.expect(2, 'check', '--json', '--sarif')).stdout, /only one can be printed/)
  assert.match((await desk.expect(2, 'check', '--format', 'gitlab')).stderr, /--format is github/)
})
