/** JSON files that carry their own checksum, so that damage is noticed before anything is decided by them. */
import { createHash } from 'node:crypto'
import { failStore } from './errors.ts'
import { readIfThere, writeWhole } from './files.ts'

const version = 1

export interface SealedFile {
  readonly path: string
  /** For people: `The record of the lab`. */
  readonly what: string
}

export async function writeSealed(file: SealedFile, content: unknown): Promise<void> {
  // What is damaged may still be read by a person: it is refused, never overwritten.
  await readSealed(file)
  const body = JSON.stringify(content)
  const text = `{"version":${version},"sha256":"${digestOf(body)}","content":${body}}\n`
  await writeWhole(file.path, text, `write ${lowerFirst(file.what)}`)
}

/** `undefined` when there is no such file. Fails with `state-damaged` when its checksum does not fit. */
export async function readSealed(file: SealedFile): Promise<unknown> {
  const text = await readIfThere(file.path, `read ${lowerFirst(file.what)}`)
  if (text === undefined) return undefined
  const sealed = parse(file, text)
  const found = sealed.version
  if (typeof found === 'number' && found > version) {
    throw failStore('state-newer', { path: file.path, version: found })
  }
  if (sealed.sha256 !== digestOf(JSON.stringify(sealed.content))) {
    throw failStore('state-damaged', { ...file, reason: 'its checksum does not fit its content' })
  }
  return sealed.content
}

function parse(file: SealedFile, text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = text === '' ? 'it is empty' : 'it is not JSON'
    throw failStore('state-damaged', { ...file, reason }, error)
  }
  if (typeof value !== 'object' || value === null) {
    throw failStore('state-damaged', { ...file, reason: 'it holds no object' })
  }
  return value as Record<string, unknown>
}

function digestOf(body: string | undefined): string {
  return createHash('sha256')
    .update(body ?? '')
    .digest('hex')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
