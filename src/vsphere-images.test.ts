import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Machine } from '#lab'
import { isPackagePath, sourceOf } from './vsphere-images.ts'

const site = { name: 'home', kind: 'vsphere', url: 'https://vc/sdk', user: 'me' } as const
const machine: Pick<Machine, 'image' | 'path'> = {
  path: 'esxi-1',
  image: { from: 'catalogue', name: 'esxi-8.0' },
}

for (const [text, source] of [
  ['[nas] iso/esxi.iso', { kind: 'iso', path: '[nas] iso/esxi.iso' }],
  ['golden', { kind: 'template', name: 'golden' }],
  ['DC0/vm/golden', { kind: 'template', name: 'DC0/vm/golden' }],
  ['linked:golden', { kind: 'template', name: 'golden', linked: { snapshot: undefined } }],
  ['linked:golden@sealed @ 8', { kind: 'template', name: 'golden', linked: { snapshot: 'sealed @ 8' } }],
  ['library:lib one/esxi/8', { kind: 'library', library: 'lib one', item: 'esxi/8' }],
  ['/isos/esxi.OVA', { kind: 'package', file: '/isos/esxi.OVA' }],
  ['/isos/esxi.ovf', { kind: 'package', file: '/isos/esxi.ovf' }],
] as const) {
  test(`images.X ${text} is ${source.kind}`, () => {
    assert.deepEqual(sourceOf({ ...site, images: { 'esxi-8.0': text } }, machine), source)
  })
}

test('a path of a machine comes before the name of its image', () => {
  const images = { 'esxi-8.0': 'golden', 'esxi-1': '[nas] one.iso' }
  assert.equal(sourceOf({ ...site, images }, machine)?.kind, 'iso')
})

test('a name that ends like a package is none without a whole path', () => {
  assert.equal(isPackagePath('esxi.ova'), false)
})
