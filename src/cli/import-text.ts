/** What an import has found, for people. */
import type { Imported } from './import-contract.ts'
import { oneLine } from './one-line.ts'

const mostLines = 10

/** `file`: undefined when the lab file itself went to standard output. */
export function importLines(imported: Imported, file: string | undefined): readonly string[] {
  const { hosts, machines, read, unread, unseen } = imported
  const inside =
    read.length > 0 ? `, ${counted(read.length, 'of them read inside', 'of them read inside')}` : ''
  const all = `${counted(machines, 'machine', 'machines')}${inside} on ${counted(hosts, 'host', 'hosts')}`
  return [
    file === undefined ? `${all}.` : `Wrote ${oneLine(file)}: ${all}.`,
    ...some(unread.map(({ path, text }) => `${path}: ${text}`)),
    ...some(unseen),
    ...(file === undefined ? [] : [`Next: nestlab check ${oneLine(file)}`]),
  ]
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function some(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, mostLines).map((line) => `  ${oneLine(line)}`)
  return lines.length > mostLines
    ? [...shown, `  and ${lines.length - mostLines} more, in comments of the file`]
    : shown
}
