/** The home lab of `examples/rick-mur.lab.yaml`: what it still lacks, and the part of it that runs. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab, type Machine, machinesOf, type ResolvedLab } from '#lab'
import { type Bench, openBench, recorder } from './simulated.ts'
import { failureOf, states } from './two-hypervisors.ts'

const file = fileURLToPath(new URL('../../examples/rick-mur.lab.yaml', import.meta.url))

function rickMur(): ResolvedLab {
  const { lab, problems } = loadLab(readFileSync(file), { file })
  return lab ?? assert.fail(JSON.stringify(problems))
}

/** Has what Nestlab builds itself, and no provider for anything but KVM. */
function openPlainBench(t: TestContext): Promise<Bench> {
  return openBench(t, {
    images: (image) =>
      image.from === 'catalogue' && image.name.startsWith('esxi') ? undefined : 'a'.repeat(64),
    change: (plain) => ({ ...plain, lacking: async ({ hypervisor }: Machine) => lackingIn(hypervisor) }),
  })
}

function lackingIn(hypervisor: Machine['hypervisor']): string | undefined {
  return hypervisor?.product === 'esxi' ? 'There is no provider for esxi.' : undefined
}

test('plan and up name at once everything the lab needs, with the machines that need it', async (t) => {
  const { engine, never } = await openPlainBench(t)
  const options = { onEvent: recorder().onEvent, signal: never }
  for (const work of [engine.plan(rickMur(), {}, never), engine.up(rickMur(), options)]) {
    const { code, exitCode, message, remedy } = await failureOf(work)
    assert.deepEqual([code, exitCode], ['keys-without-effect', 1])
    assert.deepEqual(message.split('\n').slice(1), [
      '  clusters.compute-a (esxi-a-1, esxi-a-2): Clusters cannot be set up yet.',
      '  clusters.compute-b (esxi-b-1, esxi-b-2): Clusters cannot be set up yet.',
      'And these machines cannot run yet:',
      '  esxi-a-1, esxi-a-2, esxi-b-1, esxi-b-2: VMware ESXi 5.5 is not in the image store. It needs the ' +
        'installer ISO and a licence from Broadcom; `nestlab image import FILE --name esxi-5.5` brings it in.',
      '  esxi-a-1, esxi-a-2, esxi-b-1, esxi-b-2: There is no provider for esxi.',
    ])
    assert.match(remedy, /--only/)
  }
  assert.deepEqual(await engine.labs(), [])
})

test('one machine of a cluster is enough for its key to be refused, and only that machine is named', async (t) => {
  const { engine, never } = await openPlainBench(t)
  const { message } = await failureOf(engine.plan(rickMur(), { only: ['esxi-b-2', 'kvm-1'] }, never))
  assert.match(message, /clusters\.compute-b \(esxi-b-2\): /)
  assert.doesNotMatch(message, /compute-a|esxi-a|esxi-b-1|kvm/)
})

test('the KVM nodes come up without the rest', async (t) => {
  const { engine, never } = await openPlainBench(t)
  const only = ['kvm-*']
  const kvm = [...machinesOf(rickMur().top)].map(({ path }) => path).filter((path) => path.startsWith('kvm-'))
  assert.equal(kvm.length, 8)
  const { steps } = await engine.plan(rickMur(), { only }, never)
  const created = steps.filter((step) => step.do === 'create-machine').map((step) => step.path)
  assert.deepEqual(created.toSorted(), kvm.toSorted())
  const status = await engine.up(rickMur(), { only, onEvent: recorder().onEvent, signal: never })
  assert.deepEqual(
    states(status).filter((text) => text.endsWith(' ready')),
    kvm.map((path) => `${path} ready`),
  )
})
