import assert from 'node:assert/strict'
import { test } from 'node:test'
import { painted } from './paint.ts'
import { bytes, columns, duration, mebibytes, nested, tree } from './table.ts'

test('columns are as wide as their widest cell, colours not counted', () => {
  assert.deepEqual(
    columns([
      ['a', 'x'],
      ['long', 'y'],
    ]),
    ['a     x', 'long  y'],
  )
  assert.deepEqual(
    columns([
      [painted.good('a'), 'x'],
      ['bc', 'y'],
    ]),
    [`${painted.good('a')}   x`, 'bc  y'],
  )
})

test('a tree keeps its columns straight over all levels', () => {
  const paths = ['kvm-1', 'kvm-1/web', 'kvm-1/db', 'kvm-2', 'kvm-2/web']
  const roots = nested(
    paths,
    (path) => path,
    (path) => [path.split('/').at(-1) ?? '', 'ready'],
  )
  assert.deepEqual(tree([{ cells: ['lab'], branches: roots }]), [
    'lab',
    '├─ kvm-1   ready',
    '│  ├─ web  ready',
    '│  └─ db   ready',
    '└─ kvm-2   ready',
    '   └─ web  ready',
  ])
})

test('a machine whose hypervisor is not in the list stands at the root', () => {
  assert.equal(
    nested(
      ['kvm-1/web'],
      (path) => path,
      (path) => [path],
    ).length,
    1,
  )
})

test('quantities are told with their units', () => {
  assert.deepEqual([0, 12_340, 125_000].map(duration), ['0.0 s', '12.3 s', '2 min 05 s'])
  assert.deepEqual([96, 1024, 1536].map(mebibytes), ['96 MiB', '1 GiB', '1.5 GiB'])
  assert.deepEqual([5, 2048, 3 * 1024 ** 2].map(bytes), ['5 B', '2.0 KiB', '3.0 MiB'])
})
