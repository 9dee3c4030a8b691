import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadLabObject, type ResolvedLab } from '#lab'
import { openGuests } from '../guests.ts'
import { whileLocked } from './making-lock.ts'
import { sha256Of } from './manifest.ts'

async function openStore(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-images-'))
  t.after(() => rm(folder, { recursive: true }))
  const options = { imagesFolder: join(folder, 'images'), scratchFolder: join(folder, 'scratch') }
  const disk = join(folder, 'My Disk.raw')
  const content = randomBytes(4096)
  await writeFile(disk, content)
  const work = { onProgress: () => {}, signal: AbortSignal.timeout(20_000) }
  return { ...options, disk, sha256: sha256Of(content), work, guests: openGuests(options) }
}

test('an imported disk is listed, found by its name, intact, and gone when removed', async (t) => {
  const { guests, disk, work } = await openStore(t)
  const image = await guests.images.import(disk, undefined, work)
  assert.equal(image.name, 'my-disk')
  assert.deepEqual(await guests.images.list(), [image])
  assert.equal((await guests.find({ from: 'catalogue', name: 'my-disk' }))?.sha256, image.sha256)
  assert.deepEqual(await guests.images.verify('my-disk', work.signal), [])
  assert.ok((await guests.images.remove('my-disk')) > 4096)
  assert.deepEqual(await guests.images.list(), [])
})

test('a changed byte in the store is found, and a cut-off file makes the image missing', async (t) => {
  const { guests, disk, work, imagesFolder } = await openStore(t)
  const { sha256 } = await guests.images.import(disk, 'one', work)
  await writeFile(join(imagesFolder, sha256, 'disk.raw'), Buffer.alloc(4096))
  const [wrong] = await guests.images.verify('one', work.signal)
  assert.match(wrong ?? '', /disk\.raw is [0-9a-f]{64}, not/)
  await writeFile(join(imagesFolder, sha256, 'disk.raw'), '')
  assert.equal(await guests.find({ from: 'catalogue', name: 'one' }), undefined)
})

test('a file with another SHA-256 than the lab says is refused and nothing of it stays', async (t) => {
  const { guests, disk, work, scratchFolder } = await openStore(t)
  const wanted = { ...work, sha256: 'f'.repeat(64) }
  await assert.rejects(guests.images.import(disk, 'one', wanted), { code: 'checksum-wrong' })
  assert.deepEqual(await readdir(scratchFolder), [])
  assert.deepEqual(await guests.images.list(), [])
})

test('names that would leave the store, and those of built images, are refused', async (t) => {
  const { guests, disk, work } = await openStore(t)
  for (const name of ['../x', '.hidden', 'a/b', '', 'x'.repeat(64)]) {
    await assert.rejects(guests.images.import(disk, name, work), { code: 'image-name-unsafe' })
  }
  await assert.rejects(guests.images.import(disk, 'tiny', work), { code: 'image-name-taken' })
  await assert.rejects(guests.images.remove('../x'), { code: 'image-unknown' })
  await assert.rejects(guests.images.build('nonsense', { ...work, again: false }), { code: 'image-unknown' })
})

test('what is no file cannot be imported', async (t) => {
  const { guests, work } = await openStore(t)
  await assert.rejects(guests.images.import('/dev/zero', 'one', work), { code: 'file-missing' })
  await assert.rejects(guests.images.import('/no/such', 'one', work), { code: 'file-missing' })
})

/** A lab whose only machine has this image; its file lies in `folder`. */
function labWith(image: string | { file: string; sha256: string }, folder: string): ResolvedLab {
  const lab = { nestlab: 1, name: 'lab', machines: { vm: { image } } }
  const knownImages = typeof image === 'string' ? [image] : []
  return (
    loadLabObject(lab, { file: join(folder, 'lab.yaml'), folder, knownImages }).lab ??
    assert.fail('the lab of the test is wrong')
  )
}

test('a disk in the folder of the lab file is taken in, also by a link that stays there', async (t) => {
  const { guests, disk, sha256, work } = await openStore(t)
  const folder = dirname(disk)
  await mkdir(join(folder, 'disks'))
  await symlink('../My Disk.raw', join(folder, 'disks', 'link.raw'))
  await symlink(folder, `${folder}-link`)
  t.after(() => rm(`${folder}-link`))
  const lab = labWith({ file: 'disks/link.raw', sha256 }, `${folder}-link`)
  await guests.provide(lab, work.onProgress, work.signal)
  const [image] = await guests.images.list()
  assert.equal(image?.files['disk.raw']?.sha256, sha256)
})

test('a link that leads out of the folder of the lab file is refused, and nothing is read through it', async (t) => {
  const { guests, disk, sha256, work } = await openStore(t)
  const folder = join(dirname(disk), 'lab')
  await mkdir(folder)
  await symlink('../My Disk.raw', join(folder, 'disk.raw'))
  await symlink('..', join(folder, 'up'))
  await mkdir(`${folder}-2`)
  await writeFile(join(`${folder}-2`, 'disk.raw'), 'x')
  await symlink(`${folder}-2`, join(folder, 'sibling'))
  for (const file of ['disk.raw', 'up/My Disk.raw', 'sibling/disk.raw']) {
    const providing = guests.provide(labWith({ file, sha256 }, folder), work.onProgress, work.signal)
    await assert.rejects(providing, { code: 'file-outside', exitCode: 1 }, file)
  }
  assert.deepEqual(await guests.images.list(), [])
})

test('a pipe is no disk and is not waited for', async (t) => {
  const { guests, disk, work } = await openStore(t)
  const pipe = join(dirname(disk), 'pipe')
  execFileSync('mkfifo', [pipe])
  await assert.rejects(guests.images.import(pipe, 'one', work), { code: 'file-missing' })
})

test('an imported image that is damaged is named when a lab needs it, with what is wrong', async (t) => {
  const { guests, disk, work, imagesFolder } = await openStore(t)
  const { sha256 } = await guests.images.import(disk, 'one', work)
  await writeFile(join(imagesFolder, sha256, 'disk.raw'), 'cut off')
  const providing = guests.provide(labWith('one', dirname(disk)), work.onProgress, work.signal)
  await assert.rejects(providing, { code: 'image-damaged', message: /one .*damaged: disk\.raw is/ })
})

test('two who make the same image do so one after the other, and a dead one’s lock is no obstacle', async (t) => {
  const { scratchFolder, work } = await openStore(t)
  const told: number[] = []
  const lock = {
    folder: scratchFolder,
    image: 'one',
    signal: work.signal,
    onWait: (pid: number) => told.push(pid),
  }
  const order: string[] = []
  const { promise: let1End, resolve: end1 } = Promise.withResolvers<void>()
  const first = whileLocked(lock, async () => {
    order.push('first began')
    await let1End
    order.push('first ended')
  })
  while (order.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const second = whileLocked({ ...lock, onWait: () => end1() }, async () => order.push('second began'))
  await Promise.all([first, second])
  assert.deepEqual(order, ['first began', 'first ended', 'second began'])
  await writeFile(join(scratchFolder, 'one.lock'), '999999999 1')
  assert.equal(await whileLocked(lock, async () => 'made'), 'made')
  assert.deepEqual(told, [])
})
