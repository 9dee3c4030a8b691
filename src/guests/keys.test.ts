import assert from 'node:assert/strict'
import { test } from 'node:test'
import ssh2 from 'ssh2'
import { dropbearKey, makeKeys } from './keys.ts'

test('keys are ed25519 in OpenSSH format and every lab gets its own', () => {
  const keys = makeKeys()
  for (const which of ['client', 'host'] as const) {
    const secret = ssh2.utils.parseKey(keys[`${which}Private`])
    const shown = ssh2.utils.parseKey(keys[`${which}Public`])
    assert.ok(!(secret instanceof Error) && !(shown instanceof Error))
    assert.equal(shown.type, 'ssh-ed25519')
    assert.ok(secret.isPrivateKey())
    assert.deepEqual(secret.getPublicSSH(), shown.getPublicSSH())
    assert.equal(shown.verify('text', secret.sign('text')), true)
  }
  assert.notEqual(makeKeys().clientPublic, keys.clientPublic)
})

test('a host key becomes dropbear’s format: its type, then seed and public key', () => {
  const keys = makeKeys()
  const bytes = Buffer.from(dropbearKey(keys.hostPrivate), 'base64')
  const shown = ssh2.utils.parseKey(keys.hostPublic)
  assert.ok(!(shown instanceof Error))
  assert.equal(bytes.toString('latin1', 4, 15), 'ssh-ed25519')
  assert.equal(bytes.readUInt32BE(15), 64)
  assert.deepEqual(bytes.subarray(-32), shown.getPublicSSH().subarray(-32))
})

test('keys that ssh2 makes are understood too', () => {
  let pair = ssh2.utils.generateKeyPairSync('ed25519')
  // One in 256 it cannot read itself: it drops a leading zero of the public key.
  while (ssh2.utils.parseKey(pair.private) instanceof Error) {
    pair = ssh2.utils.generateKeyPairSync('ed25519')
  }
  assert.ok(dropbearKey(pair.private).length > 80)
})

test('what is no ed25519 key is refused', () => {
  assert.throws(() =>
    dropbearKey('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----'),
  )
})
