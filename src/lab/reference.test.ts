import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import * as z from 'zod'
import { labObjects, labReferenceMarkdown, labSchemaJson } from './reference.ts'
import { labSchema } from './schema.ts'
import { bare, descriptionOf, exampleOf, standInFor } from './schema-walk.ts'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const files = readdirSync(examples).filter((name) => name.endsWith('.lab.yaml'))
const broken = fileURLToPath(new URL('../../test/golden/errors/', import.meta.url))

test('every key of a lab file says what it does and shows an example that is right', () => {
  for (const [name, object] of labObjects()) {
    assert.notEqual(name, 'unnamed')
    for (const [key, schema] of Object.entries(object.shape)) {
      const place = `${name}.${key}`
      assert.match(descriptionOf(schema) ?? '', /^[A-Z`].*\.$/s, place)
      assert.notEqual(exampleOf(schema), undefined, place)
      const parsed = z.safeParse(bare(schema), exampleOf(schema))
      assert.ok(parsed.success, `${place}: ${parsed.error?.message}`)
    }
  }
})

test('every map of a lab file can be stood in for', () => {
  for (const [name, object] of labObjects()) {
    assert.ok(z.safeParse(object, standInFor(object)).success, name)
  }
  assert.ok(labSchema.safeParse(standInFor(labSchema)).success)
})

const fromJson = z.fromJSONSchema(JSON.parse(labSchemaJson()))

for (const file of files) {
  test(`${file} is right by the JSON Schema that editors use`, () => {
    const text = readFileSync(examples + file, 'utf8')
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/schema\/lab\.schema\.json\n/)
    const parsed = fromJson.safeParse(parse(text))
    assert.ok(parsed.success, parsed.error?.message)
  })
}

test('the JSON Schema refuses unknown keys and wrong words at every level', () => {
  for (const file of ['unknown-keys', 'switches-wrong', 'numbers-impossible', 'missing-keys']) {
    const value: unknown = parse(readFileSync(`${broken}${file}.lab.yaml`, 'utf8'))
    assert.equal(fromJson.safeParse(value).success, false, file)
  }
})

test('the schema and the reference page in the repository are made from this definition', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  assert.equal(readFileSync(`${root}schema/lab.schema.json`, 'utf8'), labSchemaJson())
  assert.equal(readFileSync(`${root}docs/reference/lab-file.md`, 'utf8'), labReferenceMarkdown())
})

test('the reference page has a section for each kind of map, and its links lead to them', () => {
  const page = labReferenceMarkdown()
  const sections = new Set([...page.matchAll(/^## (\w+)$/gm)].map((match) => `#${match[1]?.toLowerCase()}`))
  for (const match of page.matchAll(/\]\((#[^)]*)\)/g)) assert.ok(sections.has(match[1] ?? ''), match[1])
})
