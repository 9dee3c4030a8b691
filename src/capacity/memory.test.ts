import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labOf } from './labs.fixture.ts'
import { innerMemory } from './memory.ts'

const esxi = (memory: string, inside = '', version = '5.5') => `machines:
  esxi:
    memory: ${memory}
    hypervisor:
      product: esxi
      version: "${version}"
${inside}`

const guests = (count: number, memory: string, cpus = 1) =>
  `      machines:\n        vm: { image: tiny, count: ${count}, memory: ${memory}, cpus: ${cpus} }\n`

const only = (text: string) => innerMemory(labOf(text).top)[0] ?? assert.fail('no hypervisor')

test('a nested ESXi 5.5 of 6 GiB uses 2 GiB itself and carries three or four guests', () => {
  const { ownMiB, leftMiB, room, fit } = only(esxi('6GiB'))
  assert.deepEqual([ownMiB, leftMiB, fit], [2048, 4096, 'fits'])
  assert.deepEqual(room, { guestMiB: 1024, atLeast: 3, atMost: 4 })
})

test('three guests of 1 GiB fit in it and fill it, four do not fit with their overhead', () => {
  assert.equal(only(esxi('6GiB', guests(3, '1GiB'))).fit, 'heavily-used')
  const four = only(esxi('6GiB', guests(4, '1GiB')))
  assert.equal(four.fit, 'does-not-fit')
  assert.ok((four.leftMiB ?? 0) < 0)
})

test('at 80 % of its memory a hypervisor is heavily used, and just below it is not', () => {
  // 6144 MiB, 2048 of them its own: 80 % are 4915.2, so guests and overhead may take 2867.2.
  const oneGuest = (memory: string) => only(esxi('6GiB', guests(1, memory)))
  assert.equal(oneGuest('2800MiB').fit, 'fits')
  assert.equal(oneGuest('2840MiB').fit, 'heavily-used')
})

test('the overhead of a machine is that of the table of vSphere, within a MiB', () => {
  // Memory in MiB, vCPUs, overhead in MiB: cells of the table for vSphere 6.5.
  const cells = [
    [256, 1, 20.29],
    [256, 2, 24.28],
    [256, 8, 48.16],
    [1024, 1, 25.9],
    [1024, 4, 37.86],
    [4096, 1, 48.64],
    [4096, 8, 76.78],
    [16384, 2, 143.98],
    [16384, 8, 168.6],
  ] as const
  for (const [memory, cpus, overhead] of cells) {
    const { overheadMiB = Number.NaN } = only(esxi('64GiB', guests(1, `${memory}MiB`, cpus)))
    const distance = Math.abs(overheadMiB - overhead)
    assert.ok(distance < 1.5, `${memory} MiB, ${cpus} vCPUs: ${overheadMiB} instead of ${overhead}`)
  }
})

test('a hypervisor inside a hypervisor is sized like one outside', () => {
  const inner = `      machines:
        inner:
          memory: 6GiB
          hypervisor: { product: esxi, version: "5.5", machines: { vm: { image: tiny, memory: 5GiB } } }
`
  const found = innerMemory(labOf(esxi('10GiB', inner)).top)
  assert.deepEqual(
    found.map(({ path, level, fit }) => [path, level, fit]),
    [
      ['esxi', 1, 'heavily-used'],
      ['esxi/inner', 2, 'does-not-fit'],
    ],
  )
})

test('of a product without figures nothing is guessed, but what is too much for certain is said', () => {
  const { top } = labOf(esxi('6GiB', guests(1, '1GiB')))
  const renamed = (memoryMiB: number) =>
    innerMemory({
      ...top,
      machines: top.machines.map((machine) => ({
        ...machine,
        memoryMiB,
        ...(machine.hypervisor && { hypervisor: { ...machine.hypervisor, product: 'other' } }),
      })),
    })[0] ?? assert.fail()
  const { ownMiB, overheadMiB, leftMiB, room, fit } = renamed(6144)
  assert.deepEqual(
    [ownMiB, overheadMiB, leftMiB, room, fit],
    [undefined, undefined, undefined, undefined, 'unknown'],
  )
  assert.equal(renamed(1000).fit, 'does-not-fit')
})
