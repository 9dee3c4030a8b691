import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { commandTree } from './command-tree.ts'
import { completionFor } from './completion-scripts.ts'
import { verbs } from './verbs.ts'

/** What bash offers behind these words; the last one is being typed. */
function offered(...words: readonly string[]): string[] {
  const script = `${completionFor('bash', commandTree(verbs))}
COMP_WORDS=(nestlab ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
_nestlab; printf '%s\\n' "\${COMPREPLY[@]}"`
  const ended = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
  assert.equal(ended.stderr, '')
  return ended.stdout.split('\n').filter((line) => line !== '')
}

test('bash completes verbs, verbs of verbs and options', () => {
  assert.deepEqual(offered('st'), ['status', 'stop', 'start'])
  assert.deepEqual(offered('image', 'b'), ['build'])
  assert.deepEqual(offered('up', '--o'), ['--only', '--open'])
  assert.deepEqual(offered('image', 'build', '--a'), ['--again'])
})

test('bash leaves files to the shell where a file is wanted', () => {
  assert.deepEqual(offered('up', '-f', ''), [])
})

test('a quote in a description does not end the quoting of the script', () => {
  const node = { words: ['x'], summary: "it's", arguments: [], options: [], examples: [], verbs: [] }
  for (const shell of ['zsh', 'fish'] as const) assert.match(completionFor(shell, [node]), /it'\\''s/)
})
