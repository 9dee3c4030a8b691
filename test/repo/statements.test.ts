/** What the table of statements says covers a statement is really there: commands, files and rules. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ruleOf, type Statement, statements } from '#rules'
import type { Verb } from '../../src/cli/verb.ts'
import { verbs } from '../../src/cli/verbs.ts'
import { root } from './tree.ts'

/** Whatever stands in backticks. */
function quoted({ elsewhere = '', why = '' }: Statement): readonly string[] {
  return [...`${elsewhere} ${why}`.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
}

/** `size --seats`, `net capture --drops`; true when there are such verbs with such options. */
function isCommand(words: readonly string[], among: readonly Verb[]): boolean {
  const [word = '', ...rest] = words
  const verb = among.find(({ name }) => name === word)
  if (!verb) return false
  const [next] = rest
  if (verb.verbs?.some(({ name }) => name === next)) return isCommand(rest, verb.verbs)
  const options = rest.filter((text) => text.startsWith('--'))
  return options.every((option) => verb.options?.some(([flags]) => flags.split(/[ ,]+/).includes(option)))
}

test('each command that is said to cover a statement exists, with its options', () => {
  const commands = statements()
    .flatMap(quoted)
    .filter((text) => /^(nestlab|net) /.test(text))
  assert.ok(commands.length > 20)
  for (const command of commands) {
    const words = command.split(' ').filter((word) => word !== 'nestlab')
    assert.ok(isCommand(words, verbs), command)
  }
})

test('each file and each rule that is named in the table exists', () => {
  const all = statements().flatMap(quoted)
  const files = all.filter((text) => /^(docs|examples)\//.test(text))
  assert.ok(files.length >= 3)
  for (const file of files) assert.ok(existsSync(join(root, file)), file)
  const rules = all.flatMap((text) => /--explain (\S+)$/.exec(text)?.[1] ?? [])
  assert.ok(rules.length > 0)
  for (const rule of rules) assert.ok(ruleOf(rule), rule)
})
