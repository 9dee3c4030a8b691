/** Questions about the schema itself: what belongs at a path, and which keys are there. */
import * as z from 'zod'
import type { Path } from './problem.ts'

/** The schema of what a path leads to; undefined where the schema knows no such place. */
export function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let options: readonly z.core.$ZodType[] = [root]
  for (const step of path) {
    options = options.flatMap((schema) => childrenOf(schema, step))
    if (options.length === 0) return undefined
  }
  return options[0]
}

/** The schema without the wrapper that makes it optional. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema
}

export function exampleOf(schema: z.core.$ZodType): unknown {
  const examples = z.globalRegistry.get(bare(schema))?.examples
  return Array.isArray(examples) ? examples[0] : undefined
}

/** A value that the schema accepts: its example, or a map with what it needs. */
export function standInFor(schema: z.core.$ZodType): unknown {
  const example = exampleOf(schema)
  if (example !== undefined) return structuredClone(example)
  const shape = shapeOf(alternatives(schema)[0] ?? schema)
  if (!shape) return undefined
  const needed = Object.entries(shape).filter(([, value]) => bare(value) === value)
  return Object.fromEntries(needed.map(([key, value]) => [key, standInFor(value)]))
}

/** The name a schema has in the JSON Schema, also where it is used with words of its own. */
export function idOf(schema: z.core.$ZodType): string | undefined {
  const inner = bare(schema)
  return z.globalRegistry.get(inner)?.id ?? (inner._zod.parent && idOf(inner._zod.parent))
}

/** What a schema is, apart from what it is for where it is used. */
export function definitionOf(schema: z.core.$ZodType): string | undefined {
  const inner = bare(schema)
  const notes = z.globalRegistry.get(inner)
  return notes?.id === undefined && inner._zod.parent ? definitionOf(inner._zod.parent) : notes?.description
}

export function descriptionOf(schema: z.core.$ZodType): string | undefined {
  return z.globalRegistry.get(bare(schema))?.description
}

/** Keys that a map may have; empty when the schema is no map with fixed keys. */
export function keysAt(root: z.core.$ZodType, path: Path): readonly string[] {
  const schema = schemaAt(root, path)
  return schema ? alternatives(schema).flatMap((option) => Object.keys(shapeOf(option) ?? {})) : []
}

export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const inner = bare(schema)
  return inner instanceof z.ZodObject ? inner.shape : undefined
}

/** The schemas that a union offers; any other schema is its own only alternative. */
export function alternatives(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inner = bare(schema)
  return inner instanceof z.ZodUnion ? inner.options.flatMap(alternatives) : [inner]
}

function childrenOf(schema: z.core.$ZodType, step: string | number): readonly z.core.$ZodType[] {
  return alternatives(schema).flatMap((option) => {
    if (option instanceof z.ZodArray) return [option.element]
    if (option instanceof z.ZodRecord) return [option.valueType]
    const child = shapeOf(option)?.[String(step)]
    return child ? [child] : []
  })
}
