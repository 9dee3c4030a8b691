/** Takes out of a written lab what the lab room would refuse, so that an import can always be looked at. */
import { loadLabObject } from '#lab'
import { Block, type Entry, Items, type Leaf, plainOf, yamlText } from './yaml-text.ts'

/** More of it would mean that the import itself is wrong. */
const mostRounds = 8

export interface Repaired {
  readonly text: string
  /** One sentence for each place where something was left out. */
  readonly left: readonly string[]
}

export function repaired(head: readonly string[], root: Block, file: string): Repaired {
  const left: string[] = []
  for (let round = 0; round < mostRounds; round += 1) {
    // As values, since reading a large text takes longer than all the rest; what the text says is what these say.
    const { problems } = loadLabObject(plainOf(root), { file, folder: '/' })
    const before = left.length
    for (const { at, text } of problems) if (remove(root, at, text)) left.push(`${at}: ${text}`)
    if (left.length === before) break
  }
  return { text: yamlText(head, root), left }
}

/** The deepest key that may be left out; what stands for a whole machine or switch stays. Names have dots in them. */
function remove(block: Block, at: string, said: string): boolean {
  const entry = block.entries
    .filter(({ key }) => at === key || at.startsWith(`${key}.`) || at.startsWith(`${key}[`))
    .sort((one, other) => other.key.length - one.key.length)[0]
  if (!entry) return false
  const rest = at.slice(entry.key.length).replace(/^\./, '')
  if (rest !== '' && removeInside(entry, rest, said)) return true
  if (needed.has(entry.key) || entry.value instanceof Block) return false
  block.entries.splice(block.entries.indexOf(entry), 1)
  block.entries[0]?.comments.push(`${entry.key} is left out: ${said}`)
  return true
}

const needed: ReadonlySet<string> = new Set([
  'nestlab',
  'name',
  'site',
  'kind',
  'product',
  'image',
  'members',
])

function removeInside({ value, comments }: Entry, rest: string, said: string): boolean {
  if (value instanceof Block) return remove(value, rest, said)
  if (value instanceof Items) {
    const [, index = '', key = ''] = /^\[(\d+)\](?:\.([^.[]+))?/.exec(rest) ?? []
    const item = value.items[Number(index)]
    if (!item || !isFlow(item.value) || !(key in item.value) || key === 'portgroup') return false
    delete item.value[key]
    item.comments.push(`${key} is left out: ${said}`)
    return true
  }
  const [key = ''] = rest.split(/[.[]/)
  if (!isFlow(value) || !(key in value)) return false
  delete value[key]
  comments.push(`${key} is left out: ${said}`)
  return true
}

function isFlow(value: Leaf): value is { [key: string]: Leaf | undefined } {
  return typeof value === 'object' && !Array.isArray(value)
}
