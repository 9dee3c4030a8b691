/** A report on size as text: what fits where, how fast, on which hosts, at what price; 80 columns wide. */
import type { SizeReport } from '#capacity'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import { assumptionLines } from './size-assumptions.ts'
import { memoryBars } from './size-bars.ts'
import { costLines, licenceLines } from './size-cost-text.ts'
import { hostLines } from './size-hosts-text.ts'
import { paragraph } from './size-paragraph.ts'
import { amount, amounts, counted, fitText, percents, seconds, short, someOf } from './size-words.ts'
import { columns } from './table.ts'

export function sizeLines(report: SizeReport, paint: Paint): readonly string[] {
  return [
    ...headLines(report, paint),
    ...section('Memory', memoryLines(report, paint), paint),
    ...section('CPU', cpuLines(report), paint),
    ...section('Disk', diskLines(report, paint), paint),
    ...section('Speed, of a plain VM on level 0', speedLines(report), paint),
    ...section('Hosts', hostLines(report, paint), paint),
    ...section('Cost in US dollars', costLines(report, paint), paint),
    ...section('Licences', licenceLines(report), paint),
    ...section('What this stands on', assumptionLines(report.assumptions), paint),
  ]
}

function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : ['', paint.strong(title), ...lines]
}

function headLines(
  { lab, verdict, reasons, seats, seatsPerSite }: SizeReport,
  paint: Paint,
): readonly string[] {
  const name = oneLine(lab)
  const words = {
    fits: `${name} ${fitText(verdict, paint)}.`,
    'heavily-used': `${name} fits, and is ${fitText(verdict, paint)}.`,
    unknown: `Whether ${name} fits is ${fitText(verdict, paint)}.`,
    'does-not-fit': `${name} ${fitText(verdict, paint)}.`,
  }
  const where = seatsPerSite === seats ? 'all on the same hosts' : 'each on a host of its own'
  const shown = reasons.slice(0, mostReasons)
  const left = reasons.length - shown.length
  return [
    words[verdict],
    ...(seats > 1 ? [`${seats} seats, ${where}.`] : []),
    ...shown.flatMap(({ text }) => paragraph(oneLine(text), '    ', '  - ')),
    ...(left > 0 ? [`  - and ${left} reasons more (--json has all)`] : []),
  ]
}

const mostReasons = 12

function memoryLines(report: SizeReport, paint: Paint): readonly string[] {
  const { wantedMiB, overheadMiB, peakMiB, runningMiB, sharing } = report.memory
  const beside =
    overheadMiB === undefined ? ', their overhead not known' : ` and ${amounts(overheadMiB)} overhead`
  const later =
    sharing.copies === 0
      ? 'There are no copies of a running lab that could share pages.'
      : `Later, with what ${counted(sharing.copies, 'copy', 'copies')} may share: ${amounts(runningMiB)} (${sharing.isMeasured ? 'measured with nestlab clone' : 'published'}).`
  return [
    ...memoryBars(report, paint),
    ...paragraph(
      `Machines of level 1 want ${amount(wantedMiB)}${beside}; ${amount(peakMiB)} while they start. ${later}`,
    ),
    ...roomLines(report),
  ]
}

/** What still goes into the hypervisors of which the file says nothing about the inside. */
function roomLines({ memory }: SizeReport): readonly string[] {
  const rooms = new Map<string, string[]>()
  for (const { machines, room, path } of memory.hypervisors) {
    if (machines > 0 || !room || room.atMost === 0) continue
    const { atLeast, atMost, guestMiB } = room
    const range = atLeast === atMost ? `${atMost}` : `${atLeast}-${atMost}`
    const text = `${range} guests of ${amount(guestMiB)}`
    rooms.set(text, [...(rooms.get(text) ?? []), oneLine(path)])
  }
  return [...rooms].flatMap(([text, paths]) => paragraph(`Room for ${text}: ${someOf(paths)}.`))
}

const risks = {
  comfortable: 'comfortable',
  'waits-at-peaks': 'machines wait for CPU (ready time) when several are busy',
  waits: 'machines wait for CPU (ready time) most of the time',
  unknown: 'how many cores there are is not known',
} as const

function cpuLines({ cpu }: SizeReport): readonly string[] {
  const { levels, runnableVcpus, cores, perCore, risk, thresholds } = cpu
  const each = levels.map(
    ({ level, vcpus, machines }) => `L${level} ${vcpus} in ${counted(machines, 'machine')}`,
  )
  const ratio =
    cores === undefined || perCore === undefined
      ? `${runnableVcpus} vCPUs; ${risks[risk]}`
      : `${runnableVcpus} vCPUs on ${short(cores)} cores, ${short(perCore)} per core: ${risks[risk]}`
  const limits = `up to ${thresholds.comfortable} nobody waits, beyond ${thresholds.waits} everybody does`
  return paragraph(`${ratio} (${limits}). ${each.join(', ')}.`)
}

function diskLines({ disk }: SizeReport, paint: Paint): readonly string[] {
  const kinds = Object.entries(disk.byKind).map(
    ([kind, mebibytes]) => `${kind === 'unnamed' ? 'of no named kind' : kind} ${amount(mebibytes)}`,
  )
  const unknown = disk.unknown.map(oneLine)
  const lines: string[] = []
  if (disk.allocatedMiB > 0) {
    const taken = `taken in a young lab ${amounts(disk.takenMiB)}`
    lines.push(...paragraph(`Allocated ${amount(disk.allocatedMiB)} (${kinds.join(', ')}), ${taken}.`))
  }
  for (const { image, copies, fullMiB, linkedMiB } of disk.copies)
    lines.push(
      ...paragraph(
        `${copies} copies of ${clippedImage(image)}: full ${amounts(fullMiB)}, as linked clones ${amounts(linkedMiB)}.`,
      ),
    )
  if (unknown.length > 0) lines.push(...paragraph(`Boot disks of unknown size: ${someOf(unknown)}.`))
  return [...lines, ...disk.datastores.flatMap((datastore) => datastoreLines(datastore, paint))]
}

/** A hash is known by its beginning. */
function clippedImage(image: string): string {
  return /^[0-9a-f]{64}$/.test(image) ? `${image.slice(0, 12)}…` : oneLine(image)
}

const paces = { fine: 'fast enough', 'gets-slow': 'gets slow', slow: 'slow' } as const

function datastoreLines(
  datastore: SizeReport['disk']['datastores'][number],
  paint: Paint,
): readonly string[] {
  const { name, sizeMiB, allocatedMiB, machines, fit, iops, isOvercommitted } = datastore
  const size = sizeMiB === undefined ? 'of unknown size' : `of ${amount(sizeMiB)}`
  const over = isOvercommitted ? ', more than it has' : ''
  const space = `${paint.name(oneLine(name))} ${size}: ${fitText(fit, paint)}; allocated ${amount(allocatedMiB)}${over}, taken ${amounts(datastore.takenMiB)}.`
  if (!iops) return paragraph(`${space} Its disks are not known, so neither is its speed.`, '    ', '  ')
  const { disks, cacheFactor, slowFrom, verdict } = iops
  const cache =
    cacheFactor.high > 1 ? `, times ${short(cacheFactor.low)} to ${short(cacheFactor.high)} by its cache` : ''
  const speed = `${counted(machines, 'machine')} on ${Math.round(disks.low)} to ${Math.round(disks.high)} IOPS${cache}: ${paces[verdict]} (gets slow at ${Math.round(slowFrom.low)} to ${Math.round(slowFrom.high)} machines).`
  return paragraph(`${space} ${speed}`, '    ', '  ')
}

function speedLines({ speed }: SizeReport): readonly string[] {
  const rows = speed.levels.map(({ level, cpu, io, notModelled, isEmulated }) => {
    const how = isEmulated ? 'emulated (TCG)' : ''
    if (notModelled !== undefined || !cpu || !io) return [`  L${level}`, 'not modelled']
    return [`  L${level}`, `CPU ${percents(cpu)}`, `disk and network ${percents(io)}`, how]
  })
  const why = new Set(speed.levels.flatMap(({ notModelled }) => notModelled ?? []))
  const { boot } = speed
  const time = boot.seconds ? `All up after ${seconds(boot.seconds)}.` : 'Time to boot: not known.'
  return [
    ...columns(rows),
    ...[...why].flatMap((text) => paragraph(text)),
    ...paragraph(`${time} ${oneLine(boot.why)}`),
  ]
}
