/** The JSON Schema and the reference page of the lab file, made from the schema that also validates it. */

import { stringify } from 'yaml'
import * as z from 'zod'
import { labSchema } from './schema.ts'
import { alternatives, bare, descriptionOf, exampleOf } from './schema-walk.ts'

/** Content of `schema/lab.schema.json`. */
export function labSchemaJson(): string {
  const schema = z.toJSONSchema(labSchema, { io: 'input', reused: 'inline' })
  return `${JSON.stringify({ ...schema, title: 'Nestlab lab file' }, undefined, 2)}\n`
}

/** Content of `docs/reference/lab-file.md`. */
export function labReferenceMarkdown(): string {
  const sections = [...objectsOf()].map(([title, object]) => sectionOf(title, object))
  return `${[head, ...sections].join('\n\n')}\n`
}

const head = `# The lab file

<!-- Made by \`npm run generate\` from src/lab/schema.ts; change it there. -->

A lab file is YAML 1.2 or JSON in UTF-8 (\`*.lab.yaml\`). A level has switches and machines; a machine that is a
hypervisor contains a level. Keys that are not listed here are refused. Every value that the file leaves open is
decided by Nestlab, and \`nestlab show --resolved\` shows the decision.`

/** Every map with fixed keys, by the name it has in the JSON Schema, outermost first. */
function objectsOf(): ReadonlyMap<string, z.ZodObject> {
  const found = new Map<string, z.ZodObject>()
  const queue: z.core.$ZodType[] = [labSchema]
  for (let next = queue.shift(); next; next = queue.shift()) {
    for (const option of alternatives(next)) {
      if (option instanceof z.ZodArray) queue.push(option.element)
      else if (option instanceof z.ZodRecord) queue.push(option.valueType)
      else if (option instanceof z.ZodObject) {
        const id = titleOf(option)
        if (found.has(id)) continue
        found.set(id, option)
        queue.push(...Object.values(option.shape))
      }
    }
  }
  return found
}

function titleOf(schema: z.core.$ZodType): string {
  const id = z.globalRegistry.get(bare(schema))?.id
  return id ?? descriptionOf(schema) ?? 'Map'
}

function sectionOf(title: string, object: z.ZodObject): string {
  const rows = Object.entries(object.shape).map(([key, value]) => {
    const needed = bare(value) === value ? 'yes' : ''
    return `| \`${key}\` | ${kindOf(value)} | ${needed} | ${cell(descriptionOf(value) ?? '')} | ${exampleCell(value)} |`
  })
  const table = ['| key | value | needed | meaning | example |', '|---|---|---|---|---|', ...rows]
  return [`## ${title}`, descriptionOf(object) ?? '', table.join('\n')].join('\n\n')
}

/** What kind of value a schema takes, in a word or two; maps with fixed keys are links to their section. */
function kindOf(schema: z.core.$ZodType): string {
  return alternatives(schema).map(oneKindOf).join(' or ')
}

function oneKindOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodObject) return `[${titleOf(schema)}](#${titleOf(schema).toLowerCase()})`
  if (schema instanceof z.ZodRecord) return `name: ${kindOf(schema.valueType)}`
  if (schema instanceof z.ZodArray) return `list of ${kindOf(schema.element)}`
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => `\`${word}\``).join(', ')
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${value}\``).join(', ')
  if (schema instanceof z.ZodBoolean) return 'true or false'
  return schema instanceof z.ZodNumber ? 'number' : 'text'
}

function exampleCell(schema: z.core.$ZodType): string {
  const text = stringify(exampleOf(schema), { collectionStyle: 'flow', lineWidth: 0 }).trim()
  return `\`${cell(text)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
