/** The example labs do what their comments say, without being started. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { trace } from './index.ts'
import { loaded } from './labs.fixture.ts'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))

/** `reached`, or why not. */
function verdict(file: string, from: string, to: string): string {
  const lab = loaded(readFileSync(`${examples}${file}.lab.yaml`, 'utf8'))
  const { reached, cause } = trace(lab, { from, to, what: { kind: 'icmp' } })
  return reached ? 'reached' : `${cause?.reason}`
}

const rows: readonly (readonly [file: string, from: string, to: string, verdict: string])[] = [
  ['two-hypervisors', 'kvm-1/web', 'kvm-2/web', 'reached'],
  ['two-hypervisors', 'kvm-1', 'kvm-2', 'reached'],
  ['two-hypervisors', 'kvm-1', 'kvm-1/web', 'NO_COMMON_NETWORK'],
  ['three-levels', 'outer', 'outer/inner', 'NO_COMMON_NETWORK'],
  ['three-levels', 'outer/inner', 'outer/inner/app', 'NO_COMMON_NETWORK'],
  ['rick-mur', 'kvm-1/vm', 'kvm-4/vm', 'reached'],
  ['rick-mur', 'esxi-a-1', 'kvm-3', 'reached'],
  ['rick-mur', 'esxi-a-1', 'kvm-3/vm', 'NO_COMMON_NETWORK'],
]

for (const [file, from, to, expected] of rows) {
  test(`in ${file} a ping from ${from} to ${to} comes to ${expected}`, () => {
    assert.equal(verdict(file, from, to), expected)
  })
}
