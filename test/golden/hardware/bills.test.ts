/** The bills of materials of `examples/hardware`: one that passes, and ten spoiled ones with the text that the user sees. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkBom, loadBom } from '#capacity'
import { hardwareCatalogue } from '#facts'
import { findingBlocks } from '../../../src/cli/hardware-text.ts'
import { plain } from '../../../src/cli/paint.ts'

const examples = fileURLToPath(new URL('../../../examples/hardware/', import.meta.url))
const golden = fileURLToPath(new URL('./', import.meta.url))
/** `NESTLAB_ACCEPT=1` writes the texts anew; read the difference before committing it. */
const accept = process.env.NESTLAB_ACCEPT === '1'

function findingsOf(file: string) {
  const { bom, problems, placeOf } = loadBom(readFileSync(file), { file })
  assert.deepEqual(problems, [])
  assert.ok(bom)
  return checkBom(bom, hardwareCatalogue()).map((finding) => ({ ...finding, ...placeOf(finding.at) }))
}

test('the bill of materials of the home lab passes without a word', () => {
  assert.deepEqual(findingsOf(`${examples}home-lab.bom.yaml`), [])
})

const expected: Readonly<Record<string, string>> = {
  '01-module-not-qualified': 'hardware/memory-not-qualified',
  '02-notebook-memory': 'hardware/memory-kind',
  '03-more-modules-than-slots': 'hardware/memory-slots',
  '04-fan-on-the-wrong-connector': 'hardware/fan-connector',
  '05-no-air-in-the-case': 'hardware/case-airflow',
  '06-network-without-driver': 'hardware/nic-driver',
  '07-too-little-memory': 'hardware/memory-too-little',
  '08-no-remote-control': 'hardware/no-out-of-band',
  '09-no-headroom': 'hardware/no-headroom',
  '10-case-without-power-supply': 'hardware/no-power-supply',
}

for (const [name, rule] of Object.entries(expected)) {
  test(`a bill with ${name.slice(3).replaceAll('-', ' ')} gets its own finding and no other`, () => {
    const file = `${name}.bom.yaml`
    const findings = findingsOf(`${examples}broken/${file}`)
    assert.deepEqual(
      findings.map((finding) => finding.rule),
      [rule],
    )
    const text = `${findingBlocks(findings, file, plain).join('\n\n')}\n`
    if (accept) writeFileSync(`${golden}${name}.txt`, text)
    assert.equal(text, readFileSync(`${golden}${name}.txt`, 'utf8'))
  })
}

test('every spoiled bill is expected here, and every text belongs to one', () => {
  const bills = readdirSync(`${examples}broken`).map((file) => file.replace('.bom.yaml', ''))
  const texts = readdirSync(golden).flatMap((file) => (file.endsWith('.txt') ? [file.slice(0, -4)] : []))
  assert.deepEqual(bills.sort(), Object.keys(expected).sort())
  assert.deepEqual(texts.sort(), Object.keys(expected).sort())
})
