import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab } from './load.ts'

function explain(source: string | Uint8Array): readonly string[] {
  const { lab, problems } = loadLab(source, { file: 'x.lab.yaml' })
  assert.equal(lab, undefined)
  return problems.map(({ line, column, text }) => `${line}:${column} ${text}`)
}

const head = 'nestlab: 1\nname: lab\n'
const tooDeep = 'Lists and maps lie more than 100 deep inside one another here.'

const deepTexts: Readonly<Record<string, string>> = {
  'lists in brackets': '['.repeat(10_000) + ']'.repeat(10_000),
  'brackets never closed': '['.repeat(100_000),
  'maps in braces': '{a: '.repeat(10_000) + '}'.repeat(10_000),
  'lists with hyphens': `${'- '.repeat(10_000)}x`,
  'explicit keys': `${'? '.repeat(10_000)}x`,
}

for (const [what, text] of Object.entries(deepTexts)) {
  test(`${what} 10,000 deep are refused without following them`, () => {
    const [problem, ...others] = explain(text)
    assert.match(problem ?? '', /^1:\d+ /)
    assert.ok(problem?.endsWith(tooDeep), problem)
    assert.deepEqual(others, [])
  })
}

test('hypervisors 10,000 deep are refused', () => {
  const machine = '{ m: { hypervisor: { machines: '
  assert.match(explain(`${head}machines: ${machine.repeat(10_000)}`)[0] ?? '', /more than 100 deep/)
})

test('aliases cannot make a file deeper than it may be', () => {
  const lines = Array.from(
    { length: 200 },
    (_, at) => `a${at}: &a${at} ${at === 0 ? '[]' : `[[[*a${at - 1}]]]`}\n`,
  )
  assert.deepEqual(explain(lines.join('')), ['34:14 Aliases make this file more than 100 levels deep.'])
})

test('binary content is refused by its first strange character', () => {
  const elf = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])
  assert.deepEqual(explain(elf), ['1:1 This is not a text file: it holds the control character U+007F.'])
  assert.deepEqual(explain('nestlab: 1\nname: a\u0000b\n'), [
    '2:8 This is not a text file: it holds the control character U+0000.',
  ])
})

test('bytes that are no UTF-8 are refused', () => {
  assert.deepEqual(explain(new Uint8Array([0x6e, 0xff, 0xc3])), ['1:1 The file is not UTF-8 text.'])
  assert.deepEqual(explain(new Uint8Array([0xff, 0xfe, 0x6e, 0])), ['1:1 The file is UTF-16 text.'])
})

for (const [what, text] of Object.entries({
  nothing: '',
  blanks: ' \n\t\n',
  'a byte order mark': '\ufeff',
})) {
  test(`a file with ${what} is called empty`, () => {
    assert.deepEqual(explain(text), ['1:1 The file is empty.'])
    assert.deepEqual(explain(new TextEncoder().encode(text)), ['1:1 The file is empty.'])
  })
}

test('a file with only comments has no keys', () => {
  assert.deepEqual(explain('# nothing\n'), ['1:1 A lab file is a map of keys, but this is empty.'])
})

test('a file larger than 8 MiB is refused before it is read', () => {
  const large = 'a'.repeat(8 * 1024 * 1024 + 1)
  assert.deepEqual(explain(large), ['1:1 The file is larger than 8 MiB.'])
  assert.deepEqual(explain(new TextEncoder().encode(large)), ['1:1 The file is larger than 8 MiB.'])
})

test('a file with too many values is refused before they are looked at', () => {
  assert.match(explain(`a: [${'1,'.repeat(1_000_001)}]`)[0] ?? '', /more than 1,500,000 words and signs/)
})

test('prototypes of objects are left alone', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).length
  explain(`${head}__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }`)
  explain(`{ "nestlab": 1, "name": "lab", "__proto__": { "polluted": 1 } }`)
  assert.equal(Object.getOwnPropertyNames(Object.prototype).length, before)
})

test('at most 100 problems are listed', () => {
  const keys = Array.from({ length: 500 }, (_, at) => `key${at}: 1\n`)
  assert.equal(explain(head + keys.join('')).length, 100)
})

test('templates that multiply end at the limit of machines', () => {
  const template = (name: string, inner: string) =>
    `  ${name}: { image: kvm-node, hypervisor: { machines: { m: { extends: ${inner}, count: 10000 } } } }\n`
  const templates = ['b', 'c', 'd', 'e', 'f'].map((inner, at) => template('abcde'.charAt(at), inner))
  const text = `${head}templates:\n${templates.join('')}  f: { image: tiny }\nmachines: { m: { extends: a, count: 10000 } }\n`
  assert.match(explain(text).join('\n'), /more than 50,000 machines/)
})

test('a chain of 10,000 templates is refused', () => {
  const templates = Array.from({ length: 10_000 }, (_, at) => `  t${at}: { extends: t${at + 1} }\n`)
  const text = `${head}templates:\n${templates.join('')}  t10000: { image: tiny }\nmachines: { m: { extends: t0 } }\n`
  assert.match(explain(text)[0] ?? '', /More than 50 templates build on one another/)
})

test('hundreds of thousands of unknown keys end in a list of problems', () => {
  const keys = Array.from({ length: 200_000 }, (_, at) => `k${at}: 1\n`)
  assert.equal(explain(head + keys.join('')).length, 100)
})

test('clusters that name the same machines over and over are refused', () => {
  const text = `${head}machines: { m: { image: tiny, count: 9999 } }\nclusters: { a: { members: [${'m, '.repeat(9000)}] } }\n`
  assert.deepEqual(explain(text), [
    '4:178 Clusters, datastores and overlays name more than 500,000 machines.',
  ])
})
