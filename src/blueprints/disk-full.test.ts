import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspectBlueprint, packBlueprint, pullBlueprint, pushBlueprint, unpackBlueprint } from './index.ts'
import { contentsOf, makeParcel, wanted } from './parcel.fixture.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root, for a small file system'
const maxBytes = 2 ** 40
const full = { code: 'disk-full', exitCode: 3 }

interface SmallDisk extends AsyncDisposable {
  free(): Promise<void>
}

/** A file system of 8 MiB, nearly full until `free` is called. */
async function mountSmall(disk: string): Promise<SmallDisk> {
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'tmpfs', disk])
  const ballast = join(disk, 'ballast')
  await writeFile(ballast, Buffer.alloc(5 * 1024 * 1024))
  return {
    free: () => rm(ballast),
    [Symbol.asyncDispose]: async () => void execFileSync('umount', [disk]),
  }
}

for (const form of ['file', 'folder'] as const) {
  test(`a full disk while packing and pulling into a ${form} leaves what the next run goes on with`, {
    skip,
  }, async (t) => {
    const { parcel, at } = await makeParcel(t, 4_000_000)
    for (const way of ['pack', 'pull'] as const) {
      await t.test(way, async () => {
        const disk = at(`disk-of-${way}`)
        await using small = await mountSmall(disk)
        await packBlueprint(parcel, at(`whole-${way}`), { form })
        await pushBlueprint(at(`whole-${way}`), `oci:${at(`layout-${way}`)}:v1`)
        const target = join(disk, 'lab')
        const go = () =>
          way === 'pack'
            ? packBlueprint(parcel, target, { form })
            : pullBlueprint(`oci:${at(`layout-${way}`)}:v1`, target, { form, maxBytes })
        await assert.rejects(go(), full)
        assert.deepEqual((await readdir(disk)).sort(), ['ballast', 'lab.part'])
        await small.free()
        await go()
        assert.deepEqual(await readdir(disk), ['lab'])
        await inspectBlueprint(target)
      })
    }
  })
}

test('a full disk while unpacking leaves only whole files, and the next run goes on', { skip }, async (t) => {
  const { parcel, at } = await makeParcel(t, 4_000_000)
  await packBlueprint(parcel, at('lab'), { form: 'file' })
  const disk = at('disk')
  await using small = await mountSmall(disk)
  const into = join(disk, 'out')
  await assert.rejects(unpackBlueprint(at('lab'), into, { maxBytes }), full)
  const all = wanted(parcel)
  for (const [path, hash] of Object.entries(await contentsOf(into))) assert.equal(hash, all[path], path)
  await small.free()
  await unpackBlueprint(at('lab'), into, { maxBytes })
  const { 'blueprint.json': _, ...files } = await contentsOf(into)
  assert.deepEqual(files, all)
})
