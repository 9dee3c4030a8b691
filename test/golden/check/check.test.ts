/** What `nestlab check` says of the examples: nothing of the good ones, and of each broken one its own mistake alone. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab } from '#lab'
import { type Checkup, checkLab, placeText } from '#rules'
import { checkLines } from '../../../src/cli/check-text.ts'
import { unifiedDiff } from '../../../src/cli/line-diff.ts'
import { plain } from '../../../src/cli/paint.ts'
import { fixedText } from '../../../src/rule-fixes.ts'

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url))
const broken = `${examples}broken/rick-mur/`
const goldens = fileURLToPath(new URL('./', import.meta.url))
/** `NESTLAB_ACCEPT=1` writes the texts anew; read the difference before committing it. */
const accept = process.env.NESTLAB_ACCEPT === '1'

const labsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.lab.yaml'))

interface Read {
  readonly text: string
  readonly checkup: Checkup
  readonly lines: readonly string[]
}

function read(folder: string, file: string): Read {
  const text = readFileSync(folder + file, 'utf8')
  const { lab, problems, placeOf } = loadLab(text, { file })
  assert.deepEqual(problems, [])
  assert.ok(lab && placeOf)
  const checkup = checkLab(lab)
  const checked = { title: file, file, lab, problems, checkup, placeOf }
  return { text, checkup, lines: checkLines(checked, { paint: plain, placeText, least: 'advice' }) }
}

const rulesOf = ({ findings }: Checkup) => [...new Set(findings.map(({ rule }) => rule.id))]

describe('Of an example that claims to be good', () => {
  for (const file of labsIn(examples)) {
    test(`nothing is said: ${file}`, () => {
      const { lines, checkup } = read(examples, file)
      assert.deepEqual(checkup, { findings: [], suppressed: [] })
      assert.equal(lines.length, 1)
    })
  }
})

/** Which rule each of them breaks. */
const mistakes = {
  '01-answers-lost': 'network/promiscuous',
  '02-vlan-missing': 'network/vlan-trunk',
  '03-vcenter-on-its-switch': 'network/vcenter-on-its-switch',
  '04-too-little-memory': 'memory/minimum',
  '05-one-cpu': 'cpu/minimum',
  '06-evc-above-avoton': 'evc/baseline',
  '07-exposure-off': 'cpu/exposure',
  '08-hardware-version-8': 'hardware/version',
  '09-boot-disk': 'storage/boot-disk',
  '10-vcenter-inside': 'operations/vcenter-inside',
} as const

describe('Of the lab of Rick Mur with one mistake', () => {
  test('there are ten, each with a mistake of its own', () => {
    assert.deepEqual(
      labsIn(broken).map((file) => file.replace('.lab.yaml', '')),
      Object.keys(mistakes),
    )
    assert.equal(new Set(Object.values(mistakes)).size, 10)
  })

  for (const [name, rule] of Object.entries(mistakes)) {
    test(`only that mistake is said: ${name}`, () => {
      const { lines, checkup } = read(broken, `${name}.lab.yaml`)
      assert.deepEqual(rulesOf(checkup), [rule])
      const text = `${lines.join('\n')}\n`
      const golden = `${goldens}${name}.txt`
      if (accept) writeFileSync(golden, text)
      assert.equal(text, readFileSync(golden, 'utf8'))
    })

    test(`it is that lab but for the mistake: ${name}`, () => {
      const body = (text: string) => text.slice(text.indexOf('nestlab: 1'))
      const good = body(readFileSync(`${examples}rick-mur.lab.yaml`, 'utf8'))
      const changed = unifiedDiff('lab', good, body(read(broken, `${name}.lab.yaml`).text)).slice(2)
      const removed = changed.filter((line) => line.startsWith('-'))
      assert.ok(changed.length > 0 && removed.length <= 2, removed.join('\n'))
    })
  }
})

describe('A fix that is safe', () => {
  const fixable = [
    '04-too-little-memory',
    '05-one-cpu',
    '07-exposure-off',
    '08-hardware-version-8',
    '09-boot-disk',
  ]

  for (const name of fixable) {
    test(`changes one line, and no error or warning is left: ${name}`, () => {
      const file = `${name}.lab.yaml`
      const { text, checkup } = read(broken, file)
      const wanted = { findings: checkup.findings, templates: true }
      const fix = fixedText(text, { file }, wanted)
      assert.deepEqual(
        fix.checkup.findings.filter(({ severity }) => severity !== 'advice'),
        [],
      )
      const changed = unifiedDiff(file, text, fix.after).filter((line) => /^[+-](?![+-])/.test(line))
      assert.deepEqual(
        changed.map((line) => line[0]),
        ['-', '+'],
        changed.join('\n'),
      )
    })

    test(`waits for --templates where others extend the machine: ${name}`, () => {
      const file = `${name}.lab.yaml`
      const { text, checkup } = read(broken, file)
      const fix = fixedText(text, { file }, { findings: checkup.findings, templates: false })
      assert.equal(fix.after, text)
      assert.deepEqual(
        fix.refused.map(({ rule, inTemplate }) => [rule, inTemplate]),
        [[checkup.findings[0]?.rule.id, true]],
      )
    })
  }
})
