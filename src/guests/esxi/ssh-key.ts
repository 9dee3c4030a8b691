/** Public keys that the SSH server of ESXi accepts: ESXi 8 refuses Ed25519, since it runs in FIPS mode. */

/** In bits; OpenSSH refuses shorter ones since 9.1, and FIPS mode asks for it. */
const shortestRsa = 2048

/** Type and key without the comment, or why it will not do. */
export function readPublicKey(line: string): { readonly key: string } | { readonly reason: string } {
  const match = /^([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?$/.exec(line.trim())
  const [, type = '', body = ''] = match ?? []
  if (!match) return { reason: 'it is not one line of OpenSSH public key' }
  if (type === 'ssh-ed25519') return { reason: 'ESXi 8 refuses Ed25519 keys; make one of RSA or ECDSA' }
  if (!/^(?:ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/.test(type))
    return { reason: `keys of the type ${type.slice(0, 40)} are not known to all versions; use RSA or ECDSA` }
  const blob = Buffer.from(body, 'base64')
  const fields = fieldsOf(blob)
  if (fields === undefined || fields[0]?.toString('latin1') !== type || fields.length !== 3)
    return { reason: 'its parts do not fit together' }
  if (type === 'ssh-rsa' && bitsOf(fields[2]) < shortestRsa)
    return { reason: `its RSA key is shorter than ${shortestRsa} bits` }
  return { key: `${type} ${blob.toString('base64')}` }
}

/** Strings behind their lengths, RFC 4251 section 5. */
function fieldsOf(blob: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = []
  for (let place = 0; place < blob.length; ) {
    if (place + 4 > blob.length) return undefined
    const end = place + 4 + blob.readUInt32BE(place)
    if (end > blob.length) return undefined
    fields.push(blob.subarray(place + 4, end))
    place = end
  }
  return fields
}

function bitsOf(number: Buffer | undefined): number {
  const first = number?.findIndex((byte) => byte !== 0) ?? -1
  if (number === undefined || first === -1) return 0
  return (number.length - first) * 8 - (Math.clz32(number[first] ?? 0) - 24)
}
