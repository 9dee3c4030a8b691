import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultNeeds } from './bom.ts'
import { bomFileBytes, loadBom } from './read-bom.ts'

function problemsOf(source: string | Uint8Array): readonly string[] {
  return loadBom(source, { file: 'x.bom.yaml' }).problems.map(
    ({ line, column, text, remedy }) => `${line}:${column} ${text} ${remedy}`,
  )
}

const head = 'nestlab-bom: 1\nname: lab\n'

test('a bill says parts, how many of each, and what the machine is for', () => {
  const source = `${head}for: { product: esxi, version: "5.5U2" }
needs: { memory: 48GiB, nics: 3 }
parts:
  - memory: Kingston KVR16N11H/8
    count: 4
  - fan: Noctua NF-R8 PWM
    on: CPU_FAN1
`
  const { bom, problems } = loadBom(source, { file: 'x.bom.yaml' })
  assert.deepEqual(problems, [])
  assert.deepEqual(bom, {
    name: 'lab',
    product: 'esxi',
    version: '5.5u2',
    needs: { ...defaultNeeds, memoryMiB: 48 * 1024, nicPorts: 3 },
    parts: [
      { kind: 'memory', model: 'Kingston KVR16N11H/8', count: 4, index: 0 },
      { kind: 'fan', model: 'Noctua NF-R8 PWM', count: 1, on: 'CPU_FAN1', index: 1 },
    ],
  })
})

test('a bill without needs has those of the home lab: 32 GiB that grow to 64, 4 disks, 2 networks, remote control', () => {
  const { bom } = loadBom(`${head}parts: []\n`, { file: 'x.bom.yaml' })
  assert.deepEqual(bom?.needs, {
    memoryMiB: 32 * 1024,
    upgradeToMiB: 64 * 1024,
    sataPorts: 4,
    nicPorts: 2,
    outOfBand: true,
    nested: true,
  })
  const larger = loadBom(`${head}needs: { memory: 96GiB }\nparts: []\n`, { file: 'x.bom.yaml' })
  assert.equal(larger.bom?.needs.upgradeToMiB, 96 * 1024)
})

test('a bill may be JSON', () => {
  const text = JSON.stringify({ 'nestlab-bom': 1, name: 'lab', parts: [{ system: 'Dell R730' }] })
  assert.equal(loadBom(text, { file: 'x.json' }).bom?.parts[0]?.model, 'Dell R730')
})

test('all that is wrong with a bill is said at once, each with its place and what would be right', () => {
  const source = `nestlab-bom: 2
for: { product: esx, version: 5.50 }
needs: { memory: 32, sata: many, remote: yes }
parts:
  - bord: ASRock C2750D4I
  - memory: Kingston KVR16N11H/8
    count: 0
  - count: 2
  - ssd: Samsung 850 Pro 128 GB
    case: LC-1410mi
  - psu: 300
  - nic: Intel I350-T4
    on: CPU_FAN1
`
  assert.deepEqual(problemsOf(source), [
    '1:1 `name` is missing. Add it, for example `name: home-lab`.',
    '1:14 `nestlab-bom` must be the number 1, but is the number 2. Did you mean `1`?',
    '2:17 `product` must be one of `esxi`, `kvm`, `proxmox`, `hyperv`, `xcp-ng`, but is "esx". Did you mean `esxi`?',
    '2:31 `version` must be a version in quotes, but is the number 5.5. Put it in quotes: `version: "5.50"`.',
    '3:18 `memory` must be a size with its unit, but is the number 32. Write `memory: 32GiB`, if that is what you mean.',
    '3:28 `sata` must be a whole number from 0 to 1000, but is "many". Write it like `sata: 4`.',
    '3:34 `remote` is not a key of `needs`. The keys here are `memory`, `upgradeTo`, `sata`, `nics`, `outOfBand`, `nested`.',
    '5:5 `bord` is not a key of a part. Did you mean `board`?',
    '7:12 `count` must be a whole number from 1 to 100, but is the number 0. Write it like `count: 4`.',
    '8:5 This part does not say what it is. Name its model under one of `board`, `system`, `cpu`, `memory`, `ssd`, `case`, `psu`, `fan`, `nic`.',
    '10:5 This part is a `ssd` and a `case` at once. Begin a part of its own with `- case:`.',
    '11:10 `psu` must be the model in quotes, but is the number 300. Put it in quotes: `psu: "300"`.',
    '13:5 `on` says which connector a fan is plugged into, and this is a `nic`. Remove it here.',
  ])
})

test('a bill is for one machine', () => {
  const twice = `${head}parts:\n  - board: ASRock C2750D4I\n    count: 2\n`
  const both = `${head}parts:\n  - board: ASRock C2750D4I\n  - system: Dell R730\n`
  for (const [source, place] of [
    [twice, '5:12'],
    [both, '5:13'],
  ] as const) {
    const [problem, ...others] = problemsOf(source)
    assert.deepEqual(others, [])
    assert.match(problem ?? '', new RegExp(`^${place} A bill of materials is for one machine`))
  }
})

test('a finding about a part leads to its line, and one about nothing that is written to where it belongs', () => {
  const { placeOf } = loadBom(`${head}parts:\n  - board: X1\n  - memory: Y1\n`, { file: 'x.bom.yaml' })
  assert.deepEqual(placeOf('parts[1].memory'), { line: 5, column: 13 })
  assert.deepEqual(placeOf('parts'), { line: 4, column: 3 })
})

test('what is no bill is refused with one sentence', () => {
  const cases: readonly (readonly [string | Uint8Array, RegExp])[] = [
    ['', /^1:1 The file is empty/],
    ['- board: X1\n', /^1:1 A bill of materials is a map of keys, but this is a list\./],
    ['a: "b\n', /^1:4 Something that was opened is not closed\./],
    [`${head}parts: []\n---\n${head}`, /A second YAML document begins here/],
    [Uint8Array.of(0x61, 0xff, 0xfe), /not UTF-8 text/],
    ['a: \u0007\n', /^1:4 This is not a text file: it holds the control character U\+0007/],
  ]
  for (const [source, pattern] of cases) {
    const [problem, ...others] = problemsOf(source)
    assert.deepEqual(others, [], String(source))
    assert.match(problem ?? '', pattern)
  }
})

test('anchors, aliases, tags, directives and merge keys are refused before anything grows out of them', () => {
  const bomb = `a: &a [x, x, x]\nb: &b [*a, *a, *a]\n${head}parts: [*b, *b]\n`
  const problems = problemsOf(bomb)
  assert.match(problems[0] ?? '', /^1:4 Anchors, such as `&a`, are not used in a bill of materials\./)
  assert.equal(problems.length, 7)
  assert.match(problemsOf(`%YAML 1.1\n---\n${head}`)[0] ?? '', /^1:1 Directives/)
  assert.match(problemsOf(`${head}parts: !!set []\n`)[0] ?? '', /^3:8 Tags/)
  assert.match(problemsOf(`<<: {}\n${head}`)[0] ?? '', /^1:1 Merge keys/)
})

test('a text that only looks like such a sign is a text', () => {
  const { bom } = loadBom(`${head}parts: [{ fan: "*NF & <<!" }] # &here *there\n`, { file: 'x.bom.yaml' })
  assert.equal(bom?.parts[0]?.model, '*NF & <<!')
})

test('a hostile file costs no more than its size: too long, too deep, or with keys of objects', () => {
  const long = `${head}${'#'.repeat(bomFileBytes)}`
  assert.match(problemsOf(long)[0] ?? '', /larger than 64 KiB/)
  assert.match(
    problemsOf(new TextEncoder().encode(`${'é'.repeat(bomFileBytes)}`))[0] ?? '',
    /larger than 64 KiB/,
  )
  const deep = '['.repeat(30_000)
  assert.match(problemsOf(deep)[0] ?? '', /more than 10 deep/)
  const inherited = problemsOf(`${head}parts:\n  - constructor: X1\n  - __proto__: { board: X1 }\n`)
  assert.match(inherited.join('\n'), /`constructor` is not a key of a part/)
  assert.match(inherited.join('\n'), /`__proto__` cannot be a key/)
  assert.equal(problemsOf(`${head}parts:\n${'  - fan: NF\n'.repeat(201)}`).length, 1)
})

test('control characters of a file do not reach the terminal', () => {
  const problems = problemsOf(`${head}"a\\e[31mb": 1\nparts: []\n`)
  assert.match(problems[0] ?? '', /`a\\u\{1b\}\[31mb` is not a key/)
})
