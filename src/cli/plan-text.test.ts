import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan, Step, StepKind } from '#engine'
import { plain } from './paint.ts'
import { planLines } from './plan-text.ts'

const step = (kind: StepKind, path: string, because: string): Step => ({
  id: `${kind} ${path}`,
  do: kind,
  path,
  because,
  needs: [],
})

const planOf = (steps: readonly Step[], unchanged: readonly string[] = []): Plan => ({
  lab: 'demo',
  aim: 'up',
  steps,
  unchanged,
  deferred: [],
})

test('a plan says what is created, changed and destroyed, and why, nested as the lab is', () => {
  const lines = planLines(
    planOf(
      [
        step('create-machine', 'kvm-1/web', 'new in the lab file'),
        step('start-machine', 'kvm-1/web', 'new in the lab file'),
        step('remove-machine', 'kvm-1/db', 'memory 96 → 128 MiB'),
        step('create-machine', 'kvm-1/db', 'memory 96 → 128 MiB'),
        step('remove-machine', 'kvm-1/old', 'no longer in the lab file'),
      ],
      ['kvm-1'],
    ),
    plain,
  )
  assert.deepEqual(lines, [
    'demo: 5 steps, 1 already as wanted',
    '  kvm-1   as wanted',
    '├─ + web  create, start   new in the lab file',
    '├─ ~ db   remove, create  memory 96 → 128 MiB',
    '└─ - old  remove          no longer in the lab file',
  ])
})

test('an empty plan says that nothing is to be done', () => {
  assert.deepEqual(planLines(planOf([]), plain), ['demo is as wanted: nothing to do.'])
})

test('what is inside a hypervisor that cannot be planned yet is named with what it waits for', () => {
  const steps = [
    step('prove-guest', 'silent', 'what is inside is not known'),
    step('put-identity', 'copy', 'it has the name golden of its original'),
  ]
  assert.deepEqual(planLines({ ...planOf(steps), deferred: ['silent', 'copy'] }, plain).slice(1), [
    '~ silent  wait until ready       what is inside is not known',
    '~ copy    give its own identity  it has the name golden of its original',
    'silent: what is to be done inside is planned once it answers',
    'copy: what is to be done inside is planned after that',
  ])
})
