import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openLocalHost } from '#host'
import {
  isRunning,
  keepingFolder,
  levelPaths,
  lockLab,
  machinePaths,
  ownIdentity,
  receiverPaths,
} from '#store'
import { noteKeeping, readKeeping } from './keeping-note.ts'
import { endLeftovers } from './leftovers.ts'

const signal = new AbortController().signal

async function placeFor(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'nestlab-left-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  const roots = { state: join(home, 'state'), run: join(home, 'run') }
  const paths = levelPaths(roots, 'demo')
  const machine = machinePaths(paths, 'web')
  await mkdir(machine.state, { recursive: true })
  await mkdir(machine.run, { recursive: true })
  return { place: { lab: 'demo', host: openLocalHost(), roots, paths }, machine, roots }
}

/** What a command that is dead, or one that lives, left beside the machine `web`, with a process that writes. */
async function keeping(
  t: TestContext,
  { roots, machine }: Awaited<ReturnType<typeof placeFor>>,
  of: { readonly token: string; readonly lab: string; readonly isDead: boolean; readonly goesOn?: boolean },
) {
  const paths = receiverPaths(roots, machine, of.token)
  await noteKeeping(paths, { lab: of.lab, machine: 'web', goesOn: of.goesOn ?? true })
  if (of.isDead) {
    const note = JSON.parse(await readFile(paths.note, 'utf8')) as { owner: { startTicks: string } }
    note.owner.startTicks = '1'
    await writeFile(paths.note, JSON.stringify(note))
  }
  const child = spawn('sh', ['-c', 'while :; do sleep 1; done', 'writer', '-pidfile', paths.machine.pid])
  t.after(() => child.kill('SIGKILL'))
  await writeFile(paths.machine.pid, String(child.pid))
  return { paths, child, ended: once(child, 'exit') }
}

/** Speaks as QEMU does to one who takes the machine's state away; returns what it was told. */
async function monitorOf(
  t: TestContext,
  socket: string,
  { status, written = [] }: { readonly status: string; readonly written?: readonly string[] },
): Promise<string[]> {
  const told: string[] = []
  let now = status
  let migration = 'pre-switchover'
  const answers: Readonly<Record<string, () => unknown>> = {
    migrate_cancel: () => {
      migration = 'cancelled'
      return {}
    },
    'query-migrate': () => ({ status: migration }),
    'query-named-block-nodes': () => written.map((file) => ({ drv: 'file', file, ro: false })),
    'query-status': () => ({ status: now }),
    cont: () => {
      now = 'running'
      return {}
    },
  }
  const server = createServer((stream) => {
    stream.write('{"QMP": {}}\n')
    stream.on('data', (chunk) => {
      for (const line of String(chunk).trim().split('\n')) {
        const { execute } = JSON.parse(line) as { execute: string }
        told.push(execute)
        stream.write(`${JSON.stringify({ return: answers[execute]?.() ?? {} })}\n`)
      }
    })
  })
  server.listen(socket)
  await once(server, 'listening')
  t.after(() => server.close())
  return told
}

test('the writer of a command that died is ended, its folder goes, and the machine goes on', async (t) => {
  const at = await placeFor(t)
  const left = await keeping(t, at, { token: 'aa', lab: 'demo', isDead: true })
  const told = await monitorOf(t, at.machine.qmpSocket, { status: 'paused' })
  await writeFile(at.machine.nextDisk(0), 'empty')
  await using _lock = await lockLab(at.roots, 'demo', 'nestlab snapshot')
  assert.deepEqual(await endLeftovers(at.place, signal), ['web'])
  await left.ended
  assert.deepEqual(await readdir(keepingFolder(at.roots)), [])
  assert.deepEqual(await readdir(at.machine.state), [])
  assert.ok(told.includes('migrate_cancel'))
  assert.equal(told.at(-1), 'cont')
})

test('a disk that the machine has been given becomes its disk before it goes on, and one it has not is forgotten', async (t) => {
  const at = await placeFor(t)
  await keeping(t, at, { token: 'aa', lab: 'demo', isDead: true })
  const written = [at.machine.openDisk(0, 'aa')]
  await monitorOf(t, at.machine.qmpSocket, { status: 'paused', written })
  for (const index of [0, 1]) {
    await writeFile(at.machine.disk(index), 'old')
    await writeFile(at.machine.openDisk(index, 'aa'), 'new')
  }
  await writeFile(at.machine.openDisk(0, 'before'), 'old')
  await using _lock = await lockLab(at.roots, 'demo', 'nestlab up')
  await endLeftovers(at.place, signal)
  assert.equal(await readFile(at.machine.disk(0), 'utf8'), 'new')
  assert.equal(await readFile(at.machine.disk(1), 'utf8'), 'old')
  assert.deepEqual((await readdir(at.machine.state)).toSorted(), ['.disk0.aa', 'disk0', 'disk1'])
})

test('a machine that was paused before stays paused', async (t) => {
  const at = await placeFor(t)
  await keeping(t, at, { token: 'aa', lab: 'demo', isDead: true, goesOn: false })
  const told = await monitorOf(t, at.machine.qmpSocket, { status: 'paused' })
  await using _lock = await lockLab(at.roots, 'demo', 'nestlab snapshot')
  await endLeftovers(at.place, signal)
  assert.ok(told.includes('migrate_cancel'))
  assert.ok(!told.includes('cont'))
})

test('a machine that has ended meanwhile keeps nobody from clearing up', async (t) => {
  const at = await placeFor(t)
  const left = await keeping(t, at, { token: 'aa', lab: 'demo', isDead: true })
  await using _lock = await lockLab(at.roots, 'demo', 'nestlab down')
  assert.deepEqual(await endLeftovers(at.place, signal), ['web'])
  await left.ended
})

test('nothing of a command that runs, of another lab, or without the lab’s lock is touched', async (t) => {
  const at = await placeFor(t)
  const living = await keeping(t, at, { token: 'aa', lab: 'demo', isDead: false })
  const other = await keeping(t, at, { token: 'bb', lab: 'other', isDead: true })
  const own = await keeping(t, at, { token: 'cc', lab: 'demo', isDead: true })
  assert.deepEqual(await endLeftovers(at.place, signal), [])
  assert.deepEqual((await readdir(keepingFolder(at.roots))).toSorted(), ['aa', 'bb', 'cc'])
  await using _lock = await lockLab(at.roots, 'demo', 'nestlab up')
  assert.deepEqual(await endLeftovers(at.place, signal), ['web'])
  await own.ended
  assert.deepEqual((await readdir(keepingFolder(at.roots))).toSorted(), ['aa', 'bb'])
  for (const { child } of [living, other]) assert.equal(child.exitCode, null)
})

test('a folder that nobody finished making goes once it is old', async (t) => {
  const at = await placeFor(t)
  const folder = keepingFolder(at.roots)
  for (const name of ['new.new', 'old.new']) await mkdir(join(folder, name), { recursive: true })
  await utimes(join(folder, 'old.new'), 0, 0)
  await using _lock = await lockLab(at.roots, 'demo', 'nestlab up')
  await endLeftovers(at.place, signal)
  assert.deepEqual(await readdir(folder), ['new.new'])
})

test('a note names its owner, and a damaged one names nobody', async (t) => {
  const at = await placeFor(t)
  const paths = receiverPaths(at.roots, at.machine, 'aa')
  await noteKeeping(paths, { lab: 'demo', machine: 'web', goesOn: true })
  const note = await readKeeping(paths.note)
  assert.deepEqual(note?.owner, await ownIdentity())
  assert.ok(await isRunning(note.owner))
  await writeFile(paths.note, '{"owner":')
  assert.equal(await readKeeping(paths.note), undefined)
})
