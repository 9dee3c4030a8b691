import assert from 'node:assert/strict'
import { once } from 'node:events'
import { duplexPair, PassThrough } from 'node:stream'
import { test } from 'node:test'
import { lendTerminal } from './raw-terminal.ts'
import type { Terminal } from './terminal.ts'

function person() {
  const raw: boolean[] = []
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => raw.push(mode),
  })
  const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24 })
  return { raw, stdin, stdout, terminal: { stdin, stdout } as unknown as Terminal }
}

const never = new AbortController().signal

test('keys reach the machine untouched until Ctrl-], which stays here', async () => {
  const { stdin, terminal, raw } = person()
  const [ours, machine] = duplexPair()
  const lent = lendTerminal(terminal, ours, { detaches: true, signal: never })
  const typed = once(machine, 'data')
  stdin.write(Buffer.from('ls\r\x03\x1dnot this'))
  assert.equal(await lent, 'detached')
  assert.equal(String((await typed)[0]), 'ls\r\x03')
  assert.deepEqual(raw, [true, false])
})

test('what the machine prints is shown, and its hanging up ends the loan', async () => {
  const { stdout, terminal } = person()
  const [ours, machine] = duplexPair()
  const lent = lendTerminal(terminal, ours, { detaches: true, signal: never })
  machine.end('login: ')
  assert.equal(await lent, 'closed')
  assert.equal(String(stdout.read()), 'login: ')
})

test('a resized window is told to the machine', async () => {
  const { stdin, stdout, terminal } = person()
  const [ours] = duplexPair()
  const sizes: (readonly [number, number])[] = []
  const lent = lendTerminal(terminal, ours, {
    detaches: true,
    signal: never,
    onResize: (columns, rows) => sizes.push([columns, rows]),
  })
  Object.assign(stdout, { columns: 120, rows: 50 }).emit('resize')
  stdin.write('\x1d')
  await lent
  assert.deepEqual(sizes, [[120, 50]])
})
