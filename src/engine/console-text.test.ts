import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanConsole, lastLines } from './console-text.ts'

test('nothing of a console changes the terminal that shows it', () => {
  const coloured =
    '\u001b[1;31mpanic\u001b[0m \u001b]0;title\u0007here\u001b[2J\u001b(B\u009b31m!\u0000\u0008'
  assert.equal(cleanConsole(coloured), 'panic here!')
})

test('a sequence that was cut off at either end leaves nothing dangerous', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must be gone
  assert.doesNotMatch(cleanConsole('31mtail\u001b[3'), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
})

test('a line that was drawn again and again shows as it was drawn last', () => {
  assert.equal(cleanConsole('10 %\r20 %\r30 %\r\nnext\r\n'), '30 %\nnext\n')
})

test('the last lines leave out empty ones and cut long ones', () => {
  assert.equal(lastLines(`a\n\n  \nb\n${'c'.repeat(20)}\n`, 2, 10), `b\n${'c'.repeat(9)}…`)
})
