import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Machine, ResolvedLab } from '#lab'
import { ImageStore } from '../images/store.ts'
import { makeKeys } from '../keys.ts'
import { cloudSeed } from './seed.ts'

test('a seed is a disk that cloud-init finds by its label, the same bytes every time', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-seed-'))
  t.after(() => rm(folder, { recursive: true }))
  const top = { owner: '', switches: [], machines: [] }
  const lab: ResolvedLab = { name: 'one', site: 'local', top, pending: [] }
  const image = { from: 'catalogue' as const, name: 'debian' }
  const machine: Machine = {
    ...{ path: 'web', name: 'web', level: 1, uuid: 'u', image, cpus: 1, memoryMiB: 512, nics: [] },
  }
  const store = new ImageStore(join(folder, 'images'), join(folder, 'scratch'))
  const of = { store, lab, machine, keys: makeKeys() }
  const seed = await cloudSeed(of)
  assert.equal(Buffer.from(seed).toString('latin1', 32808, 32814), 'cidata')
  assert.deepEqual(await cloudSeed(of), seed)
  const file = join(folder, 'seed.iso')
  await writeFile(file, seed)
  const list = execFileSync('xorriso', ['-indev', file, '-ls'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString()
  for (const name of ['meta-data', 'user-data', 'network-config']) assert.ok(list.includes(name), name)
})
