/** A certificate for a server that lives as long as a test, made with the program openssl. */
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface KeyAndCertificate {
  readonly key: string
  readonly cert: string
}

export async function selfSigned(): Promise<KeyAndCertificate> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-sdk-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    await run('openssl', [
      ...kind,
      '-keyout',
      key,
      '-out',
      cert,
      '-subj',
      '/CN=sdk.lab.example',
      '-days',
      '1',
    ])
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** SHA-256 in capitals with colons. */
export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256
}
