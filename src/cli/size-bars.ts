/** The picture of a report on size: a bar of memory for each host, and for each hypervisor at every level. */
import type { SizeReport } from '#capacity'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import { amount, clippedTo, fitText, percent, short } from './size-words.ts'
import { columns } from './table.ts'

type HypervisorMemory = SizeReport['memory']['hypervisors'][number]
type HostMemory = SizeReport['memory']['hosts'][number]

const width = 20
const nameWidth = 22
const glyphs = { own: '▒', used: '█', free: '░', over: '!' } as const

/** More rows than these tell nothing; the fullest ones stay. */
const mostRows = 40

export interface Bar {
  readonly givenMiB: number
  readonly ownMiB: number
  readonly usedMiB: number
}

/** Always as wide; what is over the top ends in `!`. */
export function bar({ givenMiB, ownMiB, usedMiB }: Bar): string {
  const cells = (mebibytes: number) => Math.round((mebibytes / givenMiB) * width)
  const own = Math.min(width, cells(ownMiB))
  const used = Math.min(width - own, cells(ownMiB + usedMiB) - own)
  const text = glyphs.own.repeat(own) + glyphs.used.repeat(used) + glyphs.free.repeat(width - own - used)
  return ownMiB + usedMiB > givenMiB ? text.slice(0, -1) + glyphs.over : text
}

export function memoryBars(report: SizeReport, paint: Paint): readonly string[] {
  const { memory, site } = report
  const groups = alike(memory.hypervisors)
  const shown = fullestFirst(groups).slice(0, mostRows)
  const kept = groups.filter((group) => shown.includes(group))
  const rows = [
    ...memory.hosts.map((host) => hostRow(host, paint)),
    ...togetherRow(report, paint),
    ...kept.map((group) => hypervisorRow(group, paint)),
  ]
  if (rows.length === 0) return []
  const left = groups.length - kept.length
  const isPerSeat = site.hostPerSeat ? ' (the instance of one seat)' : ''
  return [
    ...columns(rows).map((line) => `  ${line}`),
    ...(left > 0 ? [paint.faint(`  and ${left} rows more that are less full`)] : []),
    paint.faint(
      `  ${glyphs.own} the hypervisor itself  ${glyphs.used} machines with overhead  ${glyphs.free} free${isPerSeat}`,
    ),
  ]
}

function hostRow({ name, givenMiB, ownMiB = 0, usedMiB, share, fit }: HostMemory, paint: Paint): string[] {
  const title = clippedTo(oneLine(name), nameWidth)
  if (givenMiB === undefined || share === undefined) return ['L0', title, 'its memory is not known']
  const drawn = bar({ givenMiB, ownMiB, usedMiB })
  return [
    'L0',
    title,
    painted(drawn, fit, paint),
    percentCell(share),
    ofText(ownMiB + usedMiB, givenMiB),
    mark(fit, paint),
  ]
}

/** Several hosts as one; also a single one that machines were left over from, which its own row does not show. */
function togetherRow({ memory, placement }: SizeReport, paint: Paint): readonly string[][] {
  const { hosts, peakMiB, ownMiB = 0, givenMiB, share } = memory
  if (givenMiB === undefined || share === undefined) return []
  if (hosts.length < 2 && !placement?.unplaced.length) return []
  const fit = share > 1 ? 'does-not-fit' : memory.fit
  const drawn = bar({ givenMiB, ownMiB, usedMiB: peakMiB })
  const used = ofText(ownMiB + peakMiB, givenMiB)
  return [['L0', 'together', painted(drawn, fit, paint), percentCell(share), used, mark(fit, paint)]]
}

interface Group {
  readonly first: HypervisorMemory
  readonly count: number
}

/** Hypervisors with the same figures are one row. */
function alike(hypervisors: readonly HypervisorMemory[]): readonly Group[] {
  const groups = Map.groupBy(hypervisors, (one) =>
    [
      one.level,
      one.product,
      one.version,
      one.givenMiB,
      one.ownMiB,
      one.overheadMiB,
      one.wantedMiB,
      one.machines,
    ].join(),
  )
  return [...groups.values()].flatMap((group) =>
    group[0] === undefined ? [] : [{ first: group[0], count: group.length }],
  )
}

function fullestFirst(groups: readonly Group[]): readonly Group[] {
  return groups.toSorted((a, b) => b.first.share - a.first.share)
}

function hypervisorRow({ first, count }: Group, paint: Paint): string[] {
  const { givenMiB, ownMiB = 0, overheadMiB = 0, wantedMiB, share, fit } = first
  const more = count > 1 ? ` +${count - 1}` : ''
  const title = clippedTo(oneLine(first.path), nameWidth - more.length) + more
  const drawn = bar({ givenMiB, ownMiB, usedMiB: overheadMiB + wantedMiB })
  const used = ofText(ownMiB + overheadMiB + wantedMiB, givenMiB)
  const isWorthARemark = fit !== 'unknown' || first.machines > 0
  return [
    `L${first.level}`,
    title,
    painted(drawn, fit, paint),
    percentCell(share),
    used,
    isWorthARemark ? mark(fit, paint) : '',
  ]
}

/** Where there is nothing to say about it, nothing is said. */
function mark(fit: HostMemory['fit'], paint: Paint): string {
  return fit === 'fits' ? '' : fitText(fit, paint)
}

function painted(drawn: string, fit: HostMemory['fit'], paint: Paint): string {
  const stroke = {
    fits: paint.good,
    'heavily-used': paint.doubtful,
    unknown: paint.faint,
    'does-not-fit': paint.bad,
  }
  return stroke[fit](drawn)
}

function percentCell(share: number): string {
  return percent(share).padStart(5)
}

/** In the unit of what is given. */
function ofText(usedMiB: number, givenMiB: number): string {
  const text = amount(givenMiB)
  const unit = text.endsWith('TiB') ? 1024 * 1024 : text.endsWith('GiB') ? 1024 : 1
  return `${short(usedMiB / unit)} of ${text}`
}
