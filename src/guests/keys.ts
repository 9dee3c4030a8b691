/** Makes the SSH keys of a lab, and writes a host key the way the SSH server of our guests reads it. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { LabKeys } from './guest.ts'

const keyType = Buffer.from('ssh-ed25519')

export function makeKeys(): LabKeys {
  const client = makePair('nestlab')
  const host = makePair('nestlab-host')
  return {
    clientPrivate: client.private,
    clientPublic: client.public,
    hostPrivate: host.private,
    hostPublic: host.public,
  }
}

/**
 * The same key in dropbear's own format, base64: converting it in the guest would cost a visible part of its boot.
 * Layout: string "ssh-ed25519", string (32 bytes of seed, 32 bytes of public key).
 */
export function dropbearKey(openSshPrivate: string): string {
  const { seed, publicKey } = readPrivate(openSshPrivate)
  return Buffer.concat([field(keyType), field(Buffer.concat([seed, publicKey]))]).toString('base64')
}

function makePair(comment: string): { readonly private: string; readonly public: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { seed, publicKey } = rawParts(privateKey)
  const blob = Buffer.concat([field(keyType), field(publicKey)])
  return {
    private: privateText({ seed, publicKey, blob, comment }),
    public: `ssh-ed25519 ${blob.toString('base64')} ${comment}`,
  }
}

interface RawKey {
  readonly seed: Buffer
  readonly publicKey: Buffer
}

function rawParts(privateKey: KeyObject): RawKey {
  const { d, x } = privateKey.export({ format: 'jwk' })
  return { seed: Buffer.from(d ?? '', 'base64url'), publicKey: Buffer.from(x ?? '', 'base64url') }
}

/** The format "openssh-key-v1" of OpenSSH's PROTOCOL.key, unencrypted, one key. */
function privateText({ seed, publicKey, blob, comment }: RawKey & { blob: Buffer; comment: string }): string {
  const check = randomBytes(4)
  const secret = Buffer.concat([
    check,
    check,
    field(keyType),
    field(publicKey),
    field(Buffer.concat([seed, publicKey])),
    field(Buffer.from(comment)),
  ])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8))
  const none = field(Buffer.from('none'))
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    field(Buffer.alloc(0)),
    number(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ])
  const lines = body.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

/** The seed stands before the second copy of the public key; deriving the public key again proves it was found. */
function readPrivate(openSshPrivate: string): RawKey {
  const body = Buffer.from(openSshPrivate.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  const pair = body.lastIndexOf(Buffer.from([0, 0, 0, 64]))
  const seed = body.subarray(pair + 4, pair + 36)
  const publicKey = body.subarray(pair + 36, pair + 68)
  if (pair < 0 || !publicOf(seed).equals(publicKey))
    throw new Error('not an unencrypted ed25519 key of OpenSSH')
  return { seed, publicKey }
}

/** PKCS #8 of an ed25519 seed is this prefix and the seed (RFC 8410, section 7). */
function publicOf(seed: Buffer): Buffer {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  if (seed.length !== 32) return Buffer.alloc(0)
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url')
}

function field(content: Buffer): Buffer {
  return Buffer.concat([number(content.length), content])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
