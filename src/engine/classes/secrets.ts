/** What opens a seat: shown once, and kept as a hash that nobody gets back from. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** No letters that are taken for one another when they are read out. */
const alphabet = 'abcdefghjkmnpqrstvwxyz0123456789'
const groups = 4
const groupLength = 4
const saltBytes = 16

export interface Secret {
  /** `h3kq-81nz-w0fe-9tjm`: 80 bits. */
  readonly text: string
  readonly kept: Kept
}

export interface Kept {
  readonly salt: string
  readonly hash: string
}

export type RandomBytes = (count: number) => Uint8Array

export function makeSecret(randomBytes: RandomBytes): Secret {
  // 256 is a multiple of 32: every letter is as likely as every other one.
  const letters = [...randomBytes(groups * groupLength)].map((byte) => alphabet[byte % alphabet.length] ?? '')
  const parts = Array.from({ length: groups }, (_, at) =>
    letters.slice(at * groupLength, (at + 1) * groupLength).join(''),
  )
  const text = parts.join('-')
  const salt = Buffer.from(randomBytes(saltBytes)).toString('hex')
  return { text, kept: { salt, hash: hashOf(salt, text) } }
}

/** Capitals, blanks and missing hyphens are forgiven. */
export function opens(kept: Kept | undefined, text: string): boolean {
  if (!kept) return false
  const said = text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const parts = said.match(new RegExp(`.{1,${groupLength}}`, 'g')) ?? []
  return timingSafeEqual(
    Buffer.from(hashOf(kept.salt, parts.join('-')), 'hex'),
    Buffer.from(kept.hash, 'hex'),
  )
}

/** A plain hash is enough for 80 random bits: there is no list of likely ones to try. */
function hashOf(salt: string, text: string): string {
  return createHash('sha256').update(`${salt}:${text}`).digest('hex')
}
