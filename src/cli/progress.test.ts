import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { EngineEvent, Plan, Step } from '#engine'
import { Failure } from '#failure'
import { plain, withoutColour } from './paint.ts'
import { showProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

const step = (kind: Step['do'], path: string): Step => ({
  id: `${kind} ${path}`,
  do: kind,
  path,
  because: '',
  needs: [],
})
const start = step('start-machine', 'kvm-1')
const prove = step('prove-guest', 'kvm-1')
const inner = step('start-machine', 'kvm-1/web')
const plan: Plan = { lab: 'demo', aim: 'up', steps: [start, prove, inner], unchanged: [], deferred: [] }

const story: readonly EngineEvent[] = [
  { kind: 'planned', plan },
  { kind: 'step-began', step: start, atMs: 0 },
  { kind: 'step-done', step: start, atMs: 100, tookMs: 100 },
  { kind: 'step-began', step: prove, atMs: 100 },
  { kind: 'note', path: 'kvm-1', text: 'a bell \u0007 from the guest' },
  {
    kind: 'step-failed',
    step: prove,
    atMs: 9_000,
    failure: new Failure('guest-silent', 4, 'no answer', 'look'),
  },
  { kind: 'step-skipped', step: inner, because: 'kvm-1 is not ready' },
]

function tell(isLive: boolean): string {
  const stderr = Object.assign(new PassThrough(), { columns: 80, rows: 24 })
  const told: string[] = []
  const terminal = { stderr, paintErrors: plain, isLive, tell: (text: string) => told.push(text) }
  using progress = showProgress(terminal as unknown as Terminal, 'demo', () => 10_000)
  for (const event of story) progress.onEvent(event)
  return isLive ? withoutColour(String(stderr.read())) : told.join('\n')
}

test('without a terminal, progress is one line for what ended and for what takes long', () => {
  assert.deepEqual(tell(false).split('\n'), [
    'kvm-1: started (0.1 s)',
    'kvm-1: booting',
    'kvm-1: a bell \\x07 from the guest',
    'kvm-1: failed while booting',
    'kvm-1/web: not started: kvm-1 is not ready',
  ])
})

test('on a terminal, progress is a tree whose last picture tells how it ended', () => {
  const picture = tell(true).split('0J').at(-1) ?? ''
  assert.match(picture, /^demo {2}0\/2 /)
  assert.match(picture, /kvm-1 +✗ failed while booting/)
  assert.match(picture, /└─ web +- not started/)
})
