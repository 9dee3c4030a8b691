/** Options of `net impair` become conditions, or a refusal that says what is wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionsText, linkOptions, readConditions } from './link-words.ts'
import type { Call } from './verb.ts'

/** What was typed, as a verb sees it. */
function read(line: string) {
  const words = line.split(' ')
  const behind = (option: string) => words[words.indexOf(`--${option}`) + 1]
  const typed = (option: string) => words.includes(`--${option}`)
  const takes = (option: string) => linkOptions.some(([flags]) => flags.startsWith(`--${option} <`))
  const call: Pick<Call, 'has' | 'value'> = {
    has: (option) => typed(option) && !takes(option),
    value: (option) => (typed(option) && takes(option) ? behind(option) : undefined),
  }
  return readConditions(call as Call)
}

test('every condition can be told again in words', () => {
  const rows: readonly [string, string][] = [
    ['--delay 40ms', 'delay 40ms, both directions'],
    ['--delay 1.5s --jitter 5ms --direction in', 'delay 1.5s, jitter 5ms, in only'],
    ['--loss 1% --duplicate 0.1 --corrupt 0.01%', 'loss 1%, duplicate 0.1%, corrupt 0.01%, both directions'],
    ['--delay 10ms --reorder 1%', 'delay 10ms, reorder 1%, both directions'],
    ['--rate 10mbit --seed 7 --direction out', 'rate 10mbit, out only, seed 7'],
    ['--down', 'down, both directions'],
  ]
  for (const [line, told] of rows) {
    const conditions = read(line)
    assert.ok(conditions, line)
    assert.equal(conditionsText(conditions), told)
  }
})

test('without options there are no conditions', () => {
  assert.equal(read('kvm-1'), undefined)
})

test('what makes no sense is refused', () => {
  const rows: readonly [string, RegExp][] = [
    ['--delay 2m', /--delay 2m is not a time of at most a minute/],
    ['--delay -5ms', /is not a time/],
    ['--loss 101%', /--loss 101% is not a percentage from 0% to 100%/],
    ['--rate 10mbps', /--rate 10mbps is not a rate in bits/],
    ['--rate 0bit', /is not a rate/],
    ['--down --seed -1', /--seed -1 is not a whole number from 0/],
    ['--down --seed 4294967296', /is not a whole number from 0/],
    ['--down --direction up', /--direction up is none of in, out and both/],
    ['--jitter 5ms', /--jitter varies a delay: give --delay/],
    ['--reorder 1%', /--reorder lets frames overtake delayed ones/],
    ['--loss 0%', /leaves the link good/],
    ['--seed 5', /leaves the link good/],
  ]
  for (const [line, message] of rows) assert.throws(() => read(line), { code: 'wrong-usage', message }, line)
})
