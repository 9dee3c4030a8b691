/** Quoting, asked of real shells. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { readMarks, runScript, shellQuote, throughStdin } from './shell.ts'

const SHELLS: readonly (readonly string[])[] = [['dash'], ['bash'], ['busybox', 'sh']]
const PIECES = [
  "'",
  '"',
  '\\',
  '$',
  '`',
  '$(id)',
  '!',
  '*',
  '?',
  '~',
  ' ',
  '\t',
  '\n',
  '\r',
  ';',
  '&',
  '|',
  '<',
  '>',
]
const MORE = [
  '(',
  ')',
  '#',
  '%',
  '{a,b}',
  '[x]',
  '-',
  '--',
  '=',
  'é',
  '€',
  '😀',
  '\x01',
  '\x7f',
  'a',
  'Z',
  '0',
  '',
]
const ALL = [...PIECES, ...MORE]

/** The same numbers in every run (a linear congruential generator), so that a failure can be repeated. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

function randomArgv(random: Generator<number, never>): string[] {
  const upTo = (limit: number) => Math.floor(random.next().value * limit)
  const word = () => Array.from({ length: upTo(12) }, () => ALL[upTo(ALL.length)] ?? '').join('')
  return Array.from({ length: 1 + upTo(6) }, word)
}

function say([program = '', ...args]: readonly string[], input?: string): string {
  const { stdout, status, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

for (const shell of SHELLS) {
  const name = shell.join(' ')
  const missing = spawnSync(shell[0] ?? '', ['--help']).error ? `${name} is not installed` : false

  describe(`In ${name}`, { skip: missing }, () => {
    it('a quoted command line gives a program exactly the arguments it was made of', () => {
      const random = numbers(20_240_817)
      const lists = Array.from({ length: 300 }, () => randomArgv(random))
      const script = lists.map((argv) => `printf '%s\\0' ${shellQuote(argv)}`).join('\n')
      const expected = lists.flat().map((argument) => `${argument}\0`)
      assert.equal(say([...shell, '-c', script]), expected.join(''))
    })

    it('a script sent through stdin runs as it is and leaves the rest to its program', () => {
      const random = numbers(7)
      for (let round = 0; round < 20; round += 1) {
        const argv = randomArgv(random)
        const script = `printf '%s\\0' ${shellQuote(argv)}; exec cat`
        const { command, prelude } = throughStdin(script)
        const expected = `${argv.map((argument) => `${argument}\0`).join('')}rest\n\\n`
        assert.equal(say([...shell, '-c', command], `${prelude}rest\n\\n`), expected)
      }
    })
  })
}

it("a started program's number is told apart from what it writes itself", () => {
  const { stderr, stdout } = spawnSync('sh', ['-c', runScript(['sh', '-c', 'echo $$; echo mine >&2'])], {
    encoding: 'utf8',
  })
  const marked = readMarks(`a login shell's complaint\n${stderr}`)
  assert.equal(marked.pid, Number(stdout))
  assert.equal(marked.missing, false)
  assert.equal(marked.stderr, "a login shell's complaint\nmine\n")
})

it('a missing program is marked as such', () => {
  const { stderr, status } = spawnSync('sh', ['-c', runScript(['no-such-program'])], { encoding: 'utf8' })
  assert.equal(status, 127)
  assert.equal(readMarks(stderr).missing, true)
})
