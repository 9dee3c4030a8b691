import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import { inspectBlueprint, type Parcel, packBlueprint, unpackBlueprint } from './index.ts'
import { contentsOf, entryOf, makeParcel, sha256, temporaryFolder, wanted } from './parcel.fixture.ts'

const run = promisify(execFile)
const maxBytes = 2 ** 30

for (const form of ['file', 'folder'] as const) {
  test(`what is packed into a ${form} comes out again, with its holes`, async (t) => {
    const { parcel, at } = await makeParcel(t)
    const packed = await packBlueprint(parcel, at('lab'), { form })
    const inspected = await unpackBlueprint(at('lab'), at('out'), { maxBytes, digest: packed.digest })
    const { 'blueprint.json': description, ...files } = await contentsOf(at('out'))
    assert.deepEqual(files, wanted(parcel))
    assert.ok(description)
    assert.deepEqual(inspected.description, packed.description)
    const ram = await stat(at('out/machines/kvm-1/ram'))
    assert.equal(ram.size, 16 * 1024 * 1024)
    assert.ok(ram.blocks * 512 < 1024 * 1024, `${ram.blocks} blocks`)
    assert.equal((await stat(at('out/machines/kvm-1/disk0'))).mode & 0o777, 0o600)
    // Nothing of the work is left.
    assert.deepEqual((await readdir(at('.'))).sort(), ['lab', 'out', 'source'])
  })
}

test('the same parcel gives the same bytes, in whatever order and from wherever it comes', async (t) => {
  const { parcel, at } = await makeParcel(t)
  const shuffled: Parcel = {
    ...parcel,
    lab: { needs: { qemu: '7.2', accelerator: 'tcg' }, levels: 2, name: 'two-hypervisors' },
    entries: await Promise.all(
      parcel.entries.toReversed().map(async (entry) => {
        if ('file' in entry) return entryOf(entry.path, await readFile(entry.file), { sparse: entry.sparse })
        await writeFile(at(basename(entry.path)), entry.content)
        const { content: _, ...rest } = entry
        return { ...rest, file: at(basename(entry.path)) }
      }),
    ),
  }
  const one = await packBlueprint(parcel, at('one'), { form: 'file' })
  const two = await packBlueprint(shuffled, at('two'), { form: 'file' })
  assert.equal(one.digest, two.digest)
  assert.ok((await readFile(at('one'))).equals(await readFile(at('two'))))
  const three = await packBlueprint({ ...parcel, createdAt: '2026-11-28T12:00:01Z' }, at('three'), {
    form: 'file',
  })
  assert.notEqual(three.digest, one.digest)
})

test('other tools read it: tar lists it, sha256sum agrees with every name, zstd gives the content', async (t) => {
  const { parcel, at } = await makeParcel(t)
  const { digest } = await packBlueprint(parcel, at('lab.tar'), { form: 'file' })
  const out = await temporaryFolder(t)
  await run('tar', ['-xf', at('lab.tar'), '-C', out])
  const blobs = await readdir(join(out, 'blobs/sha256'))
  const { stdout } = await run('sha256sum', blobs, { cwd: join(out, 'blobs/sha256') })
  assert.deepEqual(
    stdout.trim().split('\n'),
    blobs.map((name) => `${name}  ${name}`),
  )
  assert.deepEqual(JSON.parse(await readFile(join(out, 'oci-layout'), 'utf8')), {
    imageLayoutVersion: '1.0.0',
  })
  const manifest = JSON.parse(await readFile(join(out, 'blobs/sha256', digest.slice(7)), 'utf8'))
  assert.equal(manifest.artifactType, 'application/vnd.nestlab.blueprint.v1')
  for (const layer of manifest.layers) {
    const content = zstdDecompressSync(await readFile(join(out, 'blobs/sha256', layer.digest.slice(7))))
    const path = layer.annotations['org.opencontainers.image.title']
    assert.equal(sha256(content), wanted(parcel)[path], path)
  }
  // And the other way round: a folder that tar has made, and a file that tar has packed of it.
  assert.equal((await inspectBlueprint(out)).digest, digest)
  await run('tar', ['-cf', at('again.tar'), '-C', out, '.'])
  assert.equal((await inspectBlueprint(at('again.tar'))).digest, digest)
  await unpackBlueprint(at('again.tar'), at('again'), { maxBytes })
})

test('images of a thin blueprint and what may not be handed out are named and not there', async (t) => {
  const { parcel, at } = await makeParcel(t)
  const reasons = async (kind: Parcel['kind']) => {
    const { digest, description } = await packBlueprint({ ...parcel, kind }, at(kind), { form: 'file' })
    assert.deepEqual((await inspectBlueprint(at(kind), { digest })).description, description)
    return description.entries.flatMap((entry) =>
      'leftOut' in entry ? [`${entry.leftOut} ${basename(entry.path)}`] : [],
    )
  }
  assert.deepEqual(await reasons('full'), ['licence esxi'])
  assert.deepEqual((await reasons('thin')).sort(), ['licence esxi', 'thin kernel'])
  await unpackBlueprint(at('thin'), at('out'), { maxBytes })
  const { 'blueprint.json': _, ...files } = await contentsOf(at('out'))
  assert.deepEqual(files, wanted({ ...parcel, kind: 'thin' }))
})

test('content that is there twice is packed once', async (t) => {
  const { parcel, at } = await makeParcel(t)
  await packBlueprint(parcel, at('lab'), { form: 'folder' })
  // Five contents for six files that are packed, the description and the manifest.
  assert.equal((await readdir(at('lab/blobs/sha256'))).length, 7)
})

test('paths that are unsafe, or one on some file system, are not packed', async (t) => {
  const { parcel, at } = await makeParcel(t)
  const unsafe = [
    '../up',
    '/abs',
    'a//b',
    'a/./b',
    '.hidden',
    'a\\b',
    'C:x',
    'ünï',
    'dot.',
    '',
    'blueprint.json',
    'a\0b',
  ]
  for (const path of unsafe) {
    const entries = [entryOf(path, 'x')]
    await assert.rejects(
      packBlueprint({ ...parcel, entries }, at('lab'), { form: 'file' }),
      { code: 'parcel-wrong' },
      path,
    )
  }
  for (const [a = '', b = ''] of [
    ['x', 'x'],
    ['Lab.yaml', 'lab.yaml'],
    ['a', 'a/b'],
    ['a/b/c', 'A/B'],
  ]) {
    const entries = [entryOf(a, '1'), entryOf(b, '2')]
    await assert.rejects(
      packBlueprint({ ...parcel, entries }, at('lab'), { form: 'file' }),
      { code: 'parcel-wrong' },
      a,
    )
  }
  assert.deepEqual(await readdir(at('.')), ['source'])
})

test('what no registry would take is not packed', async (t) => {
  const { parcel, at } = await makeParcel(t, 1000)
  const pack = (changed: Partial<Parcel>) =>
    packBlueprint({ ...parcel, ...changed }, at('lab'), { form: 'file' })
  const wrong = { code: 'parcel-wrong' }
  const many = (count: number, folder: string) =>
    Array.from({ length: count }, (_, index) => entryOf(`${folder}/${index}`, 'x'))
  await assert.rejects(pack({ entries: many(10_001, 'a') }), wrong)
  await assert.rejects(pack({ entries: many(9000, Array(4).fill('a'.repeat(120)).join('/')) }), wrong)
  await assert.rejects(pack({ lab: { name: 'x', more: 'x'.repeat(1024 * 1024) } }), wrong)
  await assert.rejects(pack({ lab: { name: 'a/b' } }), wrong)
  await assert.rejects(pack({ createdAt: 'yesterday' }), wrong)
  await pack({ entries: many(5000, 'a') })
  assert.equal((await inspectBlueprint(at('lab'))).description.entries.length, 5000)
})

test('a file that is not what the parcel says is refused, and nothing gets the name', async (t) => {
  const { parcel, at } = await makeParcel(t)
  const ram = parcel.entries[0]
  assert.ok(ram && 'file' in ram)
  await truncate(ram.file, ram.bytes - 1)
  const pack = () => packBlueprint(parcel, at('lab'), { form: 'file' })
  await assert.rejects(pack(), { code: 'parcel-changed', message: /it has shrunk/ })
  await truncate(ram.file, ram.bytes + 1)
  await assert.rejects(pack(), { code: 'parcel-changed', message: /it has grown/ })
  await truncate(ram.file, 1000)
  await truncate(ram.file, ram.bytes)
  await assert.rejects(pack(), { code: 'parcel-changed', message: /its content is another/ })
  assert.deepEqual((await readdir(at('.'))).sort(), ['lab.part', 'source'])
})

test('what is there is not replaced unless that is asked for', async (t) => {
  const { parcel, at } = await makeParcel(t)
  await writeFile(at('lab'), 'mine')
  await assert.rejects(packBlueprint(parcel, at('lab'), { form: 'file' }), { code: 'blueprint-there' })
  await assert.rejects(packBlueprint(parcel, at('lab'), { form: 'folder', replace: true }), {
    code: 'blueprint-there',
  })
  assert.equal(await readFile(at('lab'), 'utf8'), 'mine')
  await packBlueprint(parcel, at('lab'), { form: 'file', replace: true })
  await inspectBlueprint(at('lab'))
})

test('packing that is stopped is gone on with: what was compressed is not read again', async (t) => {
  for (const form of ['file', 'folder'] as const) {
    const { parcel, at } = await makeParcel(t)
    const stop = new AbortController()
    const onProgress = ({ path }: { path: string }) =>
      path.endsWith('same-kernel') || (path.endsWith('ram') && stop.abort())
    await assert.rejects(packBlueprint(parcel, at('lab'), { form, signal: stop.signal, onProgress }), {
      name: 'AbortError',
    })
    const read = new Set<string>()
    await packBlueprint(parcel, at('lab'), { form, onProgress: ({ path }) => read.add(path) })
    assert.deepEqual([...read], ['machines/kvm-1/ram'], form)
    await packBlueprint(parcel, at('fresh'), { form })
    assert.deepEqual(await bytesAt(at('lab')), await bytesAt(at('fresh')))
  }
})

async function bytesAt(path: string): Promise<unknown> {
  return (await stat(path)).isDirectory() ? contentsOf(path) : sha256(await readFile(path))
}
