/** The diff is one that `patch` makes the new text from. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { unifiedDiff } from './line-diff.ts'

test('a change is shown with three lines around it', () => {
  const before = 'a\nb\nc\nd\ne\nf\ng\nh\n'
  assert.deepEqual(unifiedDiff('x', before, before.replace('e', 'E')), [
    '--- x',
    '+++ x',
    '@@ -2,7 +2,7 @@',
    ' b',
    ' c',
    ' d',
    '-e',
    '+E',
    ' f',
    ' g',
    ' h',
  ])
})

test('texts that are the same have no diff', () => {
  assert.deepEqual(unifiedDiff('x', 'a\n', 'a\n'), [])
})

const letters = Array.from({ length: 30 }, (_, at) => `line ${at}`)
const text = `${letters.join('\n')}\n`
const changes: readonly (readonly [string, string, string])[] = [
  [
    'two changes far from each other',
    text,
    text.replace('line 2\n', 'line two\n').replace('line 27\n', 'a\nb\n'),
  ],
  ['two changes near each other', text, text.replace('line 12\n', '').replace('line 16\n', 'x\nline 16\n')],
  ['a line at the top', text, `top\n${text}`],
  ['a line at the bottom', text, `${text}end\n`],
  ['a missing line feed at the end', 'a\nb', 'a\nb\nc'],
  ['a line feed that is added at the end', 'a\nb', 'a\nb\n'],
  ['carriage returns', 'a\r\nb\r\n', 'a\r\nc\r\nb\r\n'],
  ['everything', 'a\n', 'b\n'],
]

for (const [name, before, after] of changes) {
  test(`git makes the new text from the diff: ${name}`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'nestlab-diff-'))
    t.after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'x'), before)
    const input = `${unifiedDiff('x', before, after).join('\n')}\n`
    const { status, stderr } = spawnSync('git', ['apply', '-p0', '--whitespace=nowarn', '-'], {
      cwd: folder,
      input,
      encoding: 'utf8',
    })
    assert.equal(status, 0, `${stderr}\n${input}`)
    assert.equal(readFileSync(join(folder, 'x'), 'utf8'), after)
  })
}
