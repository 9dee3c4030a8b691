import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ResolvedLab } from '#lab'
import { fileFailure } from './errors.ts'
import { makePrivateFolder, writeWhole } from './files.ts'
import { loadLabKeys, saveLabKeys } from './lab-keys.ts'
import { loadLabRecord, saveLabRecord } from './lab-record.ts'
import { listLabs, removeLab } from './labs.ts'
import { labPaths, levelPaths, machinePaths, type Roots, rootsFrom } from './paths.ts'
import { checkSocketPath } from './socket-path.ts'

const lab: ResolvedLab = {
  name: 'demo',
  site: 'local',
  top: { owner: '', switches: [], machines: [] },
  hosts: [],
  clusters: [],
  pending: [],
}
const record = { lab, sourceFile: '/home/me/demo.lab.yaml', savedAtMs: 5 }
const keys = { clientPrivate: 'a', clientPublic: 'b', hostPrivate: 'c', hostPublic: 'd' }

async function tempRoots(t: { after(clean: () => Promise<void>): void }): Promise<Roots> {
  const home = await mkdtemp(join(tmpdir(), 'nestlab-store-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  return { state: join(home, 'state'), run: join(home, 'run') }
}

test('a lab record comes back as it was saved', async (t) => {
  const roots = await tempRoots(t)
  assert.equal(await loadLabRecord(roots, 'demo'), undefined)
  await saveLabRecord(roots, { ...record, savedAtMs: 4 })
  await saveLabRecord(roots, record)
  assert.deepEqual(await loadLabRecord(roots, 'demo'), record)
  assert.deepEqual(await readdir(labPaths(roots, 'demo').state), ['lab.json'])
})

for (const [how, damage] of [
  ['emptied', () => ''],
  ['cut off', (text: string) => text.slice(0, 40)],
  ['changed', (text: string) => text.replace('local', 'other')],
  ['replaced by other JSON', () => '[]'],
] as const) {
  test(`a lab record that was ${how} is refused by name and never overwritten`, async (t) => {
    const roots = await tempRoots(t)
    await saveLabRecord(roots, record)
    const path = labPaths(roots, 'demo').record
    const damaged = damage(await readFile(path, 'utf8'))
    await writeFile(path, damaged)
    await assert.rejects(loadLabRecord(roots, 'demo'), { code: 'state-damaged', message: new RegExp(path) })
    await assert.rejects(saveLabRecord(roots, record), { code: 'state-damaged' })
    assert.equal(await readFile(path, 'utf8'), damaged)
    assert.deepEqual(await listLabs(roots), ['demo'])
  })
}

test('a record of a newer Nestlab is refused and says so', async (t) => {
  const roots = await tempRoots(t)
  await saveLabRecord(roots, record)
  await writeFile(labPaths(roots, 'demo').record, '{"version":2,"more":true}')
  await assert.rejects(loadLabRecord(roots, 'demo'), { code: 'state-newer' })
})

test('the keys of a lab are readable by their owner only', async (t) => {
  const roots = await tempRoots(t)
  await saveLabKeys(roots, 'demo', keys)
  const seen = await stat(labPaths(roots, 'demo').keys)
  assert.equal(seen.mode & 0o777, 0o600)
  assert.equal((await stat(labPaths(roots, 'demo').state)).mode & 0o777, 0o700)
  assert.deepEqual(await loadLabKeys(roots, 'demo'), keys)
})

test('removing a lab leaves nothing of it and nothing else changed', async (t) => {
  const roots = await tempRoots(t)
  await saveLabRecord(roots, record)
  await saveLabRecord(roots, { ...record, lab: { ...lab, name: 'other' } })
  await makePrivateFolder(labPaths(roots, 'demo').run)
  await removeLab(roots, 'demo')
  await removeLab(roots, 'demo')
  assert.deepEqual(await listLabs(roots), ['other'])
  assert.deepEqual(await readdir(roots.run), [])
})

test('a full disk is named together with the step that needed the space', async () => {
  const error: unknown = await writeFile('/dev/full', 'x').catch((reason: unknown) => reason)
  const failure = fileFailure('note a step in the journal', '/dev/full', error)
  assert.equal(failure.code, 'disk-full')
  assert.match(failure.message, /No space is left .* needed to note a step in the journal/)
})

test('a folder that is a file is a trouble of its own', async (t) => {
  const { state } = await tempRoots(t)
  await writeWhole(state, 'a file', 'test')
  await assert.rejects(writeWhole(join(state, 'x'), 'x', 'save the lab'), { code: 'store-trouble' })
})

test('a folder somebody else could change is not used for sockets', async (t) => {
  const { state } = await tempRoots(t)
  await makePrivateFolder(state)
  await symlink(state, `${state}-link`)
  await assert.rejects(makePrivateFolder(`${state}-link`), { code: 'folder-not-private' })
})

test('socket paths above 107 bytes fail with what to do', () => {
  checkSocketPath(`/${'a'.repeat(106)}`)
  assert.throws(() => checkSocketPath(`/${'ä'.repeat(53)}b`), {
    code: 'socket-path-too-long',
    remedy: /NESTLAB_HOME/,
  })
})

test('two labs, two machines and two NICs never share a path', () => {
  const roots = rootsFrom({ NESTLAB_HOME: '/n' })
  const all = ['a', 'b'].flatMap((name) => {
    const level = levelPaths(roots, name)
    const machines = ['a', 'b'].flatMap((machine) => {
      const paths = machinePaths(level, machine)
      return [paths.record, paths.disk(0), paths.disk(1), paths.nicSocket('nic0'), paths.nicSocket('nic1')]
    })
    return [labPaths(roots, name).record, labPaths(roots, name).lock, level.switchControl, ...machines]
  })
  assert.equal(new Set(all).size, all.length)
})
