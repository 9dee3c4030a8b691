/** Pieces of the schema that carry their own words: what was expected, what it is for, and an example. */
import * as z from 'zod'
import { type NameKind, readName } from './names.ts'
import type { Read } from './problem.ts'

interface Notes {
  /** What the key does: whole sentences for the reference page and the editor. */
  readonly description: string
  readonly example: unknown
}

/** Gives a schema its place in the reference. */
export function described<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  example: unknown,
): Schema {
  const notes: Notes = { description, example }
  return schema.meta({ description: notes.description, examples: [notes.example] })
}

/** A text that `read` must accept; `expected` completes "must be …". */
export function textRead(expected: string, read: (text: string) => Read<unknown>, pattern?: string) {
  const text = z.string({ error: expected }).superRefine((value, context) => {
    const result = read(value)
    if (result.ok) return
    context.addIssue({ code: 'custom', message: result.text, params: { remedy: result.remedy } })
  })
  return pattern === undefined ? text : text.meta({ pattern })
}

export function nameText(kind: NameKind) {
  const text = textRead(`the name of a ${kind.what}`, (name) => readName(kind, name))
  return text.meta({ pattern: kind.pattern, maxLength: kind.maxLength })
}

/** Keys that name things. Their safety is checked by `checkNames`, which can say more than a schema. */
export function nameKey(kind: NameKind) {
  return z.string().meta({ pattern: kind.pattern, maxLength: kind.maxLength })
}

export function plainText(expected: string, maxLength: number) {
  return z
    .string({ error: expected })
    .max(maxLength, { error: `${expected} of at most ${maxLength} characters` })
}

export function wholeNumber(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`
  return z.int({ error: expected }).min(min, { error: expected }).max(max, { error: expected })
}

export function yesOrNo() {
  return z.boolean({ error: 'true or false' })
}

export function oneOf<const Word extends string>(words: readonly Word[]) {
  return z.enum(words, { error: `one of ${words.map((word) => `\`${word}\``).join(', ')}` })
}

export function listOf<Item extends z.ZodType>(item: Item, max: number) {
  return z.array(item, { error: 'a list' }).max(max, { error: `a list of at most ${max}` })
}

export function mapOf<Value extends z.ZodType>(kind: NameKind, value: Value) {
  return z.record(nameKey(kind), value, { error: 'a map of names' })
}

export function keysOf<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? 'a map of keys' : undefined),
  })
}
