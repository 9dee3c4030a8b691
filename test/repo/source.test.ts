/** House rules of the source that no linter holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf, isTest, read } from './tree.ts'

const maxLines = 300
const vague = /(^|\/)(utils?|helpers?|common|shared|misc|lib)(\/|\.ts$)/

async function violating(rule: (text: string, file: string) => boolean): Promise<string[]> {
  const wrong: string[] = []
  for (const file of await filesOf('.ts')) if (rule(await read(file), file)) wrong.push(file)
  return wrong
}

test('no file is longer than 300 lines', async () => {
  assert.deepEqual(await violating((text) => text.split('\n').length - 1 > maxLines), [])
})

test('every file that is no test opens with a sentence saying what it is for', async () => {
  const opening = /^(#![^\n]*\n)?\/\*\*\s[^\n]*\S/
  assert.deepEqual(await violating((text, file) => !isTest(file) && !opening.test(text)), [])
})

test('no folder or file has a name that answers no question', async () => {
  assert.deepEqual(
    (await filesOf('.ts')).filter((file) => vague.test(file)),
    [],
  )
})

test('there is no any, default export, enum or namespace', async () => {
  const forbidden =
    /\bas any\b|: any\b|<any>|^export default |^(export )?(const )?enum |^(export )?namespace /m
  assert.deepEqual(await violating((text, file) => !isTest(file) && forbidden.test(text)), [])
})

test('nothing is left to be done later in a comment', async () => {
  const later = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`)
  assert.deepEqual(await violating((text) => later.test(text)), [])
})

test('no file holds a path of the machine it was written on, or the host of a package registry', async () => {
  const wrong: string[] = []
  const traces = [
    /\/work\/(main|shared)\b/,
    /\/home\/(?!\w*(user|you|nestlab|me)\b)\w+\//,
    /registry\.npm/,
    /deb\.debian\.org/,
  ]
  for (const file of await filesOf('.ts', '.md', '.json', '.yaml', '.sh', 'Makefile', 'nestlab')) {
    const text = await read(file)
    if (traces.some((trace) => trace.test(text))) wrong.push(file)
  }
  assert.deepEqual(
    wrong.filter((file) => file !== 'test/repo/source.test.ts'),
    [],
  )
})
