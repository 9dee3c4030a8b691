import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { Block, Items, plainOf, quoted, yamlText } from './yaml-text.ts'

const words = [
  ...['plain', 'true', 'no', 'null', '~', '', ' ', '-', '12', '1e3', '0x1f', '.5', '=', '<<', 'a: b', 'a #b'],
  ...[
    '"',
    "'",
    '\\',
    '\\u0041',
    '{',
    ']',
    '&a',
    '*a',
    '!t',
    '|',
    '>',
    '%',
    '@',
    '`',
    '? x',
    '- x',
    '---',
    '...',
  ],
  ...['\n', 'a\nb: c', '\r\n', '\t', '\u0000', '\u0007', '\u0085', '\u2028', '\ufeff', '\u202e', '🔥', 'ü'],
  ...['10.0.0.1/24', '40GiB', '2026-11-28', '00:50:56:00:00:01', 'y', 'Off', '12:30:45'],
]

test('what is written is what is read again, whatever signs are in it', () => {
  for (const word of words) {
    const root = new Block()
      .add(`k${word}`, word, [`${word}\nnext: line`])
      .add('flow', { [`f${word}`]: word, list: [word, 1, true], none: undefined, inner: { a: word } })
      .add('items', new Items().add({ word }, [word]).add(word))
      .add('block', new Block().add('inner', word, [word]))
      .add('empty', new Block())
    assert.deepEqual(parse(yamlText([word, 'end'], root)), plainOf(root), JSON.stringify(word))
  }
})

test('a comment is one line, and drives no terminal', () => {
  const text = yamlText(['a\nb: c\u001b[31m\u202e'], new Block().add('k', 1, ['x\r\ny', 'z'.repeat(9999)]))
  assert.equal(text.split('\n').length, 5)
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  assert.ok(text.length < 1000)
  assert.equal(quoted('a\nb'), '"a\\u{a}b"')
})
