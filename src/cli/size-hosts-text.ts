/** Where machines run, what happens when a host is down, and between which hosts they move. */
import type { SizeReport } from '#capacity'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import { paragraph } from './size-paragraph.ts'
import { clippedTo, counted, someOf } from './size-words.ts'
import { columns } from './table.ts'

type Placement = NonNullable<SizeReport['placement']>
type Migration = SizeReport['compatibility']['migrations'][number]

export function hostLines(report: SizeReport, paint: Paint): readonly string[] {
  return [
    ...(report.placement ? placementLines(report.placement) : []),
    ...report.spare.flatMap((check) => spareLines(check, paint)),
    ...report.compatibility.baselines.flatMap((baseline) => baselineLines(baseline, paint)),
    ...migrationLines(report.compatibility.migrations, paint),
  ]
}

const methods = {
  'first-fit-decreasing': 'first fit, largest first',
  exact: 'exact search',
} as const

const outcomes = {
  placed: 'placed',
  impossible: 'there is no way to place them all',
  'not-found': 'no way to place them all was found',
} as const

function placementLines({ method, outcome, isSpread, hosts, unplaced }: Placement): readonly string[] {
  const spread = isSpread ? ', then spread as load balancing would' : ''
  const names = (machines: Placement['unplaced']) =>
    someOf(
      machines.map(({ path, copies }) => (copies > 1 ? `${copies} × ${oneLine(path)}` : oneLine(path))),
      6,
    )
  return [
    ...paragraph(`Placement (${methods[method]}${spread}): ${outcomes[outcome]}.`),
    ...hosts
      .filter(({ machines }) => machines.length > 0)
      .flatMap(({ name, machines }) => paragraph(`${oneLine(name)}: ${names(machines)}`, '      ', '    ')),
    ...(unplaced.length > 0 ? paragraph(`left over: ${names(unplaced)}`, '      ', '    ') : []),
  ]
}

function spareLines(
  { cluster, moves, hosts, survives }: SizeReport['spare'][number],
  paint: Paint,
): readonly string[] {
  const what = cluster === undefined ? 'all hosts' : `cluster ${oneLine(cluster)}`
  const how =
    moves === 'restart' ? 'its machines restart where there is room' : 'machines may move to make room'
  const answer = { yes: paint.good('yes'), no: paint.bad('no'), unknown: paint.doubtful('not known') }[
    survives
  ]
  const bad = hosts.filter(({ outcome }) => outcome !== 'placed')
  const names = bad.map(({ host, unplaced }) => {
    const left = unplaced.reduce((sum, { copies }) => sum + copies, 0)
    return `without ${oneLine(host)} ${counted(left, 'machine')} find no place`
  })
  const because = names.length === 0 ? '' : ` ${someOf(names, 3)}.`
  return paragraph(`One host down, ${what} (${how}): ${answer}.${because}`)
}

const declarations = {
  right: 'as it should be',
  'lower-than-needed': 'lower than it need be',
  'not-reached': 'not all of them reach it',
  unknown: 'which cannot be judged',
} as const

function baselineLines(
  { cluster, hosts, baseline, declared, why }: SizeReport['compatibility']['baselines'][number],
  paint: Paint,
): readonly string[] {
  const who = cluster === undefined ? 'all hosts' : `cluster ${oneLine(cluster)}`
  if (hosts.length === 1 && !declared) return []
  if (!baseline) return paragraph(`EVC baseline of ${who}: none. ${oneLine(why ?? '')}`)
  const said = declared ? ` The file sets ${oneLine(declared.name)}: ${declarations[declared.verdict]}.` : ''
  const isBad = declared?.verdict === 'not-reached'
  return paragraph(
    `EVC baseline of ${who}: ${baseline.level} ${baseline.title}; CPU model of QEMU: ${baseline.qemuModel}.${isBad ? paint.bad(said) : said}`,
  )
}

const ways = { live: 'live', 'powered-off': 'off', convert: 'convert', unknown: '?' } as const

/** A square for few hosts; for many, how often each answer is given. */
const mostInSquare = 6

function migrationLines(migrations: readonly Migration[], paint: Paint): readonly string[] {
  if (migrations.length === 0) return []
  const names = [...new Set(migrations.map(({ from }) => from))]
  const reasons = [...Map.groupBy(migrations, ({ how, why }) => `${ways[how]}: ${oneLine(why)}`)]
  const legend = reasons.slice(0, 8).flatMap(([text]) => paragraph(text, '      ', '    '))
  const title = '  Moves between hosts (live = while running; off = only powered off):'
  return [title, ...(names.length > mostInSquare ? [] : square(names, migrations, paint)), ...legend]
}

function square(names: readonly string[], migrations: readonly Migration[], paint: Paint): readonly string[] {
  const title = (name: string) => clippedTo(oneLine(name), 11)
  const strokes = {
    live: paint.good,
    'powered-off': paint.doubtful,
    convert: paint.bad,
    unknown: paint.faint,
  }
  const byPair = new Map(migrations.map((one) => [`${one.from}\n${one.to}`, one]))
  const rows = names.map((from) => [
    `    ${title(from)}`,
    ...names.map((to) => {
      const way = byPair.get(`${from}\n${to}`)
      return way ? strokes[way.how](ways[way.how]) : '·'
    }),
  ])
  return columns([['    from \\ to', ...names.map(title)], ...rows])
}
