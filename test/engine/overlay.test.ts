/** The example with two tenants of the same addresses, in the simulator: what its file expects, and its changes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab, type ResolvedLab } from '#lab'
import { type Bench, openBench, recorder } from './simulated.ts'

const file = fileURLToPath(new URL('../../examples/overlay.lab.yaml', import.meta.url))

function example(change = (text: string) => text): ResolvedLab {
  const { lab, problems } = loadLab(change(readFileSync(file, 'utf8')), { file })
  return lab ?? assert.fail(JSON.stringify(problems))
}

async function up({ engine, never }: Bench, lab: ResolvedLab): Promise<void> {
  const { onEvent } = recorder()
  await engine.up(lab, { onEvent, signal: never })
}

/** Expectations that do not hold. */
async function broken({ engine, never }: Bench): Promise<readonly string[]> {
  const checked = await engine.checkExpectations('overlay', { signal: never })
  assert.ok(checked.length > 5)
  return checked
    .filter(({ holds }) => !holds)
    .map(({ expectation, seen }) => `${JSON.stringify(expectation)}: ${seen}`)
}

test('two tenants with the same addresses on four hypervisors reach their own machines and no others', async (t) => {
  const bench = await openBench(t)
  await up(bench, example())
  assert.deepEqual(await broken(bench), [])
})

test('tenants that are in one overlay by mistake are no longer isolated, and the expectations say so', async (t) => {
  const bench = await openBench(t)
  const wrong = (text: string) =>
    text
      .replace('tenant-b: { vlan: 20 }', 'tenant-b: { vlan: 10 }')
      .replace(/^ {2}tenant-b: \{ vni.*$/m, '')
      .replaceAll(/10\.1\.0\.(\d)(\/24, mac: "02:00:00:00:0b)/g, '10.1.0.1$1$2')
  await up(bench, example(wrong))
  const failures = await broken(bench)
  assert.ok(failures.some((failure) => failure.includes('"isolated"')))
  assert.ok(failures.every((failure) => !failure.includes('"reach"')))
})

test('a hypervisor that joins an overlay is added to the others, and nothing is started again', async (t) => {
  const bench = await openBench(t)
  await up(
    bench,
    example((text) => text.replace('[kvm-1, kvm-2, kvm-3, kvm-4] }\n\n', '[kvm-1, kvm-2, kvm-3] }\n\n')),
  )
  const { steps } = await bench.engine.plan(example(), {}, bench.never)
  assert.deepEqual(
    steps.map((step) => `${step.id}: ${step.because}`),
    [
      'put-switch kvm-1/br0: overlay tenant-b: also to kvm-4',
      'put-switch kvm-2/br0: overlay tenant-b: also to kvm-4',
      'put-switch kvm-3/br0: overlay tenant-b: also to kvm-4',
      'put-switch kvm-4/br0: new overlay tenant-b',
    ],
  )
})
