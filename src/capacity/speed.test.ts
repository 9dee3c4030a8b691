import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsText, labOf } from './labs.fixture.ts'
import { sizeLab } from './size-lab.ts'

const chain = `machines:
  outer:
    image: kvm-node
    memory: 4GiB
    hypervisor:
      product: kvm
      machines:
        inner:
          image: kvm-node
          memory: 2GiB
          hypervisor: { product: kvm, machines: { app: { image: tiny } } }
`
const two =
  'machines: { outer: { image: kvm-node, hypervisor: { product: kvm, machines: { app: { image: tiny } } } } }\n'
const host = (generation: string) =>
  hostsText(['a'], `product: kvm, memory: 32GiB, cpu: { cores: 4, generation: ${generation} }`)

test('speed is a range at level 2, and is not modelled from level 3 on', () => {
  const [first, second, third] = sizeLab(labOf(host('haswell') + chain)).speed.levels
  assert.deepEqual(first?.cpu, { low: 1, high: 1 })
  assert.ok(second?.cpu && second.cpu.low < second.cpu.high && second.cpu.high < 1)
  assert.ok(second.sources.length > 0)
  assert.deepEqual([third?.cpu, third?.io], [undefined, undefined])
  assert.match(third?.notModelled ?? '', /unusable/)
})

test('without nested paging an inner machine has about a quarter of the speed', () => {
  const speed = (generation: string) => sizeLab(labOf(host(generation) + two)).speed.levels[1]?.cpu?.high ?? 9
  assert.ok(speed('penryn') <= 0.3)
  assert.ok(speed('nehalem') > 0.8)
})

test('an emulated processor is said to be emulated, and is far slower', () => {
  const emulated = { name: 'here', product: 'kvm', memoryMiB: 32_768, disksMiB: [], nics: [] }
  const [first] = sizeLab(labOf(two), { site: { hosts: [emulated], accelerator: 'tcg' } }).speed.levels
  assert.equal(first?.isEmulated, true)
  assert.ok((first?.cpu?.high ?? 1) < 0.5)
})

test('a lab boots level after level, so a deeper one takes longer, and three levels are not modelled', () => {
  const boot = (text: string) => sizeLab(labOf(host('haswell') + text)).speed.boot
  const flat = boot('machines: { outer: { image: kvm-node } }\n').seconds
  const nested = boot(two).seconds
  assert.ok(flat && nested && nested.low > flat.low && nested.high > flat.high)
  assert.equal(boot(chain).seconds, undefined)
  assert.match(boot(chain).why, /level 3/)
})

test('more machines than cores may boot in turns, and an image that says nothing has no boot time', () => {
  const boot = (text: string) => sizeLab(labOf(host('haswell') + text)).speed.boot
  const few = boot('machines: { vm: { image: tiny, count: 4 } }\n').seconds
  const many = boot('machines: { vm: { image: tiny, count: 40 } }\n').seconds
  assert.deepEqual([many?.low, many?.high], [few?.low, 10 * (few?.high ?? 0)])
  const strange = `machines: { vm: { image: { url: "https://example.org/a.qcow2", sha256: ${'ab'.repeat(32)} } } }\n`
  assert.match(boot(strange).why, /vm takes to boot is not known/)
})
