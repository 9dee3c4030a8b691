/** The forms of `vlan:`: 0, 1-4094, 4095 or `all`, and lists of ranges such as `"10-20,30"`. */
import type { VlanPolicy, VlanRange } from './model.ts'
import { clipped, good, type Read, refused } from './problem.ts'

const everyVlan: VlanPolicy = { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] }
const remedy =
  'Write 0 (none), 1 to 4094, 4095 or `all` (trunk of every VLAN), or ranges such as `"10-20,30"`.'

export function readVlan(written: string | number): Read<VlanPolicy> {
  const text = String(written)
  if (text === 'all' || text === '4095') return good(everyVlan)
  if (text === '0' || text === 'none') return good({ mode: 'none' })
  if (typeof written === 'number' || /^[0-9]+$/.test(text)) {
    const id = Number(written)
    if (Number.isInteger(id) && id >= 1 && id <= 4094) return good({ mode: 'access', id })
    return refused(`There is no VLAN ${clipped(text)}.`, remedy)
  }
  return readRanges(text)
}

function readRanges(text: string): Read<VlanPolicy> {
  const ranges: VlanRange[] = []
  for (const part of text.split(',')) {
    const match = /^\s*([0-9]{1,4})(?:\s*-\s*([0-9]{1,4}))?\s*$/.exec(part)
    if (!match) return refused(`"${clipped(text)}" is not a VLAN.`, remedy)
    const from = Number(match[1])
    const to = Number(match[2] ?? match[1])
    if (to > 4094) return refused(`There is no VLAN ${to}.`, remedy)
    if (from > to) return refused(`The range ${from}-${to} goes backwards.`, `Write \`${to}-${from}\`.`)
    ranges.push({ from, to })
  }
  return overlapOf(ranges) ?? good({ mode: 'trunk', ranges })
}

function overlapOf(ranges: readonly VlanRange[]): Read<never> | undefined {
  const sorted = [...ranges].sort((left, right) => left.from - right.from)
  for (const [index, range] of sorted.entries()) {
    const before = sorted[index - 1]
    if (before && before.to >= range.from) {
      return refused(`VLAN ${range.from} is in this list twice.`, 'Name each VLAN once.')
    }
  }
  return undefined
}

/** As a lab file says it; a trunk of one VLAN is `5-5`, since `5` alone is access. */
export function formatVlan(vlan: VlanPolicy): string | number {
  if (vlan.mode === 'none') return 0
  if (vlan.mode === 'access') return vlan.id
  const [first] = vlan.ranges
  if (first?.from === 0 && first.to === 4094) return 4095
  const short = vlan.ranges.length > 1
  return vlan.ranges.map(({ from, to }) => (from === to && short ? `${from}` : `${from}-${to}`)).join(',')
}
