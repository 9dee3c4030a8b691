import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { bootTime } from './boot-times.ts'
import written from './data/boot-times.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'

const bootTimeRow = z
  .strictObject({
    pattern: z.string(),
    note: z
      .string()
      .regex(/^[A-Z].*\.$/)
      .optional(),
    lowSeconds: z.number().positive(),
    highSeconds: z.number().positive(),
    source: sourceName,
  })
  .refine(({ lowSeconds, highSeconds }) => lowSeconds <= highSeconds, { error: 'low is above high' })

test('the file of boot times is well formed', () => {
  assert.deepEqual(problemsOf(written, { row: bootTimeRow, keyOf: (row) => row.pattern }), [])
})

test('a machine boots as long as the system in it, and an appliance longer than its system', () => {
  const high = (name: string) => bootTime(name)?.highSeconds ?? 0
  assert.ok(high('tiny') < high('kvm-node'))
  assert.equal(bootTime('esxi-8.0'), bootTime('esxi'))
  assert.equal(bootTime('windows-server-2022'), bootTime('hyperv'))
  assert.ok(high('vcenter') > high('esxi-8.0'))
  assert.equal(bootTime('some-image'), undefined)
})
