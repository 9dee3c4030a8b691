/** What holds for every placement, tried on random machines and hosts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dice, diceOf } from '../labs.fixture.ts'
import { exactLimits, placeExactly } from './exact.ts'
import { type Bin, type Item, needOn } from './item.ts'
import { type Placement, place } from './place.ts'

const firstSeed = Number(process.env.NESTLAB_SEED ?? 1)
const cases = process.env.NESTLAB_SEED === undefined ? 2000 : 1

interface Case {
  readonly items: readonly Item[]
  readonly bins: readonly Bin[]
}

function randomCase(dice: Dice): Case {
  const bins = Array.from({ length: 1 + dice(4) }, (_, at): Bin => {
    const perMachine = dice(3)
    return { name: `host-${at}`, freeMiB: dice(40), product: `p${perMachine}`, overheadMiB: () => perMachine }
  })
  const items = Array.from({ length: 1 + dice(8) }, (_, at): Item => {
    const allowed = dice(5) === 0 ? new Set([`host-${dice(4)}`]) : undefined
    return {
      path: `vm-${at}`,
      memoryMiB: 1 + dice(15),
      cpus: 1,
      copies: 1 + dice(2),
      ...(allowed && { allowed }),
    }
  })
  return { items, bins }
}

function wrongWith({ items, bins }: Case, placement: Placement): string | undefined {
  const byPath = new Map(items.map((item) => [item.path, item]))
  const placed = new Map<string, number>()
  for (const [index, { machines }] of placement.hosts.entries()) {
    const bin = bins[index]
    if (!bin) return 'a host too many'
    let usedMiB = 0
    for (const { path, copies } of machines) {
      const item = byPath.get(path)
      const needMiB = item && needOn(item, bin)
      if (needMiB === undefined) return `${path} may not run on ${bin.name}`
      usedMiB += needMiB * copies
      placed.set(path, (placed.get(path) ?? 0) + copies)
    }
    if (usedMiB > bin.freeMiB) return `${bin.name} is overfull`
  }
  for (const { path, copies } of placement.unplaced) placed.set(path, (placed.get(path) ?? 0) + copies)
  const strays = items.filter(({ path, copies }) => placed.get(path) !== copies)
  if (strays.length > 0) return `${strays[0]?.path} is not there as often as it should be`
  return (placement.outcome === 'placed') === (placement.unplaced.length === 0)
    ? undefined
    : 'the outcome lies'
}

/** Tries every way. */
function isPossible(copies: readonly Item[], bins: readonly Bin[], leftMiB: readonly number[]): boolean {
  const [item, ...others] = copies
  if (item === undefined) return true
  return bins.some((bin, at) => {
    const needMiB = needOn(item, bin)
    const left = leftMiB[at] ?? 0
    return (
      needMiB !== undefined && needMiB <= left && isPossible(others, bins, leftMiB.with(at, left - needMiB))
    )
  })
}

test('no placement overfills a host, forgets a machine, or puts one where it may not run', () => {
  const outcomes = new Set<string>()
  for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
    const one = randomCase(diceOf(seed))
    const placement = place(one.items, one.bins)
    outcomes.add(`${placement.method} ${placement.outcome}`)
    const wrong = wrongWith(one, placement)
    if (wrong !== undefined) assert.fail(`NESTLAB_SEED=${seed}: ${wrong}`)
  }
  if (cases > 1)
    assert.ok(outcomes.has('exact placed') && outcomes.has('exact impossible'), [...outcomes].join())
})

test('the exact search says the same as trying every way', () => {
  for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
    const { items, bins } = randomCase(diceOf(seed))
    const copies = items.slice(0, 4).flatMap((item) => Array.from({ length: item.copies }, () => item))
    const answer = placeExactly(items.slice(0, 4), bins, exactLimits.steps)
    const possible = isPossible(
      copies,
      bins,
      bins.map(({ freeMiB }) => freeMiB),
    )
    assert.equal(answer !== 'impossible', possible, `NESTLAB_SEED=${seed}`)
  }
})
