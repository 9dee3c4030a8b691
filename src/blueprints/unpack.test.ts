import assert from 'node:assert/strict'
import { mkdir, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { changedHeader, type Harm, harmful, partsOf, tarOf, writeLayout } from './hostile.fixture.ts'
import { type Digest, inspectBlueprint, packBlueprint, unpackBlueprint } from './index.ts'
import { contentsOf, makeParcel, temporaryFolder, wanted } from './parcel.fixture.ts'

const maxBytes = 2 ** 30

test('a blueprint that is changed anywhere is refused, naming what was changed', async (t) => {
  const { parcel, at } = await makeParcel(t)
  const { description, digest } = await packBlueprint(parcel, at('lab'), { form: 'folder' })
  for (const entry of description.entries) {
    if (!('blob' in entry)) continue
    const path = at(`lab/blobs/sha256/${entry.blob.slice(7)}`)
    const right = await readFile(path)
    const wrong = Buffer.from(right)
    const last = wrong.length - 1
    wrong.writeUInt8(wrong.readUInt8(last) ^ 1, last)
    await writeFile(path, wrong)
    const named = { code: 'blueprint-tampered', message: new RegExp(entry.blob) }
    await assert.rejects(unpackBlueprint(at('lab'), at('out'), { maxBytes }), named, entry.path)
    assert.ok(!(await readdir(at('out'))).includes('blueprint.json'))
    await writeFile(path, right.subarray(0, last))
    await assert.rejects(unpackBlueprint(at('lab'), at('out'), { maxBytes }), { code: 'blueprint-tampered' })
    await writeFile(path, right)
  }
  const manifest = at(`lab/blobs/sha256/${digest.slice(7)}`)
  const right = await readFile(manifest, 'utf8')
  await writeFile(manifest, right.replace('two-hypervisors', 'two-hypervis0rs'))
  await assert.rejects(inspectBlueprint(at('lab')), {
    code: 'blueprint-tampered',
    message: new RegExp(digest),
  })
  await writeFile(manifest, right)
  await assert.rejects(inspectBlueprint(at('lab'), { digest: `sha256:${'0'.repeat(64)}` }), {
    code: 'blueprint-tampered',
  })
  await unpackBlueprint(at('lab'), at('out'), { maxBytes })
})

test('what an interrupted run has written is kept, and only the rest is unpacked', async (t) => {
  const { parcel, at } = await makeParcel(t)
  await packBlueprint(parcel, at('lab'), { form: 'file' })
  const stop = new AbortController()
  const onProgress = ({ path }: { path: string }) => path.endsWith('ram') && stop.abort()
  const stopped = unpackBlueprint(at('lab'), at('out'), { maxBytes, signal: stop.signal, onProgress })
  await assert.rejects(stopped, { name: 'AbortError' })
  const unpacked = new Set<string>()
  await unpackBlueprint(at('lab'), at('out'), { maxBytes, onProgress: ({ path }) => unpacked.add(path) })
  assert.deepEqual([...unpacked].sort(), ['machines/kvm-1/ram', 'machines/kvm-1/same-kernel'])
  const { 'blueprint.json': _, ...files } = await contentsOf(at('out'))
  assert.deepEqual(files, wanted(parcel))
})

test('what is in the way is left as it is', async (t) => {
  const { parcel, at } = await makeParcel(t)
  await packBlueprint(parcel, at('lab'), { form: 'file' })
  const unpack = () => unpackBlueprint(at('lab'), at('out'), { maxBytes })
  const inTheWay = { code: 'unpack-in-the-way' }
  const elsewhere = await temporaryFolder(t)
  await mkdir(at('out'))
  await writeFile(at('out/lab.yaml'), 'mine')
  await assert.rejects(unpack(), inTheWay)
  assert.equal(await readFile(at('out/lab.yaml'), 'utf8'), 'mine')
  await rm(at('out/lab.yaml'))
  await symlink(join(elsewhere, 'lab.yaml'), at('out/lab.yaml'))
  await assert.rejects(unpack(), inTheWay)
  await rm(at('out/lab.yaml'))
  await rm(at('out/machines'), { recursive: true, force: true })
  await symlink(elsewhere, at('out/machines'))
  await assert.rejects(unpack(), inTheWay)
  await rm(at('out/machines'))
  await writeFile(at('out/blueprint.json'), '{}')
  await assert.rejects(unpack(), inTheWay)
  await rm(at('out/blueprint.json'))
  await symlink(join(elsewhere, 'x'), at('out/.unpacking'))
  await unpack()
  assert.deepEqual(await readdir(elsewhere), [])
})

test('more than the caller allows is refused before anything is written', async (t) => {
  const { parcel, at } = await makeParcel(t)
  await packBlueprint(parcel, at('lab'), { form: 'file' })
  const { unpackedBytes } = await inspectBlueprint(at('lab'))
  const limit = { code: 'blueprint-too-large' }
  await assert.rejects(unpackBlueprint(at('lab'), at('out'), { maxBytes: unpackedBytes - 1 }), limit)
  await assert.rejects(readdir(at('out')), { code: 'ENOENT' })
  await unpackBlueprint(at('lab'), at('out'), { maxBytes: unpackedBytes })
})

async function refused(t: TestContext, harm: Harm, error: { code: string; message?: RegExp }, what: string) {
  const folder = await temporaryFolder(t)
  await writeLayout(join(folder, 'lab'), harmful(harm))
  await assert.rejects(unpackBlueprint(join(folder, 'lab'), join(folder, 'out'), { maxBytes }), error, what)
  await rm(join(folder, 'out'), { recursive: true, force: true })
  assert.deepEqual(await readdir(folder), ['lab'], what)
}

test('the harmless blueprint that the harmful ones are made of is fine', async (t) => {
  const folder = await temporaryFolder(t)
  await writeLayout(join(folder, 'lab'), harmful({}))
  await unpackBlueprint(join(folder, 'lab'), join(folder, 'out'), { maxBytes })
  await writeFile(join(folder, 'tar'), tarOf(partsOf(harmful({}))))
  await unpackBlueprint(join(folder, 'tar'), join(folder, 'out'), { maxBytes })
  assert.equal(await readFile(join(folder, 'out/lab.yaml'), 'utf8'), 'nestlab: 1\n')
})

test('a bomb is stopped at the size it announces', async (t) => {
  const bomb = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024))
  const content = Buffer.alloc(1000)
  const folder = await temporaryFolder(t)
  await writeLayout(join(folder, 'lab'), harmful({ content, packed: bomb }))
  let most = 0
  const onProgress = ({ doneBytes }: { doneBytes: number }) => {
    most = Math.max(most, doneBytes)
  }
  const unpacked = unpackBlueprint(join(folder, 'lab'), join(folder, 'out'), { maxBytes, onProgress })
  await assert.rejects(unpacked, { code: 'blueprint-tampered', message: /more than the 1000 bytes/ })
  assert.equal(most, 0)
  assert.deepEqual(await readdir(join(folder, 'out')), [])
  const huge = { bytes: 2 ** 50 }
  await refused(t, { content, packed: bomb, entry: huge }, { code: 'blueprint-too-large' }, 'announced')
})

test('a window that would take memory is refused', async (t) => {
  const { constants } = await import('node:zlib')
  const content = Buffer.alloc(40 * 1024 * 1024, 'abc')
  const params = { [constants.ZSTD_c_windowLog]: 26, [constants.ZSTD_c_contentSizeFlag]: 0 }
  const packed = zstdCompressSync(content, { params })
  await refused(
    t,
    { content, packed },
    { code: 'blueprint-tampered', message: /cannot be decompressed/ },
    'window',
  )
})

test('paths that lead outside, or twice to one place, are refused', async (t) => {
  const paths = [
    '../x',
    '/x',
    'a/../../x',
    'a\\..\\x',
    '.unpacking',
    'blueprint.json',
    '\u202ex',
    'a\u0000',
    '',
    'A/'.repeat(20),
  ]
  for (const path of paths) await refused(t, { entry: { path } }, { code: 'blueprint-unsafe' }, path)
  await refused(t, { entry: { path: 3 } }, { code: 'blueprint-unreadable' }, 'number')
})

test('a description that does not agree with its manifest is refused', async (t) => {
  const other = `sha256:${'0'.repeat(64)}`
  await refused(t, { layer: { digest: other } }, { code: 'blueprint-unsafe' }, 'digest')
  await refused(t, { layer: { size: 3 } }, { code: 'blueprint-unsafe' }, 'size')
  await refused(t, { layer: { annotations: {} } }, { code: 'blueprint-unsafe' }, 'title')
  await refused(t, { manifest: { layers: [] } }, { code: 'blueprint-unsafe' }, 'none')
  await refused(t, { entry: { redistributable: false } }, { code: 'blueprint-unsafe' }, 'licence')
  await refused(t, { config: { kind: 'fat' } }, { code: 'blueprint-unreadable' }, 'kind')
  await refused(t, { config: { more: 1 } }, { code: 'blueprint-unreadable' }, 'more')
  await refused(t, { config: { format: 2, more: 1 } }, { code: 'blueprint-newer' }, 'newer')
  await refused(t, { config: { lab: { name: '\u001b[2J' } } }, { code: 'blueprint-unreadable' }, 'escape')
  await refused(t, { manifest: { artifactType: 'x/y' } }, { code: 'blueprint-unreadable' }, 'other')
  await refused(t, { index: { manifests: [] } }, { code: 'blueprint-unreadable' }, 'empty')
  const large = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: other as Digest,
    size: 2 ** 40,
  }
  await refused(t, { index: { manifests: [large] } }, { code: 'blueprint-unsafe' }, 'large manifest')
})

test('a folder cannot show what lies elsewhere through links', async (t) => {
  const folder = await temporaryFolder(t)
  const files = harmful({})
  await writeLayout(join(folder, 'lab'), files)
  const [blob = ''] = [...files.keys()].filter((name) => name.startsWith('blobs/'))
  await writeFile(join(folder, 'elsewhere'), files.get(blob) ?? '')
  await rm(join(folder, 'lab', blob))
  await symlink(join(folder, 'elsewhere'), join(folder, 'lab', blob))
  const unpacked = unpackBlueprint(join(folder, 'lab'), join(folder, 'out'), { maxBytes })
  await assert.rejects(unpacked, { code: 'blueprint-unsafe', message: /no ordinary file/ })
})

async function refusedTar(t: TestContext, tar: Uint8Array, code: string, what: string): Promise<void> {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'lab'), tar)
  await assert.rejects(
    unpackBlueprint(join(folder, 'lab'), join(folder, 'out'), { maxBytes }),
    { code },
    what,
  )
  assert.deepEqual(await readdir(folder), ['lab'], what)
}

test('a tar file with anything but the files of a layout is refused', async (t) => {
  const parts = partsOf(harmful({}))
  const [first] = parts
  assert.ok(first)
  const withPart = (header: Buffer, content: Uint8Array = Buffer.alloc(0)) =>
    tarOf([...parts, { header, content }])
  const named = (name: string) =>
    changedHeader(first.header, (block) => {
      block.fill(0, 0, 100)
      block.write(name, 0)
    })
  for (const name of [
    '../x',
    '/etc/passwd',
    'x',
    'blobs/sha256/../../x',
    'blobs/sha256/ABC',
    'oci-layout/',
    'blobs\\sha256',
    'é',
  ]) {
    await refusedTar(t, withPart(named(name), first.content), 'blueprint-unsafe', name)
  }
  for (const type of ['1', '2', '3', '4', '6', '7', 'L', 'K', 'x', 'g', 'S', 'V']) {
    const header = changedHeader(named('index.json'), (block) => block.write(type, 156))
    await refusedTar(t, withPart(header, first.content), 'blueprint-unsafe', type)
  }
  await refusedTar(t, withPart(first.header, first.content), 'blueprint-unsafe', 'twice')
  const sized = (size: string) =>
    changedHeader(named('index.json'), (block) => block.write(size, 124, 'latin1'))
  for (const size of [
    '-0000000001\0',
    '99999999999\0',
    'abc\0',
    '\x80\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff',
    '\xff',
  ]) {
    await refusedTar(t, tarOf([{ header: sized(size), content: first.content }]), 'blueprint-unsafe', size)
  }
  await refusedTar(
    t,
    tarOf([{ header: sized('77777777777\0'), content: first.content }]),
    'blueprint-unreadable',
    'cut off',
  )
  const many = Array.from({ length: 20_200 }, () => ({ header: named('blobs'), content: Buffer.alloc(0) }))
  const folders = many.map((part) => ({ ...part, header: folderHeader(part.header) }))
  await refusedTar(t, tarOf(folders), 'blueprint-unsafe', 'too many')
  await refusedTar(t, Buffer.from('hello'), 'blueprint-unreadable', 'short')
  await refusedTar(t, Buffer.alloc(5000, 'hello'), 'blueprint-unreadable', 'text')
})

function folderHeader(header: Buffer): Buffer {
  return changedHeader(header, (block) => {
    block.write('5', 156)
    block.write('00000000000\0', 124)
  })
}

test('what is neither a file nor a folder is said so', async (t) => {
  const folder = await temporaryFolder(t)
  await assert.rejects(inspectBlueprint(join(folder, 'none')), {
    code: 'blueprint-unreadable',
    message: /does not exist/,
  })
  await assert.rejects(inspectBlueprint('/dev/zero'), { code: 'blueprint-unreadable' })
  await assert.rejects(inspectBlueprint(folder), {
    code: 'blueprint-unreadable',
    message: /index.json is not in it/,
  })
  const zeros = await open(join(folder, 'zeros'), 'w')
  await zeros.truncate(2 ** 40)
  await zeros.close()
  await assert.rejects(inspectBlueprint(join(folder, 'zeros')), { code: 'blueprint-unreadable' })
  assert.equal((await stat(join(folder, 'zeros'))).blocks, 0)
})
