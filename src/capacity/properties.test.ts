/** What holds for the size of every lab, tried on random ones. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dice, diceOf, hostsText, labOf } from './labs.fixture.ts'
import type { SizeReport } from './report.ts'
import { sizeLab } from './size-lab.ts'

const firstSeed = Number(process.env.NESTLAB_SEED ?? 1)
const cases = process.env.NESTLAB_SEED === undefined ? 60 : 1

function everyCase(check: (dice: Dice, seed: string) => void): void {
  for (let seed = firstSeed; seed < firstSeed + cases; seed++) check(diceOf(seed), `NESTLAB_SEED=${seed}`)
}

function machineText(dice: Dice, name: string): string {
  const size = `cpus: ${1 + dice(4)}, bootDisk: ${1 + dice(40)}GiB`
  if (dice(2) === 0) return `  ${name}: { image: tiny, memory: ${96 + 128 * dice(60)}MiB, ${size} }\n`
  const inner = `machines: { vm: { image: tiny, count: ${1 + dice(4)}, memory: ${96 + dice(900)}MiB } }`
  const product = ['kvm', 'esxi'][dice(2)]
  const memory = `memory: ${8192 + 128 * dice(60)}MiB`
  return `  ${name}: { ${memory}, ${size}, hypervisor: { product: ${product}, ${inner} } }\n`
}

const labText = (dice: Dice, machines: number) =>
  `${hostsText(['a', 'b'], 'product: kvm, memory: 64GiB, cpu: { cores: 16 }')}machines:\n${Array.from(
    { length: machines },
    (_, at) => machineText(dice, `m${at}`),
  ).join('')}`

function needs({ memory, cpu, disk }: SizeReport): readonly number[] {
  const { peakMiB, wantedMiB, share = 0 } = memory
  return [
    peakMiB,
    wantedMiB,
    memory.runningMiB.low,
    share,
    cpu.runnableVcpus,
    disk.allocatedMiB,
    disk.takenMiB.high,
  ]
}

test('a machine more never lowers what a lab needs', () => {
  everyCase((dice, seed) => {
    const text = labText(dice, 1 + dice(8))
    const [less, more] = [sizeLab(labOf(text)), sizeLab(labOf(text + machineText(dice, 'one-more')))]
    const before = needs(less)
    for (const [index, need] of needs(more).entries()) assert.ok(need >= (before[index] ?? 0), seed)
    if (less.verdict === 'does-not-fit') assert.equal(more.verdict, 'does-not-fit', seed)
  })
})

test('a seat more never costs less, and twice the hours cost twice as much', () => {
  everyCase((dice, seed) => {
    const lab = labOf(labText(dice, 1 + dice(4)))
    const hours = 1 + dice(500)
    const [once, twice, seats] = [
      sizeLab(lab, { hours }),
      sizeLab(lab, { hours: 2 * hours }),
      sizeLab(lab, { hours, seats: 2 }),
    ]
    for (const offer of once.cost.offers) {
      const longer = twice.cost.offers.find(({ kind }) => kind === offer.kind)
      const wider = seats.cost.offers.find(({ kind }) => kind === offer.kind)
      const near = (a = 0, b = 0) => Math.abs(a - b) < 1e-9 * Math.max(1, a)
      assert.ok(near(longer?.hoursUsd?.low, 2 * (offer.hoursUsd?.low ?? 0)), `${seed} ${offer.kind}`)
      assert.ok(near(longer?.hoursUsd?.high, 2 * (offer.hoursUsd?.high ?? 0)), `${seed} ${offer.kind}`)
      const isRented = offer.upFrontUsd === undefined
      if (wider && isRented) assert.ok(wider.perHourUsd.low >= offer.perHourUsd.low, `${seed} ${offer.kind}`)
      if (wider && !isRented)
        assert.ok((wider.upFrontUsd ?? 0) >= (offer.upFrontUsd ?? 0), `${seed} ${offer.kind}`)
    }
  })
})

test('every range is one, and no need is below zero', () => {
  everyCase((dice, seed) => {
    const report = sizeLab(labOf(labText(dice, 1 + dice(8))), { hours: 1, seats: 1 + dice(3) })
    const ranges = [
      report.memory.runningMiB,
      report.disk.takenMiB,
      ...report.speed.levels.flatMap(({ cpu, io }) => [cpu, io].filter((range) => range !== undefined)),
      ...report.cost.offers.flatMap(({ perHourUsd, monthUsd }) => [perHourUsd, monthUsd]),
      ...report.cost.breakEven.map(({ hours }) => hours),
    ]
    for (const { low, high } of ranges) assert.ok(low >= 0 && low <= high, `${seed} ${low} ${high}`)
  })
})
