import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpuReport, riskOf } from './cpus.ts'
import { hostsText, labOf } from './labs.fixture.ts'
import { level0Of } from './level0.ts'

function cpusOf(text: string, copies = 1) {
  const lab = labOf(text)
  return cpuReport(lab, level0Of(lab, undefined).hosts, copies)
}

const inside = (product: string, cpus: number) => `machines:
  outer:
    cpus: 2
    memory: 8GiB
    hypervisor:
      product: ${product}
      machines: { vm: { image: tiny, count: 3, cpus: ${cpus} } }
`

test('vCPUs of all levels count on the physical cores', () => {
  const host = hostsText(['a'], 'product: kvm, memory: 32GiB, cpu: { cores: 4 }')
  const { levels, runnableVcpus, perCore, risk } = cpusOf(host + inside('kvm', 2))
  assert.deepEqual(levels, [
    { level: 1, machines: 1, vcpus: 2 },
    { level: 2, machines: 3, vcpus: 6 },
  ])
  assert.deepEqual([runnableVcpus, perCore, risk], [8, 2, 'comfortable'])
  assert.deepEqual(cpusOf(host + inside('kvm', 2), 3).perCore, 6)
})

test('cores that hold several levels bear fewer vCPUs than others', () => {
  const host = hostsText(['a'], 'product: kvm, memory: 32GiB, cpu: { cores: 2 }')
  const flat = 'machines: { vm: { image: tiny, count: 7 } }\n'
  const [nested, single] = [cpusOf(host + inside('kvm', 1)), cpusOf(host + flat)]
  assert.deepEqual([nested.perCore, nested.risk], [2.5, 'waits-at-peaks'])
  assert.deepEqual([single.perCore, single.risk], [3.5, 'comfortable'])
})

test('the risk of waiting changes just behind each threshold', () => {
  const thresholds = { comfortable: 2, waits: 4 }
  const risks = [2, 2.01, 4, 4.01, undefined].map((perCore) => riskOf(perCore, thresholds))
  assert.deepEqual(risks, ['comfortable', 'waits-at-peaks', 'waits-at-peaks', 'waits', 'unknown'])
})

test('hosts that do not tell their cores make the ratio unknown', () => {
  const { cores, perCore, risk } = cpusOf(hostsText(['a'], 'product: kvm, memory: 32GiB') + inside('kvm', 1))
  assert.deepEqual([cores, perCore, risk], [undefined, undefined, 'unknown'])
})

test('ESXi starts no machine that is wider than itself, QEMU does', () => {
  const wide = (product: string) => cpusOf(inside(product, 3)).hypervisors[0]?.tooWide.length
  assert.deepEqual([wide('esxi'), wide('hyperv'), wide('kvm')], [3, 3, 0])
  assert.deepEqual(cpusOf(inside('esxi', 2)).hypervisors[0]?.tooWide, [])
})
