/** A disk that is full, or nearly so, when a snapshot or a copy is made: nothing is lost, and nothing is left. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isThorough } from '../sample.ts'
import { Desk } from './command.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root, for a small file system'

const lab = `nestlab: 1
name: pair
site: sim
switches: { lan: { portgroups: { main: {} } } }
machines:
  a: { image: tiny, memory: 64MiB, nics: [{ portgroup: main }] }
  b: { image: tiny, memory: 64MiB, nics: [{ portgroup: main }] }
`
const blockBytes = 4096

interface SmallHome extends AsyncDisposable {
  readonly desk: Desk
  readonly home: string
}

/** State on a file system of its own, with a lab that is up and has a snapshot. */
async function openSmall(): Promise<SmallHome> {
  const desk = await Desk.open()
  const home = join(desk.folder, '.home')
  await mkdir(home)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', home])
  await desk.write('pair.lab.yaml', lab)
  await desk.expect(0, 'up')
  await desk.expect(0, 'snapshot', 'create', 'first')
  return {
    desk,
    home,
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', [home])
      await desk[Symbol.asyncDispose]()
    },
  }
}

async function fillUpTo(home: string, freeBlocks: number): Promise<string> {
  const ballast = join(home, 'ballast')
  const { bavail, bsize } = await statfs(home)
  await writeFile(ballast, Buffer.alloc((bavail - freeBlocks * (blockBytes / bsize)) * bsize))
  return ballast
}

interface Listed {
  readonly snapshots: readonly { readonly name: string }[]
}

test('snapshots and copies on a disk that fills up are whole or not there', { skip }, async (t) => {
  await using small = await openSmall()
  const { desk, home } = small
  const names = async () =>
    ((await desk.json(0, 'snapshot', 'ls', '--lab', 'pair')) as Listed).snapshots.map(({ name }) => name)
  const codes = new Set<number | null>()
  for (const freeBlocks of isThorough ? [0, 1, 2, 3, 4, 6, 9] : [1, 3, 6]) {
    await t.test(`${freeBlocks} blocks are free`, async () => {
      const ballast = await fillUpTo(home, freeBlocks)
      const name = `with-${freeBlocks}`
      const taken = await desk.run(['snapshot', 'create', name, '--lab', 'pair'])
      const copied = await desk.run(['clone', 'pair@first', '--name', `copy-${freeBlocks}`])
      for (const { code, stderr } of [taken, copied]) {
        codes.add(code)
        if (code !== 0) assert.match(stderr, /no space/i)
      }
      await rm(ballast)
      assert.equal((await names()).includes(name), taken.code === 0)
      // A simulated machine that goes on is a line in a file, which may not have been written.
      await desk.expect(0, 'up')
      assert.match((await desk.expect(0, 'status', '--lab', 'pair')).stdout, /a .*ready.*b .*ready/s)
      // Finishes what was cut off, and says that it is there when nothing was.
      const again = await desk.run(['clone', 'pair@first', '--name', `copy-${freeBlocks}`])
      assert.ok(copied.code === 0 ? again.code !== 0 : again.code === 0, again.stderr)
      await desk.expect(0, 'down', '--lab', `copy-${freeBlocks}`)
      const kept = await readdir(join(home, 'state', 'frozen'))
      assert.equal(kept.length, (await names()).length, 'one folder for each snapshot')
    })
  }
  assert.ok(codes.size > 1, 'some had room and some had not')
  await desk.expect(0, 'revert', 'first', '--lab', 'pair')
})
