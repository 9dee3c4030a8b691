import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readLabFile } from './lab-file.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestlab-lab-file-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}

const yaml = 'nestlab: 1\nname: lab\nmachines: { web: { image: { file: d.img, sha256: abc } } }\n'

test('a lab file is read with the folder its images lie in', async () => {
  const file = await written('good.lab.yaml', yaml.replace('abc', 'ab'.repeat(32)))
  const { lab, source, folder: found } = await readLabFile(file)
  assert.equal(found, folder)
  assert.match(source, /^nestlab: 1/)
  assert.deepEqual(lab?.top.machines[0]?.image, {
    from: 'file',
    file: join(folder, 'd.img'),
    root: folder,
    sha256: 'ab'.repeat(32),
  })
})

test('problems carry the name the user typed', async () => {
  const file = await written('bad.lab.yaml', yaml)
  const { lab, problems } = await readLabFile(file)
  assert.equal(lab, undefined)
  assert.equal(problems[0]?.file, file)
})

test('JSON is read as text and never run', async () => {
  const file = await written('x.json', '{"nestlab": 1, "name": "lab"}')
  assert.equal((await readLabFile(file)).lab?.name, 'lab')
})

test('a module that is named gives its lab', async () => {
  const text =
    "export const lab: object = { nestlab: 1, name: 'from-code', machines: { web: { image: 'tiny' } } }\n"
  const { lab, source } = await readLabFile(await written('x.lab.ts', text))
  assert.equal(lab?.name, 'from-code')
  assert.equal(source, '')
})

test('a module that fails, exports nothing, or is not there is explained', async () => {
  const failing = await written('failing.lab.mts', "throw new Error('no luck')\n")
  await assert.rejects(readLabFile(failing), { code: 'lab-module-failed', message: /no luck/ })
  const empty = await written('empty.lab.mts', 'export {}\n')
  await assert.rejects(readLabFile(empty), { code: 'lab-module-empty' })
  await assert.rejects(readLabFile(join(folder, 'none.lab.ts')), { code: 'lab-file-missing' })
})

test('a missing file and a folder are explained', async () => {
  await assert.rejects(readLabFile(join(folder, 'none.lab.yaml')), { code: 'lab-file-missing', exitCode: 2 })
  await assert.rejects(readLabFile(folder), { code: 'lab-file-unreadable' })
})

test('a file without end is refused after what a lab file may have', async () => {
  const { problems } = await readLabFile('/dev/zero')
  assert.deepEqual(
    problems.map((problem) => problem.text),
    ['The file is larger than 8 MiB.'],
  )
})
