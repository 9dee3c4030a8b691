/** A trace as text: each switch on the way, and where the frame was lost with the setting that did it. */
import type { WrittenPlace } from '#lab'
import type { Cause, Hop, Leg, Trace } from '#trace'
import type { Paint } from './paint.ts'

export interface TraceWords {
  readonly paint: Paint
  /** Whether the answer's way is told switch by switch. */
  readonly withReturn: boolean
  /** The file's place of the setting that is responsible. */
  readonly place: WrittenPlace | undefined
  /** The file as the user knows it. */
  readonly file: string
}

export function traceLines(trace: Trace, words: TraceWords): string[] {
  const { probe, reached, legs, cause } = trace
  const { paint } = words
  const verdict = reached ? paint.good('reached') : paint.bad('not reached')
  const kind = probe.what.kind === 'tcp' ? `tcp ${probe.what.port}` : probe.what.kind
  const lines = [`${paint.strong(probe.from)} → ${paint.strong(probe.to)}  ${kind}: ${verdict}`]
  if (reached && legs.length === 0) lines.push('  A machine reaches itself without a frame.')
  for (const leg of legs) lines.push(...legLines(leg, isTold(leg, trace, words.withReturn), words))
  if (cause) lines.push('', ...causeLines(cause, words))
  return lines
}

/** Switch by switch: the request itself, what failed, and the answer for those who want it. */
function isTold({ name, reached }: Leg, { probe }: Trace, withReturn: boolean): boolean {
  if (!reached) return true
  if (probe.what.kind === 'arp' && name === 'arp request') return true
  return name === 'request' || name === 'frame' || (name.endsWith('reply') && withReturn)
}

function legLines(leg: Leg, isWhole: boolean, { paint }: TraceWords): string[] {
  const { name, from, to, reached, hops, copies, cost, loop } = leg
  const mark = reached ? paint.good('✓') : paint.bad('✗')
  const passed = hops.length === 1 ? '1 switch' : `${hops.length} switches`
  const heard = copies === 0 ? '' : `, ${copies === 1 ? '1 copy' : `${copies} copies`} to others`
  const decided = copies === 0 ? '' : `, ${cost.decisions} decisions`
  const lines = [`${mark} ${name}  ${from} → ${to}  ${paint.faint(passed + heard + decided)}`]
  if (loop !== undefined) lines.push(`  ${paint.doubtful('goes in circles')}: ${loop}`)
  if (isWhole) lines.push(...hops.flatMap((hop) => hopLines(hop, paint)))
  return lines
}

const mostNames = 4

function hopLines(hop: Hop, paint: Paint): string[] {
  const { owner, switchName, level, vlan, copies, seenBy } = hop
  const indent = '  '.repeat(level + 1)
  const name = paint.name(owner ? `${owner}/${switchName}` : switchName)
  const via = hop.overlay === undefined ? '' : `  ${paint.faint(`inside overlay ${hop.overlay}`)}`
  const inside = vlan === 0 ? 'no VLAN' : `VLAN ${vlan}`
  const way = `${portText(hop.in, hop.tagIn)} → ${hop.out ? portText(hop.out, hop.tagOut) : paint.bad('✗')}`
  const lines = [`${indent}${name}  ${way}  ${paint.faint(inside)}${tagText(hop)}${via}`]
  if (copies > 0) {
    const names = seenBy.slice(0, mostNames).join(', ') + (copies > mostNames ? ', …' : '')
    lines.push(
      `${indent}  ${paint.faint(`${copies} more ${copies === 1 ? 'port gets' : 'ports get'} it: ${names}`)}`,
    )
  }
  return lines
}

function portText({ id, portgroup }: Hop['in'], tag: number | undefined): string {
  const group = portgroup === undefined ? '' : ` (${portgroup})`
  return `${id}${group}${tag === undefined ? '' : ` tag ${tag}`}`
}

function tagText({ tag }: Hop): string {
  if (tag === 'push') return ', tag added'
  if (tag === 'pop') return ', tag removed'
  return tag === 'retag' ? ', tag changed' : ''
}

export function causeLines(cause: Cause, { paint, place, file }: TraceWords): string[] {
  const group = cause.portgroup === undefined ? '' : ` (${cause.portgroup})`
  const onSwitch = [cause.owner, cause.switchName].filter((part) => part).join('/')
  const where = cause.switchName === '' ? cause.port : `${onSwitch}, port ${cause.port}${group}`
  return [
    `${paint.bad(cause.reason)} at ${where}`,
    `  ${cause.meaning}`,
    `  because of ${paint.strong(cause.setting)}`,
    ...(place ? [`  ${placeText(place, file, cause)}`] : []),
    `  to change that: ${cause.remedy}`,
  ]
}

/** `lab.yaml:12:9`, and how the value comes to be where it is. */
function placeText({ line, column, at, origin }: WrittenPlace, file: string, { kind }: Cause): string {
  const where = line > 0 ? `${file}:${line}:${column}` : file
  if (origin === 'written') return `${where} (${at})`
  if (origin === 'inherited') return `${where} (${at}, which the port group inherits)`
  const isPolicy = kind !== undefined && /\.(security\.\w+|macSpoofing|macLearning)$/.test(at)
  const whose = isPolicy ? `the default of the kind ${kind}` : 'a default'
  return `${where} (${whose}: ${at} is not in the file)`
}
