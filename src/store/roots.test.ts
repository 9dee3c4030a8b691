import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, relative } from 'node:path'
import { test } from 'node:test'
import { levelPaths, longestRunBytes, machinePaths, rootsFrom } from './paths.ts'
import { checkSocketPath } from './socket-path.ts'

test('the run root is the home’s own while the longest socket paths fit into it', () => {
  const longest = `/${'h'.repeat(longestRunBytes() - '//run'.length)}`
  const roots = rootsFrom({ NESTLAB_HOME: longest })
  assert.equal(roots.run, `${longest}/run`)
  const level = levelPaths(roots, 'l'.repeat(40))
  const paths = machinePaths(level, 'm'.repeat(30))
  for (const socket of [
    level.switchControl,
    paths.consoleSocket,
    paths.qmpSocket,
    paths.switchQmpSocket,
    paths.agentSocket,
    paths.nicSocket('nic10'),
  ]) {
    checkSocketPath(socket)
  }
})

test('with a longer home the run root is a short folder of that home alone, the same for every command', () => {
  const homes = [
    { NESTLAB_HOME: `/${'h'.repeat(60)}` },
    { NESTLAB_HOME: '/home/user/a-rather-long-name' },
    // Bytes count, not letters.
    { NESTLAB_HOME: `/${'ä'.repeat(15)}` },
    { XDG_RUNTIME_DIR: '/run/user/1000/of-somebody' },
  ]
  const runs = homes.map((home) => rootsFrom(home).run)
  const mine = new RegExp(`^nestlab-${userInfo().uid}-[0-9a-f]{8}$`)
  for (const run of runs) {
    assert.equal(dirname(run), tmpdir())
    assert.match(basename(run), mine)
  }
  assert.equal(new Set(runs).size, runs.length)
  assert.deepEqual(
    homes.map((home) => rootsFrom(home).run),
    runs,
  )
  const hash = createHash('sha256').update('/home/user/a-rather-long-name').digest('hex')
  assert.ok(runs[1]?.endsWith(`-${hash.slice(0, 8)}`))
})

test('a home is the same however it is written', () => {
  const roots = rootsFrom({ NESTLAB_HOME: '/home/user/a-rather-long-name' })
  assert.deepEqual(rootsFrom({ NESTLAB_HOME: '/home/user/x/../a-rather-long-name/' }), roots)
  assert.deepEqual(rootsFrom({ NESTLAB_HOME: relative('.', '/home/user/a-rather-long-name') }), roots)
})
