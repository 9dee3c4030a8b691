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

export const flag: Reader<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw new ShapeError(at, 'is neither true nor false')
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

type Sometimes<F extends Fields> = { readonly [K in keyof F]?: F[K] extends Reader<infer T> ? T : never }

/** Every one of `fields` is needed, those of `optional` may be absent, and no other is known. */
export function object<F extends Fields, O extends Fields = Record<never, never>>(
  fields: F,
  optional?: O,
): Reader<Read<F> & Sometimes<O>> {
  return (value, at) => {
    const source = keyed(value, at)
    for (const key of Object.keys(source)) {
      const known = Object.hasOwn(fields, key) || (optional && Object.hasOwn(optional, key))
      if (!known) throw new ShapeError(join(at, key), 'is not known')
    }
    return readKeys(source, at, { fields, optional }) as Read<F> & Sometimes<O>
  }
}

/** As `object`, for a part of something larger: keys that are not among `fields` and `optional` are passed over. */
export function partOf<F extends Fields, O extends Fields = Record<never, never>>(
  fields: F,
  optional?: O,
): Reader<Read<F> & Sometimes<O>> {
  return (value, at) => readKeys(keyed(value, at), at, { fields, optional }) as Read<F> & Sometimes<O>
}

function readKeys(
  source: Readonly<Record<string, unknown>>,
  at: string,
  { fields, optional = {} }: { readonly fields: Fields; readonly optional: Fields | undefined },
): object {
  const present = Object.entries(optional).filter(([key]) => source[key] !== undefined)
  const read = [...Object.entries(fields), ...present].map(([key, reader]) => {
    return [key, reader(source[key], join(at, key))]
  })
  return Object.fromEntries(read)
}

export function keyed(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(at, 'is not an object')
  }
  return value as Readonly<Record<string, unknown>>
}

function join(at: string, key: string): string {
  return at ? `${at}.${key}` : key
}
