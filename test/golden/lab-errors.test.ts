/** Every file in `errors/` is a wrong lab file; the text beside it is what the user sees. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab, renderProblems } from '#lab'

const folder = fileURLToPath(new URL('errors/', import.meta.url))
/** `NESTLAB_ACCEPT=1` writes the texts anew; read the difference before committing it. */
const accept = process.env.NESTLAB_ACCEPT === '1'

for (const file of readdirSync(folder).filter((name) => name.endsWith('.lab.yaml'))) {
  test(`a lab file with ${file.replace('.lab.yaml', '').replaceAll('-', ' ')} gets its explanation`, () => {
    const source = readFileSync(folder + file)
    const { lab, problems } = loadLab(source, { file })
    assert.equal(lab, undefined)
    const text = `${renderProblems(problems, source.toString())}\n`
    const golden = folder + file.replace('.lab.yaml', '.txt')
    if (accept) writeFileSync(golden, text)
    assert.equal(text, readFileSync(golden, 'utf8'))
  })
}

test('every explanation belongs to a lab file', () => {
  const names = readdirSync(folder)
  const texts = names.filter((name) => name.endsWith('.txt'))
  const orphans = texts.filter((name) => !names.includes(name.replace('.txt', '.lab.yaml')))
  assert.deepEqual(orphans, [])
})
