import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeExactly } from './exact.ts'
import { firstFitDecreasing } from './first-fit.ts'
import type { Bin, Item } from './item.ts'
import { place } from './place.ts'

const bin = (name: string, freeMiB: number): Bin => ({ name, freeMiB, overheadMiB: () => 0 })
const item = (path: string, memoryMiB: number, more: Partial<Item> = {}): Item => ({
  path,
  memoryMiB,
  cpus: 1,
  copies: 1,
  ...more,
})
const sizes = (...memories: readonly number[]) => memories.map((memory, at) => item(`vm-${at}`, memory))

test('first fit puts the largest first, each where there is room', () => {
  const { bins, unplaced } = firstFitDecreasing(sizes(2, 5, 3), [bin('a', 6), bin('b', 6)])
  assert.deepEqual(unplaced, [])
  assert.deepEqual(
    bins.map(({ items, usedMiB }) => [items.map(({ path }) => path), usedMiB]),
    [
      [['vm-1'], 5],
      [['vm-2', 'vm-0'], 5],
    ],
  )
})

test('the exact search finds a way that first fit misses', () => {
  const items = sizes(4, 3, 3, 2, 2, 2)
  const bins = [bin('a', 8), bin('b', 8)]
  assert.equal(firstFitDecreasing(items, bins).unplaced.length, 1)
  const placement = place(items, bins)
  assert.deepEqual([placement.method, placement.outcome, placement.unplaced], ['exact', 'placed', []])
  assert.deepEqual(
    placement.hosts.map(({ usedMiB }) => usedMiB),
    [8, 8],
  )
})

test('where there is no way the exact search proves it, and what first fit left over is told', () => {
  const placement = place(sizes(3, 3, 3), [bin('a', 5), bin('b', 5)])
  assert.deepEqual([placement.method, placement.outcome], ['exact', 'impossible'])
  assert.deepEqual(placement.unplaced, [{ path: 'vm-2', copies: 1 }])
})

test('a case that is too large for the exact search is not called impossible', () => {
  // 17 machines of 3 on two hosts that hold 8 of them each, with the memory for 17.
  const placement = place([item('vm', 3, { copies: 17 })], [bin('a', 25.5), bin('b', 25.5)])
  assert.deepEqual([placement.method, placement.outcome], ['first-fit-decreasing', 'not-found'])
})

test('the exact search gives up when it runs out of steps', () => {
  assert.equal(placeExactly(sizes(4, 3, 3, 2, 2, 2), [bin('a', 8), bin('b', 8)], 3), 'gave-up')
})

test('a machine runs only on hosts that have its networks, and on none that has too few threads', () => {
  const only = item('vm', 1, { allowed: new Set(['b']) })
  const placed = place([only], [bin('a', 9), bin('b', 9)])
  assert.deepEqual(
    placed.hosts.map(({ machines }) => machines.length),
    [0, 1],
  )
  const wide = item('wide', 1, { cpus: 8 })
  assert.equal(place([wide], [{ ...bin('a', 9), threads: 4 }]).outcome, 'impossible')
  assert.equal(place([wide], [{ ...bin('a', 9), threads: 8 }]).outcome, 'placed')
})

test('machines that fit are spread over the hosts, copies one by one', () => {
  const { isSpread, hosts } = place([item('vm', 2, { copies: 5 })], [bin('a', 12), bin('b', 12)])
  assert.equal(isSpread, true)
  assert.deepEqual(
    hosts.map(({ usedMiB }) => usedMiB),
    [6, 4],
  )
})

test('the overhead of the hypervisor there counts', () => {
  const heavy: Bin = { ...bin('a', 10), overheadMiB: ({ memoryMiB }) => memoryMiB / 10 }
  assert.equal(place(sizes(9), [heavy]).outcome, 'placed')
  assert.equal(place(sizes(9.5), [heavy]).outcome, 'impossible')
})
