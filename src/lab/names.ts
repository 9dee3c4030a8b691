/** Which names are safe: they become file names, host names, socket paths and arguments at every level. */
import { limits } from './limits.ts'
import { good, printable, type Read, refused } from './problem.ts'

export interface NameKind {
  readonly what: string
  readonly maxLength: number
  /** Whole-name pattern in the syntax of JSON Schema. */
  readonly pattern: string
  readonly rule: string
}

// At most one hyphen in a row is not asked for; the last character is checked so that host names stay valid.
const hostPattern = '^[a-z](?:[a-z0-9-]*[a-z0-9])?$'
const hostRule = 'Use a-z, 0-9 and inner hyphens, beginning with a letter.'
const freePattern = '^[A-Za-z](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$'
const freeRule = 'Use letters, digits, and inner dots, hyphens and underscores, beginning with a letter.'

const host = { pattern: hostPattern, rule: hostRule }
const free = { pattern: freePattern, rule: freeRule }

export const labNames: NameKind = { what: 'lab', maxLength: limits.labName, ...host }
export const machineNames: NameKind = { what: 'machine', maxLength: limits.machineName, ...host }
export const templateNames: NameKind = { what: 'template', maxLength: limits.machineName, ...host }
export const hostNames: NameKind = { what: 'host', maxLength: limits.machineName, ...host }
export const siteNames: NameKind = { what: 'site', maxLength: limits.machineName, ...host }
export const switchNames: NameKind = { what: 'switch', maxLength: limits.switchName, ...free }
export const portgroupNames: NameKind = { what: 'port group', maxLength: limits.portgroupName, ...free }
export const tunnelNames: NameKind = { what: 'tunnel', maxLength: limits.portgroupName, ...free }
export const sectionNames: NameKind = { what: 'entry', maxLength: limits.portgroupName, ...free }

export function isSiteName(name: string): boolean {
  return readName(siteNames, name).ok
}

export function isTunnelName(name: string): boolean {
  return readName(tunnelNames, name).ok
}

export function readName(kind: NameKind, name: string): Read<string> {
  const quoted = `"${printable(name.slice(0, 40))}${name.length > 40 ? '…' : ''}"`
  if (name === '') return refused(`A ${kind.what} needs a name.`, kind.rule)
  if (name.length > kind.maxLength) {
    return refused(
      `The ${kind.what} name ${quoted} is ${name.length} characters long.`,
      `Use at most ${kind.maxLength}.`,
    )
  }
  if (new RegExp(kind.pattern).test(name) && !name.includes('..')) return good(name)
  return refused(`${quoted} cannot name a ${kind.what}: ${reason(kind, name)}.`, kind.rule)
}

function reason({ pattern }: NameKind, name: string): string {
  const strange = [...name].find((char) => !/[\x20-\x7e]/.test(char))
  if (strange !== undefined) {
    return `it holds the character U+${(strange.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  }
  if (/^[^A-Za-z]/.test(name)) return `it begins with \`${name.charAt(0)}\``
  const wrong = (pattern === hostPattern ? /[^a-z0-9-]/ : /[^A-Za-z0-9._-]|\.\./).exec(name)?.[0]
  if (wrong === ' ') return 'it holds a space'
  if (wrong === undefined) return `it ends with \`${name.at(-1) ?? ''}\``
  return /[A-Z]/.test(wrong) ? `it holds the capital letter ${wrong}` : `it holds \`${wrong}\``
}
