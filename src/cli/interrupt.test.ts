import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { listenForInterrupt, type Signals } from './interrupt.ts'

class Process extends EventEmitter implements Signals {
  readonly exits: number[] = []

  exit(code: number): void {
    this.exits.push(code)
  }
}

test('the first Ctrl-C asks the command to stop, the second one quits with 130', () => {
  const signals = new Process()
  const told: string[] = []
  using interrupt = listenForInterrupt(signals, (text) => told.push(text))
  signals.emit('SIGINT')
  assert.equal(interrupt.signal.aborted, true)
  assert.match(told.join(), /Ctrl-C again/)
  assert.deepEqual(signals.exits, [])
  signals.emit('SIGINT')
  assert.deepEqual(signals.exits, [130])
})

test('when the command has ended, Ctrl-C is the system’s again', () => {
  const signals = new Process()
  listenForInterrupt(signals, () => {})[Symbol.dispose]()
  assert.equal(signals.listenerCount('SIGINT'), 0)
})
