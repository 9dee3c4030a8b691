import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import written from './data/overheads.json' with { type: 'json' }
import figures from './data/sizing-figures.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'
import { vmOverheadMiB } from './overheads.ts'
import { bootFactor, performanceRange } from './performance.ts'
import { productFacts } from './products.ts'
import { type DiskKind, diskIops, type SizingKey, sizingData, sizingFigure } from './sizing-figures.ts'

const overheadRow = z.strictObject({
  hypervisors: z.array(z.string()).min(1),
  baseMiB: z.number().nonnegative(),
  perMemoryMiB: z.number().nonnegative(),
  perCpuMiB: z.number().nonnegative(),
  source: sourceName,
})

const keys: Readonly<Record<SizingKey, true>> = {
  'cpu-per-extra-level': true,
  'io-per-extra-level': true,
  'cpu-without-slat': true,
  'io-without-slat': true,
  'cpu-emulated': true,
  'io-emulated': true,
  'three-levels': true,
  'boot-per-extra-level': true,
  'boot-emulated': true,
  'score-nested-seed': true,
  'score-ec2-seed': true,
  'saving-ec2-claimed': true,
  'page-sharing-copies': true,
  'page-sharing-vsphere': true,
  'iops-sata': true,
  'iops-sas': true,
  'iops-ssd': true,
  'iops-nvme': true,
  'iops-per-vm': true,
  'write-disks-of-mirror': true,
  'accesses-of-parity-write': true,
  'reads-of-accesses': true,
  'flash-cache-hits': true,
  'vms-per-mirrored-nas': true,
  'vms-on-avoton': true,
  'avoton-of-e3-1230-v3': true,
  'thin-disk-filled': true,
  'linked-clone-filled': true,
  'memory-marks': true,
  'lab-server-memory': true,
  'cpus-per-core': true,
  'cpus-per-core-nested': true,
}

const figureRow = z
  .strictObject({
    key: z.string(),
    low: z.number().nonnegative(),
    high: z.number().nonnegative(),
    unit: z.enum(['share', 'times', 'IOPS', 'disks', 'VMs', 'vCPUs', 'GiB']),
    text: z.string().regex(/^[A-Z].*\.$/),
    source: sourceName,
  })
  .refine(({ low, high }) => low <= high, { error: 'low is above high' })
  .refine(({ high, unit }) => unit !== 'share' || high <= 1, { error: 'a share is at most one' })

test('the files of overheads and of sizing figures are well formed', () => {
  const keyOf = (row: z.infer<typeof overheadRow>) => row.hypervisors.join(' ')
  assert.deepEqual(problemsOf(written, { row: overheadRow, keyOf }), [])
  assert.deepEqual(problemsOf(figures, { row: figureRow, keyOf: (row) => row.key }), [])
})

test('every sizing figure that the code may ask for is in the file, and no other', () => {
  assert.deepEqual(
    sizingData()
      .rows.map(({ key }) => key)
      .sort(),
    Object.keys(keys).sort(),
  )
})

test('the overhead of a VM on ESXi is within 1 MB of the table of vSphere 6.5', () => {
  const table: Readonly<Record<number, readonly number[]>> = {
    256: [20.29, 24.28, 32.23, 48.16],
    1024: [25.9, 29.91, 37.86, 53.82],
    4096: [48.64, 52.72, 60.67, 76.78],
    16384: [139.62, 143.98, 151.93, 168.6],
  }
  for (const [memory, cells] of Object.entries(table)) {
    for (const [at, expected] of cells.entries()) {
      const machine = { hypervisor: 'esxi', memoryMiB: Number(memory), cpus: 2 ** at }
      const overhead = vmOverheadMiB(machine)?.MiB ?? Number.NaN
      assert.ok(
        Math.abs(overhead - expected) < 1,
        `${memory} MB, ${2 ** at} vCPU: ${overhead}, not ${expected}`,
      )
    }
  }
})

test('a VM of 4 GiB with 2 vCPUs costs KVM 62 MiB beside its memory', () => {
  assert.equal(vmOverheadMiB({ hypervisor: 'kvm', memoryMiB: 4096, cpus: 2 })?.MiB, 62)
})

test('every product has an overhead, and what is no product has none', () => {
  for (const { hypervisors } of written.rows) {
    for (const hypervisor of hypervisors) assert.ok(productFacts(hypervisor), hypervisor)
  }
  for (const hypervisor of [
    'esxi',
    'kvm',
    'proxmox',
    'hyperv',
    'xcp-ng',
    'workstation',
    'player',
    'fusion',
    'virtualbox',
  ])
    assert.ok(vmOverheadMiB({ hypervisor, memoryMiB: 1024, cpus: 1 }), hypervisor)
  assert.equal(vmOverheadMiB({ hypervisor: 'bhyve', memoryMiB: 1024, cpus: 1 }), undefined)
})

test('a guest of level 2 keeps 80 to 94 % of its CPU speed, and a quarter without EPT', () => {
  const nested = performanceRange(2, { hasSlat: true, accelerator: 'kvm' })
  assert.ok(nested.modelled)
  assert.deepEqual(nested.cpu, { low: 0.8, high: 0.94 })
  assert.deepEqual(nested.io, { low: 0.5, high: 0.9 })
  const shadowed = performanceRange(2, { hasSlat: false, accelerator: 'kvm' })
  assert.ok(shadowed.modelled && shadowed.cpu.low <= 0.25 && shadowed.cpu.high >= 0.25)
})

test('a plain VM is the measure of all others', () => {
  const plain = performanceRange(1, { hasSlat: true, accelerator: 'kvm' })
  assert.deepEqual(plain, { modelled: true, cpu: { low: 1, high: 1 }, io: { low: 1, high: 1 }, figures: [] })
  assert.deepEqual(bootFactor(1, 'kvm'), { low: 1, high: 1 })
})

test('emulation slows every level down, and the figures say where that is from', () => {
  const emulated = performanceRange(1, { hasSlat: true, accelerator: 'tcg' })
  const inside = performanceRange(2, { hasSlat: true, accelerator: 'tcg' })
  assert.ok(emulated.modelled && inside.modelled)
  assert.ok(emulated.cpu.high < 0.5 && inside.cpu.high < emulated.cpu.high)
  assert.deepEqual(
    inside.figures.map(({ key }) => key),
    ['cpu-emulated', 'cpu-per-extra-level', 'io-emulated', 'io-per-extra-level'],
  )
  assert.ok((bootFactor(2, 'tcg')?.low ?? 0) > (bootFactor(1, 'tcg')?.low ?? 0))
})

test('from level 3 on nothing is modelled', () => {
  const deep = performanceRange(3, { hasSlat: true, accelerator: 'kvm' })
  assert.equal(deep.modelled, false)
  assert.match(deep.figures[0]?.text ?? '', /unusable/)
  assert.equal(bootFactor(4, 'kvm'), undefined)
})

test('faster kinds of disks do more reads a second', () => {
  const kinds: readonly DiskKind[] = ['sata', 'sas', 'ssd', 'nvme']
  for (const [at, kind] of kinds.entries()) {
    const slower = kinds[at - 1]
    if (slower !== undefined) assert.ok(diskIops(kind).low > diskIops(slower).low, kind)
  }
  assert.deepEqual([diskIops('sata').low, diskIops('sata').high], [75, 100])
})

test('the NAS of the seeds serves 20 to 30 VMs, and memory is heavily used from 80 % on', () => {
  assert.deepEqual(
    [sizingFigure('vms-per-mirrored-nas').low, sizingFigure('vms-per-mirrored-nas').high],
    [20, 30],
  )
  assert.deepEqual([sizingFigure('memory-marks').low, sizingFigure('memory-marks').high], [0.8, 0.85])
})
