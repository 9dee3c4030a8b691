import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  beginFrozen,
  frozenMachinePaths,
  frozenPaths,
  type KeptInstant,
  lockLab,
  type Roots,
  saveFrozen,
  settleFrozen,
  sitePaths,
} from '#store'
import { collectInstants, judgeInstants } from './collect.ts'

const none = { whole: new Set<string>(), disks: new Set<string>(), busy: new Set<string>() }

/** `b<a` stands on a; `b?lab` is being made for lab. */
function keptOf(text: string): KeptInstant[] {
  return text.split(' ').map((one) => {
    const [, id = '', below, making] = /^(\w+)(?:<([\w,]+))?(?:\?(\w+))?$/.exec(one) ?? []
    const standsOn = below?.split(',') ?? []
    return { id, isWhole: making === undefined, standsOn, ...(making && { makingOf: making }) }
  })
}

for (const [sentence, kept, needed, verdict] of [
  ['what nothing needs goes', 'a b', {}, { remove: ['a', 'b'], shed: [] }],
  ['what is named stays whole', 'a b', { whole: ['a'] }, { remove: ['b'], shed: [] }],
  ['disks stay, memory goes, where disks stand on it', 'a', { disks: ['a'] }, { remove: [], shed: ['a'] }],
  ['what a named one stands on keeps its disks', 'a b<a', { whole: ['b'] }, { remove: [], shed: ['a'] }],
  ['through any number of layers', 'a b<a c<b', { disks: ['c'] }, { remove: [], shed: ['a', 'b', 'c'] }],
  ['on both sides of a fork', 'a b<a c<a d<b,c', { whole: ['d', 'a'] }, { remove: [], shed: ['b', 'c'] }],
  ['what is being made stays', 'a b<a?lab', { busy: ['lab'] }, { remove: [], shed: ['a'] }],
  ['what nobody is making any more goes', 'a?lab b?other', { busy: ['other'] }, { remove: ['a'], shed: [] }],
  ['what is named and not there is no trouble', 'a<x', { whole: ['a', 'y'] }, { remove: [], shed: [] }],
  ['a circle ends', 'a<b b<a', { disks: ['a'] }, { remove: [], shed: ['a', 'b'] }],
] as const) {
  test(`of what was kept: ${sentence}`, () => {
    const wanted: Readonly<Record<string, readonly string[]>> = needed
    const sets = Object.fromEntries(Object.entries(wanted).map(([key, ids]) => [key, new Set(ids)]))
    assert.deepEqual(judgeInstants(keptOf(kept), { ...none, ...sets }), verdict)
  })
}

async function openRoots(t: { after(clean: () => Promise<void>): void }): Promise<Roots> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-collect-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return { state: join(folder, 'state'), run: join(folder, 'run') }
}

/** The head of a qcow2 disk that stands on `backing` (docs/interop/qcow2.txt). */
function diskOn(backing: string): Buffer {
  const head = Buffer.alloc(32)
  head.writeUInt32BE(0x514649fb, 0)
  head.writeBigUInt64BE(32n, 8)
  head.writeUInt32BE(Buffer.byteLength(backing), 16)
  return Buffer.concat([head, Buffer.from(backing)])
}

/** With memory, devices and one disk. */
async function keep(roots: Roots, id: string, { on }: { readonly on?: string } = {}): Promise<void> {
  await beginFrozen(roots, id, 'nobody')
  const files = frozenMachinePaths(frozenPaths(roots, id).machine('web'))
  await mkdir(files.folder)
  for (const file of [files.memory, files.devices]) await writeFile(file, 'x')
  const backing = on === undefined ? '/images/base' : diskIn(roots, on)
  await writeFile(files.disk(0), diskOn(backing))
  await saveFrozen(roots, id, { id })
  await settleFrozen(roots, id)
}

function diskIn(roots: Roots, id: string): string {
  return frozenMachinePaths(frozenPaths(roots, id).machine('web')).disk(0)
}

async function disk(roots: Roots, lab: string, file: string, on: string): Promise<void> {
  const machine = join(sitePaths(roots).labs, lab, 'machines', 'web')
  await mkdir(machine, { recursive: true })
  await writeFile(join(machine, file), diskOn(diskIn(roots, on)))
}

test('on the disk: layers under a disk of a lab stay, without memory, and all else goes', async (t) => {
  const roots = await openRoots(t)
  await keep(roots, 'base')
  await keep(roots, 'above', { on: 'base' })
  await keep(roots, 'spare', { on: 'base' })
  await disk(roots, 'demo', 'disk0', 'above')
  assert.deepEqual(await collectInstants(roots), ['spare'])
  for (const id of ['base', 'above'])
    assert.deepEqual(await readdir(frozenPaths(roots, id).machine('web')), ['disk0'])
  assert.deepEqual(await collectInstants(roots), [])
  await rm(join(sitePaths(roots).labs, 'demo'), { recursive: true })
  assert.deepEqual((await collectInstants(roots)).toSorted(), ['above', 'base'])
  assert.deepEqual(await readdir(sitePaths(roots).frozen), [])
})

test('on the disk: a disk that is just being exchanged counts as well', async (t) => {
  const roots = await openRoots(t)
  await keep(roots, 'base')
  await disk(roots, 'demo', '.disk0.next', 'base')
  assert.deepEqual(await collectInstants(roots), [])
})

test('on the disk: what a running command is making stays, also for a lab that has no files yet', async (t) => {
  const roots = await openRoots(t)
  await beginFrozen(roots, 'half', 'copy')
  await beginFrozen(roots, 'whole', 'copy')
  await saveFrozen(roots, 'whole', { id: 'whole' })
  {
    await using _lock = await lockLab(roots, 'copy', 'a test')
    assert.deepEqual(await collectInstants(roots), [])
    assert.deepEqual(await readdir(sitePaths(roots).frozen), ['half', 'whole'])
  }
  assert.deepEqual(await collectInstants(roots), ['half', 'whole'])
})

test('nothing is taken away while a lab cannot be read', async (t) => {
  const roots = await openRoots(t)
  await keep(roots, 'base')
  const lab = join(sitePaths(roots).labs, 'demo')
  await mkdir(lab, { recursive: true })
  await writeFile(join(lab, 'snapshots.json'), '{ damaged')
  await assert.rejects(collectInstants(roots), { code: 'state-damaged' })
  assert.deepEqual(await readdir(sitePaths(roots).frozen), ['base'])
})
