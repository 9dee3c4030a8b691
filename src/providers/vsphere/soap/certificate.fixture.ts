/** Makes certificates for the servers of tests; each call has a key of its own. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface MadeCertificate {
  readonly key: string
  readonly cert: string
  /** SHA-256, in capitals with colons. */
  readonly fingerprint: string
}

/** DER, the form in which certificates are signed: what it is, how long it is, and the bytes. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const inside = Buffer.concat(parts)
  if (inside.length < 128) return Buffer.concat([Buffer.from([tag, inside.length]), inside])
  const length = Buffer.from(inside.length.toString(16).padStart(4, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 + length.length]), length, inside])
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const id = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const text = (tag: number, value: string) => der(tag, Buffer.from(value))

const ecdsaWithSha256 = sequence(id('2a8648ce3d040302'))

function extension(kind: string, value: Uint8Array): Buffer {
  return sequence(id(kind), der(0x04, value))
}

/** For the names of loopback, valid until 2099, and its own authority. */
export function makeCertificate(): MadeCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const name = sequence(der(0x31, sequence(id('550403'), text(0x0c, 'nestlab test'))))
  const names = sequence(text(0x82, 'localhost'), der(0x87, Buffer.from([127, 0, 0, 1])))
  const authority = sequence(der(0x01, Buffer.from([0xff])))
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(text(0x17, '200101000000Z'), text(0x18, '20990101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension('551d11', names), extension('551d13', authority))),
  )
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', signed, privateKey)])
  const whole = sequence(signed, ecdsaWithSha256, der(0x03, signature))
  const lines = whole.toString('base64').replace(/.{1,64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    fingerprint: createHash('sha256')
      .update(whole)
      .digest('hex')
      .toUpperCase()
      .replace(/..(?!$)/g, '$&:'),
  }
}
