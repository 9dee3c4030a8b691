import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import { inspectBlueprint, packBlueprint, unpackBlueprint } from './index.ts'
import { makeParcel } from './parcel.fixture.ts'

function pair() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

async function signed(t: TestContext) {
  const fixture = await makeParcel(t, 1000)
  const keys = pair()
  await packBlueprint(fixture.parcel, fixture.at('lab'), { form: 'folder', signKey: keys.privateKey })
  return { ...fixture, ...keys }
}

test('a signed blueprint is taken with its key, and refused with another', async (t) => {
  const { at, parcel, publicKey, privateKey } = await signed(t)
  assert.equal((await inspectBlueprint(at('lab'), { key: publicKey })).signatures, 1)
  await unpackBlueprint(at('lab'), at('out'), { maxBytes: 2 ** 30, key: publicKey })
  const missing = { code: 'signature-missing' }
  await assert.rejects(inspectBlueprint(at('lab'), { key: pair().publicKey }), missing)
  await assert.rejects(
    unpackBlueprint(at('lab'), at('out2'), { maxBytes: 2 ** 30, key: pair().publicKey }),
    missing,
  )
  const unsigned = await packBlueprint(parcel, at('unsigned'), { form: 'file' })
  await assert.rejects(inspectBlueprint(at('unsigned'), { key: publicKey }), missing)
  // The blueprint is the same one, signed or not, and signing gives the same bytes each time.
  assert.equal((await inspectBlueprint(at('lab'))).digest, unsigned.digest)
  for (const name of ['one', 'two'])
    await packBlueprint(parcel, at(name), { form: 'file', signKey: privateKey })
  assert.ok((await readFile(at('one'))).equals(await readFile(at('two'))))
})

test('the signature of one blueprint does not pass for that of another', async (t) => {
  const { at, parcel, publicKey } = await signed(t)
  const other = { ...parcel, createdAt: '2027-01-01T00:00:00Z' }
  const { digest } = await packBlueprint(other, at('other'), { form: 'folder', signKey: pair().privateKey })
  const index = JSON.parse(await readFile(at('lab/index.json'), 'utf8'))
  const otherIndex = JSON.parse(await readFile(at('other/index.json'), 'utf8'))
  const [, signature] = index.manifests
  const name = `blobs/sha256/${signature.digest.slice(7)}`
  await writeFile(at(`other/${name}`), await readFile(at(`lab/${name}`)))
  otherIndex.manifests[1] = signature
  await writeFile(at('other/index.json'), JSON.stringify(otherIndex))
  assert.equal((await inspectBlueprint(at('other'))).digest, digest)
  await assert.rejects(inspectBlueprint(at('other'), { key: publicKey }), { code: 'signature-missing' })
})

test('keys that are none, or of another kind, are refused without being repeated', async (t) => {
  const { at, parcel, publicKey, privateKey } = await signed(t)
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const wrong = [rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'secret-words', '']
  for (const key of wrong) {
    await assert.rejects(inspectBlueprint(at('lab'), { key }), (error: Error) => {
      assert.ok(!error.message.includes('secret-words') && error.cause === undefined)
      return 'code' in error && error.code === 'key-unusable'
    })
  }
  const packing = packBlueprint(parcel, at('x'), { form: 'file', signKey: publicKey })
  await assert.rejects(packing, { code: 'key-unusable' })
  // A private key holds its public half.
  await inspectBlueprint(at('lab'), { key: privateKey })
})
