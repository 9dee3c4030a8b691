/** The example labs as `nestlab show` draws and resolves them: names, MACs and addresses stay what they are. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab, resolvedYaml, showTree } from '#lab'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const folder = fileURLToPath(new URL('examples/', import.meta.url))
/** `NESTLAB_ACCEPT=1` writes the texts anew; read the difference before committing it. */
const accept = process.env.NESTLAB_ACCEPT === '1'

function compare(name: string, text: string): void {
  if (accept) writeFileSync(folder + name, text)
  assert.equal(text, readFileSync(folder + name, 'utf8'))
}

for (const file of readdirSync(examples).filter((name) => name.endsWith('.lab.yaml'))) {
  const name = file.replace('.lab.yaml', '')
  test(`${file} is right and means the same lab as ever`, () => {
    const { lab, problems } = loadLab(readFileSync(examples + file), { file })
    assert.deepEqual(problems, [])
    assert.ok(lab)
    compare(`${name}.tree.txt`, `${showTree(lab)}\n`)
    compare(`${name}.resolved.txt`, resolvedYaml(lab))
    const again = loadLab(resolvedYaml(lab), { file }).lab
    assert.deepEqual({ ...again, pending: lab.pending }, lab)
  })
}
