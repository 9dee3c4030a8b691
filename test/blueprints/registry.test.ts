/** Blueprints in a registry that others wrote: pushed, listed, pulled, interrupted, signed, and behind a login. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import {
  inspectBlueprint,
  inspectReference,
  packBlueprint,
  pullBlueprint,
  pushBlueprint,
  unpackBlueprint,
} from '#blueprints'
import { killAt } from '../../src/blueprints/killed.fixture.ts'
import { lab, labFolder } from './lab.ts'
import { lackingRegistry, startRegistry } from './registry.ts'
import { startRelay } from './relay.ts'

const skip = lackingRegistry()
const maxBytes = 2 ** 40

test('what is pushed is pulled again, byte for byte, and nothing is sent twice', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.') })
  const { digest } = await packBlueprint(lab(), at('lab'), { form: 'file' })
  const reference = `${registry.host}/labs/shared:v1`
  assert.deepEqual(await pushBlueprint(at('lab'), reference), { digest, writtenBlobs: 4, keptBlobs: 0 })
  assert.deepEqual(await pushBlueprint(at('lab'), reference), { digest, writtenBlobs: 0, keptBlobs: 4 })
  const inspected = await inspectReference(reference)
  assert.deepEqual(inspected, await inspectBlueprint(at('lab')))
  await pullBlueprint(reference, at('pulled'), { form: 'file', maxBytes })
  assert.ok((await readFile(at('pulled'))).equals(await readFile(at('lab'))))
  await pullBlueprint(`${registry.host}/labs/shared@${digest}`, at('folder'), {
    form: 'folder',
    maxBytes,
    digest,
  })
  await unpackBlueprint(at('folder'), at('out'), { maxBytes })
  // What another client sees: the registry's own lists.
  const answer = await fetch(`http://${registry.host}/v2/labs/shared/tags/list`)
  assert.deepEqual(await answer.json(), { name: 'labs/shared', tags: ['v1'] })
})

test('what is not there, and what is too large, is said before anything is written', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.') })
  const pull = (reference: string, most: number) =>
    pullBlueprint(`${registry.host}/${reference}`, at('pulled'), { form: 'file', maxBytes: most })
  await assert.rejects(pull('labs/none', maxBytes), { code: 'not-in-registry' })
  await packBlueprint(lab(1000), at('lab'), { form: 'folder' })
  const { digest } = await pushBlueprint(at('lab'), `${registry.host}/labs/shared`)
  await assert.rejects(pull('labs/shared', 100), { code: 'blueprint-too-large' })
  await assert.rejects(pull('labs/shared:v9', maxBytes), { code: 'not-in-registry' })
  await assert.rejects(pull(`labs/shared@sha256:${'0'.repeat(64)}`, maxBytes), { code: 'not-in-registry' })
  assert.ok(!(await readdir(at('.'))).some((name) => name.startsWith('pulled')))
  const other = `${registry.host}/labs/shared@sha256:${'0'.repeat(64)}`
  await assert.rejects(pushBlueprint(at('lab'), other), {
    code: 'reference-wrong',
    message: new RegExp(digest),
  })
})

test('an upload that breaks in the middle of a blob goes on there', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.') })
  await packBlueprint(lab(), at('lab'), { form: 'file' })
  let cuts = 0
  const relay = await startRelay(t, registry.host, {
    cutRequest: ({ method, headers }) => {
      const isLate = headers['content-range']?.startsWith('0-') === false
      return method === 'PATCH' && isLate && cuts++ < 1 ? 1_000_000 : undefined
    },
  })
  const { digest } = await pushBlueprint(at('lab'), `${relay.host}/labs/shared`)
  assert.equal(cuts, 2)
  const asked = relay.seen.filter(({ method, path }) => method === 'GET' && path.includes('/uploads/'))
  assert.equal(asked.length, 1)
  // The first piece has not been sent again.
  const first = relay.seen.filter(({ headers }) => /^0-\d{8}$/.test(headers['content-range'] ?? ''))
  assert.equal(first.length, 1)
  assert.equal((await inspectReference(`${registry.host}/labs/shared`)).digest, digest)
  await pullBlueprint(`${registry.host}/labs/shared`, at('pulled'), { form: 'file', maxBytes })
  assert.ok((await readFile(at('pulled'))).equals(await readFile(at('lab'))))
})

for (const form of ['file', 'folder'] as const) {
  test(`a download into a ${form} that breaks goes on in the middle of a blob, in the same run and the next`, {
    skip,
  }, async (t) => {
    const at = await labFolder(t)
    await using registry = await startRegistry({ folder: at('.') })
    await packBlueprint(lab(), at('lab'), { form })
    await pushBlueprint(at('lab'), `${registry.host}/labs/shared`)
    // Each answer ends after 3 MB; after three of them there are none any more.
    let left = 3
    const relay = await startRelay(t, registry.host, {
      cutAnswer: ({ path }) => (path.includes('/blobs/') && left-- > 0 ? 3_000_000 : undefined),
      answer: ({ path }, response) => {
        const isDown = left === 0 && path.includes('/blobs/')
        if (isDown) response.destroy()
        return isDown
      },
    })
    const pull = () => pullBlueprint(`${relay.host}/labs/shared`, at('pulled'), { form, maxBytes })
    const starts = () =>
      relay.seen.flatMap(({ headers }) => (headers.range ? [Number(/\d+/.exec(headers.range)?.[0])] : []))
    await assert.rejects(pull(), { code: 'registry-unreachable' })
    assert.ok(!(await readdir(at('.'))).includes('pulled'))
    const first = starts()
    assert.ok(first.length > 1 && first.every((start) => start > 0), `${first}`)
    left = Number.NEGATIVE_INFINITY
    await pull()
    const last = starts().slice(first.length)
    // What had come is not fetched again: the second run begins where the first one gave up.
    assert.deepEqual(last, [Math.max(...first)])
    const whole = async (name: string) =>
      form === 'file' ? await readFile(at(name)) : (await readdir(at(name))).sort()
    assert.deepEqual(await whole('pulled'), await whole('lab'))
    await unpackBlueprint(at('pulled'), at('out'), { maxBytes })
  })
}

test('a download that is killed anywhere is gone on with', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.') })
  await packBlueprint(lab(), at('lab'), { form: 'file' })
  await pushBlueprint(at('lab'), `${registry.host}/labs/shared`)
  const reference = `${registry.host}/labs/shared`
  const errand = { do: 'pull', reference, target: at('pulled'), form: 'file' } as const
  let before = 0
  for (const step of [1, 30, 100]) {
    assert.notEqual(await killAt(errand, at('errand'), step), 'done')
    assert.ok(!(await readdir(at('.'))).includes('pulled'))
    const { size } = await stat(at('pulled.part'))
    assert.ok(size >= before, `${size} after ${before}`)
    before = size
  }
  await pullBlueprint(reference, at('pulled'), { form: 'file', maxBytes })
  assert.ok((await readFile(at('pulled'))).equals(await readFile(at('lab'))))
})

test('a registry that gives other bytes than it should is found out', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.') })
  const { description, digest } = await packBlueprint(lab(1000), at('lab'), { form: 'file' })
  await pushBlueprint(at('lab'), `${registry.host}/labs/shared`)
  const [entry] = description.entries
  assert.ok(entry && 'blob' in entry)
  const relay = await startRelay(t, registry.host, {
    answer: ({ path }, response) => {
      if (!path.endsWith(entry.blob)) return false
      response.end(Buffer.alloc(entry.packedBytes))
      return true
    },
  })
  const pull = pullBlueprint(`${relay.host}/labs/shared`, at('pulled'), { form: 'file', maxBytes })
  await assert.rejects(pull, { code: 'blueprint-tampered', message: new RegExp(entry.blob) })
  const lying = await startRelay(t, registry.host, {
    answer: ({ path }, response) => {
      if (!path.includes('/manifests/')) return false
      response.end('{"schemaVersion":2}')
      return true
    },
  })
  const wanted = `${lying.host}/labs/shared@${digest}`
  await assert.rejects(inspectReference(wanted), { code: 'blueprint-tampered' })
  await assert.rejects(inspectReference(`${lying.host}/labs/shared`), { code: 'blueprint-unreadable' })
})

test('signatures go along, also where the registry keeps no list of them', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.') })
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const signKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const { digest } = await packBlueprint(lab(1000), at('lab'), { form: 'file', signKey })
  const reference = `${registry.host}/labs/signed:v1`
  await pushBlueprint(at('lab'), reference, { key })
  assert.equal((await inspectReference(reference, { key })).signatures, 1)
  await pullBlueprint(reference, at('pulled'), { form: 'file', maxBytes, key })
  assert.ok((await readFile(at('pulled'))).equals(await readFile(at('lab'))))
  // The tag that the specification gives registries without a list.
  const answer = await fetch(`http://${registry.host}/v2/labs/signed/manifests/${digest.replace(':', '-')}`, {
    headers: { accept: 'application/vnd.oci.image.index.v1+json' },
  })
  const { manifests } = (await answer.json()) as { manifests: { artifactType: string }[] }
  assert.deepEqual(
    manifests.map((one) => one.artifactType),
    ['application/vnd.nestlab.signature.v1'],
  )
  // A second push of the same adds nothing.
  await pushBlueprint(at('lab'), reference)
  assert.equal((await inspectReference(reference, { key })).signatures, 1)
  await packBlueprint(lab(1000), at('unsigned'), { form: 'file' })
  await pushBlueprint(at('unsigned'), `${registry.host}/labs/unsigned`)
  await assert.rejects(inspectReference(`${registry.host}/labs/unsigned`, { key }), {
    code: 'signature-missing',
  })
})

test('a folder holds several blueprints, with what they share once', async (t) => {
  const at = await labFolder(t)
  const parcel = lab(1000)
  const first = await packBlueprint(parcel, at('first'), { form: 'file' })
  const second = await packBlueprint({ ...parcel, createdAt: '2027-01-01T00:00:00Z' }, at('second'), {
    form: 'folder',
  })
  const folder = `oci:${at('labs')}`
  assert.equal((await pushBlueprint(at('first'), `${folder}:v1`)).writtenBlobs, 4)
  assert.equal((await pushBlueprint(at('second'), `${folder}:v2`)).writtenBlobs, 1)
  assert.equal((await inspectBlueprint(`${folder}:v1`)).digest, first.digest)
  assert.equal((await inspectBlueprint(`${folder}:v2`)).digest, second.digest)
  await assert.rejects(inspectBlueprint(folder), { code: 'blueprint-unreadable', message: /several/ })
  await assert.rejects(inspectBlueprint(`${folder}:v3`), {
    code: 'blueprint-unreadable',
    message: /tagged v3/,
  })
  await pullBlueprint(`${folder}:v1`, at('pulled'), { form: 'file', maxBytes })
  assert.ok((await readFile(at('pulled'))).equals(await readFile(at('first'))))
  await pushBlueprint(at('second'), `${folder}:v1`)
  assert.equal((await inspectBlueprint(`${folder}:v1`)).digest, second.digest)
  assert.equal((await inspectBlueprint(`${folder}:v2`)).digest, second.digest)
  await writeFile(at('mine'), '')
  await assert.rejects(pushBlueprint(at('first'), `oci:${at('.')}:v1`), { code: 'blueprint-unreadable' })
  assert.equal((await stat(at('mine'))).size, 0)
})
