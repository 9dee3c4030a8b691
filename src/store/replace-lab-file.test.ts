/** A lab file is replaced whole, keeps what is not its text, and is never written over a change of somebody else. */
import assert from 'node:assert/strict'
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { replaceLabFile } from './replace-lab-file.ts'

async function folder(t: { after: (done: () => Promise<void>) => void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'nestlab-replace-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

test('a lab file that is replaced keeps its rights, and nothing is left beside it', async (t) => {
  const path = await folder(t)
  const file = join(path, 'a.lab.yaml')
  await writeFile(file, 'old\n')
  await chmod(file, 0o640)
  await replaceLabFile(file, 'old\n', 'new\n')
  assert.equal(await readFile(file, 'utf8'), 'new\n')
  assert.equal((await stat(file)).mode & 0o777, 0o640)
  assert.deepEqual(await readdir(path), ['a.lab.yaml'])
})

test('a symbolic link stays one, and the file behind it changes', async (t) => {
  const path = await folder(t)
  const [file, link] = [join(path, 'real.yaml'), join(path, 'a.lab.yaml')]
  await writeFile(file, 'old\n')
  await symlink('real.yaml', link)
  await replaceLabFile(link, 'old\n', 'new\n')
  assert.ok((await lstat(link)).isSymbolicLink())
  assert.equal(await readFile(file, 'utf8'), 'new\n')
})

test('a file that changed meanwhile is left as it is', async (t) => {
  const path = await folder(t)
  const file = join(path, 'a.lab.yaml')
  await writeFile(file, 'edited by somebody\n')
  await assert.rejects(replaceLabFile(file, 'old\n', 'new\n'), { code: 'lab-file-changed' })
  assert.equal(await readFile(file, 'utf8'), 'edited by somebody\n')
  assert.deepEqual(await readdir(path), ['a.lab.yaml'])
})

test('a file that is gone is not made anew', async (t) => {
  const path = await folder(t)
  await assert.rejects(replaceLabFile(join(path, 'a.lab.yaml'), 'old\n', 'new\n'), { code: 'store-trouble' })
  assert.deepEqual(await readdir(path), [])
})
