/** Keeps to the certificate that a nested host showed when it was first looked into after its installation. */
import { X509Certificate } from 'node:crypto'
import { forgetNestedCertificate, loadNestedCertificate, type Roots, saveNestedCertificate } from '#store'
import { failSite } from './errors.ts'
import { shownCertificate } from './providers/vsphere/soap/transport.ts'

/** What is known of one nested host of a lab. */
export interface Pin {
  /** Of the host. */
  readonly path: string
  readonly lab: string
  /** SHA-256 in capitals with colons. */
  known(): Promise<string | undefined>
  keep(fingerprint: string): Promise<void>
  forget(): Promise<void>
}

export function pinOf(roots: Roots, lab: string, path: string): Pin {
  return {
    path,
    lab,
    known: () => loadNestedCertificate(roots, lab, path),
    keep: (fingerprint) => saveNestedCertificate(roots, lab, { path, fingerprint }),
    forget: () => forgetNestedCertificate(roots, lab, path),
  }
}

/**
 * What a connection to the host is held to. The first one that is seen is kept, since nobody can vouch for what a host
 * made itself; fails with `nested-certificate-changed` when it shows another one later. Nothing has been sent then.
 */
export async function heldTo(
  url: URL,
  pin: Pin,
  signal?: AbortSignal,
): Promise<{ readonly fingerprint?: string; readonly allowsOldTls?: boolean }> {
  if (url.protocol !== 'https:') return {}
  const { fingerprint, isVouched, isOldTls } = await shownCertificate(url, signal)
  if (isVouched) return {}
  const known = await pin.known()
  if (known === undefined) await pin.keep(fingerprint)
  else if (known !== fingerprint) {
    const { path: machine, lab } = pin
    throw failSite('nested-certificate-changed', { machine, lab, server: url.host, known, fingerprint })
  }
  return { fingerprint, allowsOldTls: isOldTls }
}

/**
 * A vCenter gives hosts that join it a certificate of its own. What it says of it is believed, since its connection is
 * pinned, and kept when the host really shows that one; without a word of the vCenter, what was known stays.
 */
export async function takeOver(
  url: URL,
  pin: Pin,
  said: Uint8Array | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (url.protocol !== 'https:' || said === undefined) return
  const known = await pin.known()
  if (known === undefined) return
  const { fingerprint } = await shownCertificate(url, signal)
  if (fingerprint !== known && fingerprint === fingerprintOf(said)) await pin.keep(fingerprint)
}

/** Of PEM or DER; undefined for what is neither. */
function fingerprintOf(certificate: Uint8Array): string | undefined {
  try {
    return new X509Certificate(certificate).fingerprint256
  } catch {
    return undefined
  }
}
