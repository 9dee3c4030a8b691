/** Keeps real machines with what is in their memory and on their disks, goes back to them, and fails on the way. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FrozenSource, MachineOrder, Provider } from '#providers'
import { frozenPaths, keepingFolder, lockLab } from '#store'
import { board, plug } from '../../src/providers/conformance-fixture.ts'
import { isThorough } from '../sample.ts'
import { processesWith } from './command.ts'
import { keeperGreeting, noteKeeper, tellDisk, tellMemory, told } from './note-keeper.ts'
import { type Bench, openBench, orderOf, signal, until } from './qemu-bench.ts'
import './alone.ts'

const freezeProgram = fileURLToPath(new URL('freeze-process.ts', import.meta.url))

interface Running {
  readonly bench: Bench
  readonly provider: Provider
  readonly order: MachineOrder
}

/** The machine `web` is up, with a disk of its own. */
async function running(t: TestContext): Promise<Running> {
  const bench = await openBench()
  t.after(bench.close)
  const { provider } = bench
  const order = orderOf('web', await noteKeeper(bench), plug)
  await provider.putSwitch(board, 'board-1', signal)
  await provider.create(order, signal)
  await provider.start('web', signal)
  await until('web greets', async () => (await provider.consoleTail('web', 4096)).includes(keeperGreeting))
  return { bench, provider, order }
}

async function folderIn({ roots }: Bench, id: string): Promise<string> {
  const { folder } = frozenPaths(roots, id)
  await mkdir(folder, { recursive: true })
  return folder
}

async function freeze({ bench, provider }: Running, id: string): Promise<FrozenSource> {
  const folder = await folderIn(bench, id)
  const [machine] = (await provider.copies?.freeze({ folder, machines: ['web'] }, signal)) ?? []
  assert.ok(machine)
  return { folder: join(folder, 'web'), machine }
}

async function goBack({ provider, order }: Running, frozen: FrozenSource): Promise<void> {
  await provider.remove('web', signal)
  await provider.create({ ...order, frozen }, signal)
  await provider.start('web', signal)
  await provider.copies?.resume(['web'], signal)
}

/** It goes on with what it was told, and nothing that kept it is left. */
async function assertGoesOn({ bench, provider }: Running, memory: string): Promise<void> {
  const before = await told(provider, 'web')
  assert.equal(before.memory, memory)
  await until('it goes on counting', async () => (await told(provider, 'web')).counter > before.counter)
  await assertNothingKeeps(bench)
}

async function assertNothingKeeps({ roots }: Bench): Promise<void> {
  assert.deepEqual(await readdir(keepingFolder(roots)).catch(() => []), [])
  assert.deepEqual(await processesWith(`${keepingFolder(roots)}/`), [])
}

async function untilItWrites(bench: Bench): Promise<number> {
  let writer: number | undefined
  await until('it writes', async () => {
    writer = await receiverOf(bench)
    return writer !== undefined
  })
  assert.ok(writer)
  return writer
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}

async function receiverOf({ roots }: Bench): Promise<number | undefined> {
  const pids = await processesWith(`${keepingFolder(roots)}/`)
  return pids[0]
}

test('a machine goes on from the instant, again and again, and what it wrote since is gone', async (t) => {
  const at = await running(t)
  const { provider } = at
  await tellMemory(provider, 'web', 'before')
  await tellDisk(provider, 'web', 'on disk before')
  const { counter: atLeast } = await told(provider, 'web')
  const frozen = await freeze(at, 'one')
  await tellMemory(provider, 'web', 'after')
  await tellDisk(provider, 'web', 'on disk after')
  await sleep(2000)
  const { counter: below } = await told(provider, 'web')
  for (let round = 0; round < (isThorough ? 10 : 3); round += 1) {
    await goBack(at, frozen)
    const { counter, ...texts } = await told(provider, 'web')
    assert.deepEqual(texts, { memory: 'before', disk: 'on disk before' })
    assert.ok(counter >= atLeast && counter < below, `${atLeast} <= ${counter} < ${below}`)
    await tellDisk(provider, 'web', `on disk in round ${round}`)
  }
})

test('each tip of a tree of instants has its own memory and disk', async (t) => {
  const at = await running(t)
  const tell = async (text: string) => {
    await tellMemory(at.provider, 'web', text)
    await tellDisk(at.provider, 'web', text)
  }
  await tell('trunk')
  const trunk = await freeze(at, 'trunk')
  await tell('left')
  const left = await freeze(at, 'left')
  await goBack(at, trunk)
  await tell('right')
  const right = await freeze(at, 'right')
  for (const [text, tip] of Object.entries({ left, trunk, right })) {
    await goBack(at, tip)
    const { memory, disk } = await told(at.provider, 'web')
    assert.deepEqual({ memory, disk }, { memory: text, disk: text })
  }
})

test('a machine that is switched off and on boots from the disk as it was', async (t) => {
  const at = await running(t)
  await tellDisk(at.provider, 'web', 'first')
  await freeze(at, 'one')
  await tellDisk(at.provider, 'web', 'second')
  await freeze(at, 'two')
  await tellDisk(at.provider, 'web', 'third')
  await at.provider.stop('web', 'power', signal)
  await at.provider.start('web', signal)
  const { memory, disk } = await told(at.provider, 'web')
  assert.deepEqual({ memory, disk }, { memory: '', disk: 'third' })
})

test('when the writer of its memory is killed, the machine goes on and nothing is left', async (t) => {
  const at = await running(t)
  await tellMemory(at.provider, 'web', 'before')
  const folder = await folderIn(at.bench, 'one')
  const ended = Promise.allSettled([at.provider.copies?.freeze({ folder, machines: ['web'] }, signal)])
  const writer = await untilItWrites(at.bench)
  // The kill may come when all is written already, and even when the writer is gone.
  killIfThere(writer)
  const [{ status }] = await ended
  if (status === 'rejected') assert.deepEqual(await readdir(folder), [])
  await assertGoesOn(at, 'before')
  await freeze(at, 'two')
})

test('when the machine is killed while it is kept, it is listed as crashed and nothing is left', async (t) => {
  const at = await running(t)
  const pid = (await at.provider.inspect(signal)).machines[0]?.pid
  const folder = await folderIn(at.bench, 'one')
  const ended = Promise.allSettled([at.provider.copies?.freeze({ folder, machines: ['web'] }, signal)])
  await untilItWrites(at.bench)
  process.kill(pid ?? 0, 'SIGKILL')
  await ended
  assert.equal((await at.provider.inspect(signal)).machines[0]?.state, 'crashed')
  await assertNothingKeeps(at.bench)
})

test('whenever the command is killed, the next one of the lab lets the machine go on and ends the rest', async (t) => {
  const at = await running(t)
  const { bench, provider } = at
  await tellMemory(provider, 'web', 'before')
  const waits = isThorough ? Array.from({ length: 20 }, (_, index) => index * 40) : [0, 60, 150, 300]
  for (const [index, waitMs] of waits.entries()) {
    await tellDisk(provider, 'web', `round ${index}`)
    const folder = await folderIn(bench, `round-${index}`)
    const child = spawn(process.execPath, [freezeProgram, dirname(bench.roots.state), folder])
    let isOver = false
    const ended = once(child, 'close').then(() => {
      isOver = true
    })
    await until('it writes', async () => isOver || (await receiverOf(bench)) !== undefined)
    await sleep(waitMs)
    child.kill('SIGKILL')
    await ended
    {
      await using _lock = await lockLab(bench.roots, 'demo', 'the next command')
      await provider.inspect(signal)
    }
    await assertGoesOn(at, 'before')
    assert.equal((await told(provider, 'web')).disk, `round ${index}`)
  }
  await provider.stop('web', 'power', signal)
  await provider.start('web', signal)
  assert.equal((await told(provider, 'web')).disk, `round ${waits.length - 1}`)
})

test('on a full disk a machine is not kept and goes on', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can mount a small file system')
  const small = await mkdtemp(join(tmpdir(), 'nestlab-small-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', small])
  const usual = process.env.TMPDIR
  process.env.TMPDIR = small
  const at = await running(t).finally(() => {
    if (usual === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = usual
  })
  // After the machine is taken away, which was asked for before.
  t.after(async () => {
    execFileSync('umount', [small])
    await rm(small, { recursive: true })
  })
  await tellMemory(at.provider, 'web', 'before')
  const folder = await folderIn(at.bench, 'one')
  const filler = join(small, 'filler')
  await writeFile(filler, Buffer.alloc(20 * 1024 * 1024))
  await assert.rejects(async () => await at.provider.copies?.freeze({ folder, machines: ['web'] }, signal), {
    code: 'no-space',
  })
  assert.deepEqual(await readdir(folder), [])
  await assertGoesOn(at, 'before')
  await rm(filler)
  await freeze(at, 'two')
  await assertGoesOn(at, 'before')
})
