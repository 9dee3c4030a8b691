/** `expect:` without a running lab. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyExpectations } from './index.ts'
import { atTop, changedLevel } from './labs.fixture.ts'

const expect = `expect:
  - { reach: { from: a/vm, to: b/vm } }
  - { isolated: { from: a/vm, to: b/vm } }
  - { isolated: { from: a, to: b } }
  - { http: { from: b/vm, to: a/vm, port: 8080 } }
  - { exec: { on: a/vm, command: [ls] } }
`

const verdicts = (lab: ReturnType<typeof atTop>) => verifyExpectations(lab).map(({ holds }) => holds)

test('expectations are verified by traces, and commands left to the running lab', () => {
  const lab = atTop(changedLevel([]) + expect)
  assert.deepEqual(verdicts(lab), [true, false, true, true, 'unknown'])
  const [reach, , isolated, http] = verifyExpectations(lab)
  assert.equal(reach?.trace?.legs.length, 4)
  assert.equal(isolated?.trace?.cause?.reason, 'NO_ADDRESS')
  assert.deepEqual(http?.trace?.probe.what, { kind: 'tcp', port: 8080 })
})

test('a lab that a setting has cut in two fails what should reach and keeps what should not', () => {
  const lab = atTop(changedLevel([['vlan: 4095', 'vlan: 0']]) + expect)
  assert.deepEqual(verdicts(lab), [false, true, true, false, 'unknown'])
})

test('a lab that expects nothing has nothing to verify', () => {
  assert.deepEqual(verifyExpectations(atTop(changedLevel([]))), [])
})
