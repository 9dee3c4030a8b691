import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockLab } from './lock.ts'
import { labPaths, type Roots } from './paths.ts'

async function tempRoots(t: { after(clean: () => Promise<void>): void }): Promise<Roots> {
  const home = await mkdtemp(join(tmpdir(), 'nestlab-lock-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  return { state: join(home, 'state'), run: join(home, 'run') }
}

/** A process that takes the lock, says so and waits to be killed. */
async function holder(roots: Roots) {
  const code = `import { lockLab } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    await lockLab(${JSON.stringify(roots)}, 'demo', 'nestlab up demo.lab.yaml')
    console.log('locked'); setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

test('a lab that a running command changes is refused with the command and its process number', async (t) => {
  const roots = await tempRoots(t)
  const child = await holder(roots)
  t.after(() => child.kill('SIGKILL'))
  await assert.rejects(lockLab(roots, 'demo', 'nestlab down demo'), {
    code: 'lab-busy',
    message: `Lab demo is being changed by another command: nestlab up demo.lab.yaml (process ${child.pid}).`,
  })
})

test('the lock of a killed command is taken over', async (t) => {
  const roots = await tempRoots(t)
  const child = await holder(roots)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockLab(roots, 'demo', 'nestlab status')
  await lock.release()
})

test('of many heirs of a dead lock exactly one gets it', async (t) => {
  const roots = await tempRoots(t)
  const path = labPaths(roots, 'demo').lock
  await mkdir(join(roots.state, 'locks'), { recursive: true })
  const dead = JSON.stringify({
    pid: process.pid,
    startTicks: '1',
    bootId: 'another boot',
    command: 'nestlab up',
  })
  await writeFile(path, dead)
  await writeFile(`${path}.takeover`, dead)
  const heirs = await Promise.allSettled(
    Array.from({ length: 20 }, () => lockLab(roots, 'demo', 'nestlab up')),
  )
  assert.equal(heirs.filter((heir) => heir.status === 'fulfilled').length, 1)
  for (const heir of heirs) if (heir.status === 'rejected') assert.equal(heir.reason.code, 'lab-busy')
})

test('a released lock leaves no file and can be taken again', async (t) => {
  const roots = await tempRoots(t)
  for (let round = 0; round < 3; round++) {
    await using _ = await lockLab(roots, 'demo', 'nestlab up')
  }
  assert.deepEqual(await readdir(join(roots.state, 'locks')), [])
})

test('a lock that does not say who holds it is refused by name', async (t) => {
  const roots = await tempRoots(t)
  await mkdir(join(roots.state, 'locks'), { recursive: true })
  await writeFile(labPaths(roots, 'demo').lock, '')
  await assert.rejects(lockLab(roots, 'demo', 'nestlab up'), { code: 'state-damaged' })
})
