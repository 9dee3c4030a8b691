import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsText, labOf } from './labs.fixture.ts'
import { sizeLab } from './size-lab.ts'

const nested = (count: number, memory = '6GiB') =>
  `machines:\n  esxi: { count: ${count}, memory: ${memory}, hypervisor: { product: esxi, version: "5.5" } }\n`
const esxiHost = (memory: string) => `product: esxi, version: "5.5", memory: ${memory}, cpu: { cores: 8 }`

test('four hosts of 32 GB beside 64 GB for the rest make 192 GB, 9 TB of disk and 70 GB of SSD', () => {
  const { memory, disk } = sizeLab(
    labOf(`machines:
  esxi:
    count: 4
    memory: 32GiB
    cpus: 4
    disks: [{ size: 1TiB, kind: sata }, { size: 15GiB, kind: ssd }]
    hypervisor: { product: esxi, version: "5.5" }
  main:
    image: tiny
    memory: 64GiB
    cpus: 4
    disks: [{ size: 5TiB, kind: sata }, { size: 10GiB, kind: ssd }]
`),
  )
  assert.equal(memory.wantedMiB, 192 * 1024)
  assert.equal(disk.byKind.sata, 9 * 1024 * 1024)
  assert.equal(disk.byKind.ssd, 70 * 1024)
})

test('two hosts of 32 GB with eight nested ESXi are at 80 to 85 %: heavily used', () => {
  const report = sizeLab(labOf(hostsText(['xeon', 'avoton'], esxiHost('32GiB')) + nested(8)))
  const { share = 0, hosts } = report.memory
  assert.ok(share >= 0.8 && share <= 0.85, `${share}`)
  assert.equal(report.verdict, 'heavily-used')
  assert.deepEqual(
    hosts.map(({ machines, fit }) => [machines, fit]),
    [
      [4, 'heavily-used'],
      [4, 'heavily-used'],
    ],
  )
})

test('one machine less is no longer heavily used, and two more do not fit', () => {
  const verdict = (count: number) =>
    sizeLab(labOf(hostsText(['xeon', 'avoton'], esxiHost('32GiB')) + nested(count))).verdict
  assert.deepEqual([verdict(7), verdict(8), verdict(10)], ['fits', 'heavily-used', 'does-not-fit'])
})

test('machines that only fit together and not one by one do not fit', () => {
  const { verdict, reasons, placement } = sizeLab(
    labOf(hostsText(['a', 'b'], esxiHost('32GiB')) + nested(3, '20GiB')),
  )
  assert.equal(verdict, 'does-not-fit')
  const { placement: two } = sizeLab(labOf(hostsText(['a', 'b'], esxiHost('32GiB')) + nested(2, '20GiB')))
  assert.deepEqual([placement?.outcome, two?.outcome], ['impossible', 'placed'])
  assert.match(reasons[0]?.text ?? '', /GiB/)
})

test('with nothing known about level 0 the need is told, and whether it fits is not known', () => {
  const report = sizeLab(labOf(nested(2)))
  assert.deepEqual([report.verdict, report.site.origin], ['unknown', 'nothing'])
  assert.equal(report.memory.wantedMiB, 12 * 1024)
  assert.deepEqual(
    [report.memory.givenMiB, report.memory.overheadMiB, report.placement],
    [undefined, undefined, undefined],
  )
  assert.match(report.reasons[0]?.text ?? '', /nothing is known about level 0/)
})

test('a host that does not tell its memory makes the answer unknown, not the host empty', () => {
  const one = `${hostsText(['a'], esxiHost('32GiB'))}    b: { product: esxi, version: "5.5" }\n`
  const report = sizeLab(labOf(one + nested(2)))
  assert.equal(report.verdict, 'unknown')
  assert.equal(report.memory.givenMiB, undefined)
  assert.equal(report.placement, undefined)
})

test('a host without product may hide an own use, so what fits without it is unknown', () => {
  const verdict = (memory: string) =>
    sizeLab(labOf(hostsText(['a'], `memory: ${memory}`) + nested(2))).verdict
  assert.deepEqual([verdict('64GiB'), verdict('8GiB')], ['unknown', 'does-not-fit'])
})

test('the seats of a class share the hosts, and the file or the user says how many', () => {
  const lab = labOf(`${hostsText(['a'], esxiHost('64GiB'))}class: { seats: 3, hours: 10 }\n${nested(1)}`)
  assert.equal(sizeLab(lab).memory.wantedMiB, 3 * 6144)
  assert.equal(sizeLab(lab, { seats: 5 }).memory.wantedMiB, 5 * 6144)
  assert.deepEqual([sizeLab(lab).verdict, sizeLab(lab, { seats: 12 }).verdict], ['fits', 'does-not-fit'])
  assert.equal(sizeLab(lab).cost.hours, 10)
})

test('in a cloud each seat has an instance of its own, whose size decides', () => {
  const of = (size: string) =>
    sizeLab(
      labOf(`site: { kind: facts, cloud: { provider: ec2, size: ${size}, nested: true, os: linux } }
class: { seats: 30 }
machines: { node: { image: kvm-node, count: 3, memory: 4GiB, hypervisor: { product: kvm } } }
`),
    )
  const [large, small] = [of('m8i.2xlarge'), of('m8i.large')]
  assert.deepEqual([large.verdict, small.verdict], ['fits', 'does-not-fit'])
  assert.deepEqual([large.seats, large.seatsPerSite], [30, 1])
  assert.equal(large.site.hosts[0]?.cores, 4)
})

test('seats in a cloud are apart even where the file names no size', () => {
  const report = sizeLab(labOf(`class: { seats: 30, provider: ec2 }\n${nested(1)}`))
  assert.deepEqual([report.verdict, report.seatsPerSite, report.memory.wantedMiB], ['unknown', 1, 6144])
})

test('a site that was asked counts instead of what the file says, with what it uses now', () => {
  const lab = labOf(hostsText(['a'], esxiHost('64GiB')) + nested(2))
  const host = {
    name: 'here',
    product: 'kvm',
    memoryMiB: 16_384,
    cpu: { threads: 4 },
    disksMiB: [],
    nics: [],
  }
  const report = sizeLab(lab, { site: { hosts: [host], accelerator: 'tcg', memoryAvailableMiB: 12_000 } })
  assert.deepEqual([report.site.origin, report.site.accelerator], ['probed', 'emulated'])
  assert.equal(report.memory.ownMiB, 4384)
  assert.equal(report.verdict, 'does-not-fit')
  assert.equal(report.cpu.cores, 4)
})

test('simulated machines take nothing and have no speed', () => {
  const report = sizeLab(labOf(`site: sim\n${nested(500, '64GiB')}`))
  assert.equal(report.verdict, 'fits')
  assert.ok(
    report.speed.levels.every(({ cpu, notModelled }) => cpu === undefined && notModelled !== undefined),
  )
})

test('seats share pages under QEMU and do not under ESXi, and the fit never counts on it', () => {
  const of = (product: string) =>
    sizeLab(labOf(hostsText(['a'], `product: ${product}, memory: 14GiB`) + nested(1)), { seats: 2 }).memory
  const [kvm, esxi] = [of('kvm'), of('esxi')]
  assert.ok(kvm.runningMiB.low < kvm.peakMiB && kvm.runningMiB.high <= kvm.peakMiB)
  assert.equal(esxi.runningMiB.low, esxi.peakMiB)
  assert.deepEqual([kvm.sharing.isMeasured, esxi.sharing.isMeasured], [true, false])
  assert.deepEqual([kvm.sharing.copies, kvm.sharing.copiesMiB], [1, 6144])
  assert.ok((kvm.share ?? 0) > 0.85)
})

test('every figure of the report that is not of the file has its source', () => {
  const { assumptions } = sizeLab(labOf(hostsText(['a'], esxiHost('64GiB')) + nested(2)))
  const sourced = assumptions.filter(({ source }) => source !== undefined)
  assert.ok(sourced.some(({ text }) => text.includes('esxi 5.5 uses about 2048 MiB')))
  assert.ok(sourced.every(({ source }) => /^\d{4}-\d\d-\d\d$/.test(source?.asOf ?? '')))
  assert.equal(new Set(assumptions.map(({ text }) => text)).size, assumptions.length)
})
