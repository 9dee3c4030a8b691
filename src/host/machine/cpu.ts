/** Reads /proc/cpuinfo. */
import type { Signature } from './cpu-generations.ts'

export interface Cpu extends Signature {
  readonly modelName: string
  /** Logical processors. */
  readonly count: number
  readonly flags: ReadonlySet<string>
  /** What VT-x can do, in the kernel's words; only Intel, only Linux 5.9 and newer, only where VT-x is on. */
  readonly vmxFlags: ReadonlySet<string>
}

const VENDORS: ReadonlyMap<string, Signature['vendor']> = new Map([
  ['GenuineIntel', 'intel'],
  ['AuthenticAMD', 'amd'],
  ['HygonGenuine', 'amd'],
])

/** Undefined for text that describes no x86 processor. Mixed processors are described by the first. */
export function readCpuInfo(text: string): Cpu | undefined {
  const blocks = text.split(/\n\s*\n/).filter((block) => /^processor\s*:/m.test(block))
  const [first] = blocks
  if (first === undefined) return undefined
  const fields = new Map(first.split('\n').map(field))
  const flags = fields.get('flags')
  if (flags === undefined) return undefined
  const number = (name: string) => Number.parseInt(fields.get(name) ?? '', 10) || 0
  return {
    vendor: VENDORS.get(fields.get('vendor_id') ?? '') ?? 'other',
    family: number('cpu family'),
    model: number('model'),
    stepping: number('stepping'),
    modelName: fields.get('model name') ?? 'unnamed',
    count: blocks.length,
    flags: words(flags),
    vmxFlags: words(fields.get('vmx flags') ?? ''),
  }
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean))

function field(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
}

/** VT-x or AMD-V: the kernel takes the flag away when the firmware has switched it off (Linux 5.6 and newer). */
export const hasVirtualization = ({ flags }: Cpu): boolean => flags.has('vmx') || flags.has('svm')

export const hasSlat = ({ flags, vmxFlags }: Cpu): boolean =>
  flags.has('ept') || flags.has('npt') || vmxFlags.has('ept')
