/** Reads untrusted JSON into known shapes; the first thing wrong is told with the place where it stands. */

/** `at` is a path as `ports[3].socket`; `wrong` completes the sentence that begins with it. */
export class ShapeError extends Error {
  readonly at: string
  readonly wrong: string

  constructor(at: string, wrong: string) {
    super(`${at || 'it'} ${wrong}`)
    this.at = at
    this.wrong = wrong
  }
}

export type Reader<T> = (value: unknown, at: string) => T

export const text: Reader<string> = (value, at) => {
  if (typeof value !== 'string' || value === '') throw new ShapeError(at, 'is not a text')
  return value
}

export function integer(min: number, max: number): Reader<number> {
  return (value, at) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    throw new ShapeError(at, `is not a whole number from ${min} to ${max}`)
  }
}

export function oneOf<const T extends string>(...choices: readonly T[]): Reader<T> {
  return (value, at) => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new ShapeError(at, `is none of ${choices.join(', ')}`)
    return found
  }
}

export function listOf<T>(item: Reader<T>): Reader<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new ShapeError(at, 'is not a list')
    return value.map((element, i) => item(element, `${at}[${i}]`))
  }
}

type Fields = Readonly<Record<string, Reader<unknown>>>
type Read<F extends Fields> = { readonly [K in keyof F]: F[K] extends Reader<infer T> ? T : never }

/** Every field is needed and no other is known. */
export function object<F extends Fields>(fields: F): Reader<Read<F>> {
  return (value, at) => {
    const source = keyed(value, at)
    for (const key of Object.keys(source)) {
      if (!Object.hasOwn(fields, key)) throw new ShapeError(join(at, key), 'is not known')
    }
    const read = Object.entries(fields).map(([key, reader]) => [key, reader(source[key], join(at, key))])
    return Object.fromEntries(read) as Read<F>
  }
}

export function keyed(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(at, 'is not an object')
  }
  return value as Readonly<Record<string, unknown>>
}

/** Reads `keys` apart from the others: what is absent stays absent. */
export function split(value: unknown, at: string, keys: readonly string[]) {
  const all = Object.entries(keyed(value, at))
  const apart = Object.fromEntries(all.filter(([key]) => keys.includes(key)))
  const rest = Object.fromEntries(all.filter(([key]) => !keys.includes(key)))
  return { apart, rest }
}

function join(at: string, key: string): string {
  return at ? `${at}.${key}` : key
}
