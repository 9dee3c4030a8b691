/** The JSON Schema and the reference page of the lab file, made from the schema that also validates it. */
import { stringify } from 'yaml'
import * as z from 'zod'
import { referenceRules } from './reference-rules.ts'
import { labSchema } from './schema.ts'
import { alternatives, bare, definitionOf, descriptionOf, exampleOf, idOf } from './schema-walk.ts'

/** Content of `schema/lab.schema.json`. */
export function labSchemaJson(): string {
  const schema = z.toJSONSchema(labSchema, { io: 'input' })
  return `${JSON.stringify({ ...schema, title: 'Nestlab lab file' }, undefined, 2)}\n`
}

/** Content of `docs/reference/lab-file.md`. */
export function labReferenceMarkdown(): string {
  const sections = [...labObjects()].map(([name, object]) => sectionOf(name, object))
  return `${[referenceRules(), ...sections].join('\n\n')}\n`
}

/** Every map with fixed keys, by the name it has in the JSON Schema, outermost first. */
export function labObjects(): ReadonlyMap<string, z.ZodObject> {
  const found = new Map<string, z.ZodObject>()
  const queue: z.core.$ZodType[] = [labSchema]
  for (let next = queue.shift(); next; next = queue.shift()) {
    for (const option of alternatives(next)) {
      if (option instanceof z.ZodArray) queue.push(option.element)
      else if (option instanceof z.ZodRecord) queue.push(option.valueType)
      else if (option instanceof z.ZodObject && !found.has(nameOf(option))) {
        found.set(nameOf(option), option)
        queue.push(...Object.values(option.shape))
      }
    }
  }
  return found
}

function nameOf(schema: z.core.$ZodType): string {
  return idOf(schema) ?? 'unnamed'
}

function sectionOf(name: string, object: z.ZodObject): string {
  const rows = Object.entries(object.shape).map(([key, value]) => {
    const needed = bare(value) === value ? 'yes' : ''
    return `| \`${key}\` | ${kindOf(value)} | ${needed} | ${cell(descriptionOf(value) ?? '')} | ${exampleCell(value)} |`
  })
  const table = ['| key | value | needed | meaning | example |', '|---|---|---|---|---|', ...rows]
  return [`## ${name}`, definitionOf(object) ?? '', table.join('\n')].join('\n\n')
}

/** What kind of value a schema takes, in a word or two; maps with fixed keys are links to their section. */
function kindOf(schema: z.core.$ZodType): string {
  return alternatives(schema).map(oneKindOf).join(' or ')
}

function oneKindOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodObject) return `[${nameOf(schema)}](#${nameOf(schema).toLowerCase()})`
  if (schema instanceof z.ZodRecord) return `map: name to ${kindOf(schema.valueType)}`
  if (schema instanceof z.ZodArray) return `list of ${kindOf(schema.element)}`
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => `\`${word}\``).join(', ')
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${value}\``).join(', ')
  if (schema instanceof z.ZodBoolean) return '`true` or `false`'
  return schema instanceof z.ZodNumber ? 'number' : 'text'
}

function exampleCell(schema: z.core.$ZodType): string {
  const example = exampleOf(schema)
  if (typeof example === 'string' && example.length > 40) return `\`${example.slice(0, 8)}…\``
  return `\`${cell(stringify(example, { collectionStyle: 'flow', lineWidth: 0 }).trim())}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
