/**
 * Random numbers that are the same for the same seed, on every machine and version: xoshiro128** (Blackman and Vigna,
 * 2018), its four words of state filled from the seed by splitmix32. Not for secrets.
 */

/** Each call gives a number from 0 up to 1, a multiple of 2^-32. */
export type Random = () => number

export function randomFrom(seed: number): Random {
  const next = splitmix(seed)
  let a = next()
  let b = next()
  let c = next()
  let d = next()
  return () => {
    const result = Math.imul(turned(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = turned(d, 11)
    return result / 2 ** 32
  }
}

/** One seed for each port and direction out of the one the user gave: FNV-1a over the text. */
export function seedFor(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function splitmix(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
