/** Every reason for which a frame does not arrive, at level 0 and inside a hypervisor. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases } from './drop-cases.fixture.ts'
import { trace } from './index.ts'
import { atTop, changedLevel, inside } from './labs.fixture.ts'

const levels = [
  { where: 'at level 0', make: atTop, owner: '', keys: '' },
  { where: 'inside a hypervisor', make: inside, owner: 'outer/', keys: 'machines.outer.hypervisor.' },
]

for (const { where, make, owner, keys } of levels) {
  for (const { title, changes = [], probe, macs = {}, ...expected } of cases) {
    test(`${where}, a trace names ${title}`, () => {
      const lab = make(changedLevel(changes))
      const conditions = { macs: new Map(Object.entries(macs).map(([nic, mac]) => [owner + nic, mac])) }
      const ends = { from: `${owner}a/vm`, to: `${owner}b/vm`, what: { kind: 'icmp' } as const }
      const { reached, legs, cause } = trace(lab, { ...ends, ...probe }, conditions)
      const failed = legs.at(-1)
      assert.deepEqual(
        {
          reached,
          reason: cause?.reason,
          leg: failed?.name,
          at: cause?.at.join('.'),
          setting: plain(cause?.setting),
        },
        {
          reached: false,
          reason: expected.reason,
          leg: expected.leg,
          at: keys + expected.at,
          setting: expected.setting,
        },
      )
      assert.equal(failed?.reached ?? false, false)
    })
  }

  /** The names of machines and switches without those around them. */
  function plain(setting: string | undefined): string | undefined {
    return owner === '' ? setting : setting?.replaceAll(owner, '')
  }
}
