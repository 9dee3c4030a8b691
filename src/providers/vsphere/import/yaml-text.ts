/** Writes a lab file with comments. Names and texts of a server can end neither a value nor a comment. */
import { printable } from '#lab'

export type Scalar = string | number | boolean

/** On one line: `{ size: 40GiB, thin: true }`. What is undefined is left out. */
export interface Flow {
  [key: string]: Leaf | undefined
}

export type Leaf = Scalar | Flow | readonly Leaf[]

export interface Entry {
  readonly key: string
  value: Leaf | Block | Items
  /** Lines above it. */
  readonly comments: string[]
}

/** A map with a line for each key. */
export class Block {
  readonly entries: Entry[] = []

  /** Leaves out what has no value. */
  add(key: string, value: Entry['value'] | undefined, comments: readonly string[] = []): this {
    if (value !== undefined) this.entries.push({ key, value, comments: [...comments] })
    return this
  }
}

/** A list with a line for each item. */
export class Items {
  readonly items: { value: Leaf; readonly comments: string[] }[] = []

  add(value: Leaf, comments: readonly string[] = []): this {
    this.items.push({ value, comments: [...comments] })
    return this
  }
}

/** A whole file: lines of comments, then the keys. */
export function yamlText(head: readonly string[], root: Block): string {
  const lines = head.map((line) => comment(line, ''))
  writeBlock(root, '', lines)
  return `${lines.join('\n')}\n`
}

/** The values without their comments. */
export function plainOf(value: Entry['value']): unknown {
  if (value instanceof Block)
    return Object.fromEntries(value.entries.map((one) => [one.key, plainOf(one.value)]))
  if (value instanceof Items) return value.items.map((one) => plainOf(one.value))
  if (typeof value !== 'object') return value
  if (isList(value)) return value.map(plainOf)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, plainOf(one)]])),
  )
}

function writeBlock({ entries }: Block, indent: string, lines: string[]): void {
  for (const { key, value, comments } of entries) {
    for (const line of comments) lines.push(comment(line, indent))
    const head = `${indent}${scalarText(key)}:`
    if (value instanceof Block) {
      lines.push(value.entries.length > 0 ? head : `${head} {}`)
      writeBlock(value, `${indent}  `, lines)
    } else if (value instanceof Items) {
      lines.push(value.items.length > 0 ? head : `${head} []`)
      writeItems(value, `${indent}  `, lines)
    } else lines.push(`${head} ${leafText(value)}`)
  }
}

function writeItems({ items }: Items, indent: string, lines: string[]): void {
  for (const { value, comments } of items) {
    for (const line of comments) lines.push(comment(line, indent))
    lines.push(`${indent}- ${leafText(value)}`)
  }
}

const longestComment = 500

/** Line breaks and whatever drives a terminal are shown, not sent. */
function comment(text: string, indent: string): string {
  return `${indent}# ${printable(text.slice(0, longestComment))}`.trimEnd()
}

function isList(value: Leaf): value is readonly Leaf[] {
  return Array.isArray(value)
}

function leafText(value: Leaf): string {
  if (isList(value)) return `[${value.map(leafText).join(', ')}]`
  if (typeof value !== 'object') return scalarText(value)
  const pairs = Object.entries(value).flatMap(([key, one]) =>
    one === undefined ? [] : `${scalarText(key)}: ${leafText(one)}`,
  )
  return pairs.length > 0 ? `{ ${pairs.join(', ')} }` : '{}'
}

const plain = /^(?:[A-Za-z][A-Za-z0-9_./-]*|\d+(?:\.\d+)?[KMGT]iB|\d+\.\d+\.\d+\.\d+\/\d+)$/
const meansElse = /^(?:true|false|yes|no|on|off|null|y|n|nan|inf)$/i
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

function scalarText(value: Scalar): string {
  if (typeof value !== 'string') return String(value)
  if (plain.test(value) && !meansElse.test(value)) return value
  const units = (text: string) =>
    text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return JSON.stringify(value).replace(unsafe, (text) => units(text).join(''))
}

/** A name of the server for a comment: quoted, and no longer than a line can bear. */
export function quoted(text: string): string {
  return `"${printable(text.slice(0, 120))}${text.length > 120 ? '…' : ''}"`
}
