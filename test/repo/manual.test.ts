/** The manual tells the truth: its links lead somewhere, its generated pages are current. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { generatedFiles } from '../../tools/generated-files.ts'
import { everyFailure } from '../../tools/manual/errors-page.ts'
import { filesOf, read, root } from './tree.ts'

test('generated files are what `npm run generate` makes', async () => {
  const stale: string[] = []
  for (const [path, content] of await generatedFiles()) {
    if (!existsSync(join(root, path)) || (await read(path)) !== content) stale.push(path)
  }
  assert.deepEqual(stale, [])
})

test('every error that the code can report is in the manual, and no other', async () => {
  const inCode = (await everyFailure(root)).map((failure) => failure.code).sort()
  const page = await read('docs/reference/errors.md')
  const inManual = [...page.matchAll(/^### (\S+)$/gm)].map(([, code]) => code).sort()
  assert.deepEqual(inManual, inCode)
  const thrown = new Set<string>()
  for (const file of await filesOf('.ts')) {
    if (!file.startsWith('src/') || file.endsWith('.test.ts')) continue
    for (const [, code = ''] of (await read(file)).matchAll(/\w*[fF]ail\w*\(\s*'([a-z-]+)'/g))
      thrown.add(code)
  }
  assert.deepEqual(
    inCode.filter((code) => !thrown.has(code)),
    [],
    'in a table, but never reported',
  )
})

test('every error says what happened and what to do next, in sentences', async () => {
  for (const { room, code, text, next } of await everyFailure(root)) {
    assert.notEqual(text.trim(), '', `${room} ${code}`)
    assert.notEqual(next.trim(), '', `${room} ${code}`)
  }
})

test('every link in the documentation leads to a file', async () => {
  const broken: string[] = []
  for (const page of await filesOf('.md')) {
    const text = (await read(page)).replaceAll(/```.*?```/gs, '')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(target)) continue
      const file = join(root, dirname(page), target.replace(/#.*$/, ''))
      if (!existsSync(file)) broken.push(`${page} → ${target}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('every file that the tour of CONTRIBUTING.md names is there', async () => {
  const tour = /## The ten-minute tour\n(.*?)\n## /s.exec(await read('CONTRIBUTING.md'))?.[1] ?? ''
  const named = [...tour.matchAll(/`((?:src|bin|tools|test|docs|examples)\/[\w./-]+)`/g)].map(
    ([, file = '']) => file,
  )
  assert.ok(named.length >= 10, `the tour names only ${named.length} files`)
  assert.deepEqual(
    named.filter((file) => !existsSync(join(root, file))),
    [],
  )
})
