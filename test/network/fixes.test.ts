/** Fixes of random labs: each helps, from either end, and none of its changes can be left out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLabObject, type ResolvedLab, withValue } from '#lab'
import { type Change, findFix, type Probe, trace } from '#trace'
import { randomLabFile, randomNetwork } from './random-network.ts'

const labs = Number(process.env.NESTLAB_LABS ?? 120)
const load = { file: 'random.lab.yaml' }

function withChanges(value: unknown, changes: readonly Change[]): ResolvedLab {
  const changed = changes.reduce((plain, change) => withValue(plain, change.path, change.value), value)
  const { lab, problems } = loadLabObject(changed, load)
  assert.deepEqual(problems, [])
  assert.ok(lab)
  return lab
}

/** The first two pairs of machines of which the first does not reach the second. */
function failing(seed: number): readonly Probe[] {
  const lab = randomNetwork(seed)
  const paths = machinePaths(lab)
  const probes = paths.flatMap((from) =>
    paths.flatMap((to): Probe[] => (from === to ? [] : [{ from, to, what: { kind: 'icmp' } }])),
  )
  return probes.filter((probe) => !trace(lab, probe).reached).slice(0, 2)
}

function machinePaths({ top }: ResolvedLab): readonly string[] {
  const paths: string[] = []
  const open = [...top.machines]
  for (const machine of open) {
    if (machine.nics.some(({ address }) => address)) paths.push(machine.path)
    open.push(...(machine.hypervisor?.inside.machines ?? []))
  }
  return paths
}

test('a fix helps from both ends, and none of its changes is too many', (t) => {
  let asked = 0
  let fixed = 0
  for (let seed = 1; seed <= labs; seed += 1) {
    const value = randomLabFile(seed)
    for (const probe of failing(seed)) {
      asked += 1
      const fix = findFix({ value, load }, probe, { nowMs: () => 0, tries: 300 })?.fixes[0]
      if (!fix) continue
      fixed += 1
      const which = `seed ${seed}, ${probe.from} to ${probe.to}: ${JSON.stringify(fix.changes)}`
      const lab = withChanges(value, fix.changes)
      assert.ok(trace(lab, probe).reached, which)
      assert.ok(trace(lab, { ...probe, from: probe.to, to: probe.from }).reached, which)
      for (const change of fix.changes) {
        const fewer = withChanges(
          value,
          fix.changes.filter((one) => one !== change),
        )
        const both = [probe, { ...probe, from: probe.to, to: probe.from }]
        assert.ok(
          !both.every((one) => trace(fewer, one).reached),
          `${which} without ${change.path.join('.')}`,
        )
      }
    }
  }
  t.diagnostic(`${asked} pairs that do not reach each other, ${fixed} with a fix`)
  assert.ok(fixed > 0)
})
