/** `nestlab trace --live`: sends the probe on the running lab, watches the ports, and tells where reality parts from the file. */
import type { Watched } from '#engine'
import type { ResolvedLab } from '#lab'
import type { Comparison, SeenHop, Trace } from '#trace'
import { fail } from './errors.ts'
import { harmless, type Paint } from './paint.ts'
import type { Call } from './verb.ts'

export interface LiveTrace {
  readonly reached: boolean
  readonly comparison: Comparison
  readonly unwatched: Watched['unwatched']
}

const probeLimitMs = 20_000

export async function traceLive(call: Call, lab: ResolvedLab, traced: Trace): Promise<LiveTrace> {
  const argv = commandOf(lab, traced)
  const engine = await call.services.engine()
  const { compareWithReality } = await call.services.tracing()
  const from = await engine.enter(lab.name, machineOf(traced.probe.from), call.signal)
  try {
    const network = await engine.network(lab.name, call.signal)
    try {
      let reached = false
      const work = async () => {
        reached = (await from.run(argv, { limitMs: probeLimitMs, signal: call.signal })).code === 0
      }
      const { sightings, ports, unwatched } = await network.watch(levelsOf(traced), work, call.signal)
      const comparison = compareWithReality(lab, traced, { seen: sightings, ports, reached })
      return { reached, comparison, unwatched }
    } finally {
      await network.close()
    }
  } finally {
    await from.close()
  }
}

const machineOf = (end: string): string => end.replace(/:[^/:]*$/, '')

/** The address is asked for anew, so that the question is seen as well. */
function commandOf(lab: ResolvedLab, { probe, legs }: Trace): readonly string[] {
  const { what, payloadBytes } = probe
  const ip = addressOf(lab, legs[0]?.to)
  if (what.kind === 'frame' || ip === undefined)
    throw fail('probe-not-live', { from: probe.from, to: probe.to })
  const forget = 'ip neigh flush to "$1" > /dev/null 2>&1'
  const size = payloadBytes === undefined ? '' : `-s ${payloadBytes}`
  const send =
    what.kind === 'tcp'
      ? `sleep 1 | nc -w 3 "$1" ${what.port} > /dev/null`
      : `ping -c 1 -W 3 ${size} "$1" > /dev/null`
  return ['sh', '-c', `${forget}; ${send}`, 'sh', ip]
}

function addressOf(lab: ResolvedLab, end: string | undefined): string | undefined {
  const [path = '', nic] = end?.split(':') ?? []
  let level = lab.top
  let found: string | undefined
  for (const name of path.split('/')) {
    const machine = level.machines.find((one) => one.name === name)
    if (!machine) return undefined
    found = machine.nics.find((one) => one.name === nic)?.address?.ip
    if (machine.hypervisor) level = machine.hypervisor.inside
  }
  return found
}

/** Every level that the frame was foretold to pass, and the ones its ends are in. */
function levelsOf({ probe, legs }: Trace): string[] {
  const ends = [probe.from, probe.to].map((end) => machineOf(end).replace(/\/?[^/]*$/, ''))
  return [...new Set([...ends, ...legs.flatMap(({ hops }) => hops.map(({ owner }) => owner))])]
}

export function liveLines({ reached, comparison, unwatched }: LiveTrace, paint: Paint): string[] {
  const { legs, parting } = comparison
  const lines = ['', paint.strong('On the running lab:')]
  for (const { leg, hops, drops, unseen } of legs) {
    lines.push(`  ${leg.name}${unseen ? paint.faint('  not seen') : ''}`)
    if (unseen) continue
    lines.push(...hops.map((hop) => `    ${hopText(hop, paint)}`))
    for (const { port, why } of drops) lines.push(`    ${paint.bad('dropped')} at ${port}: ${harmless(why)}`)
  }
  for (const { owner, why } of unwatched)
    lines.push(`  ${paint.doubtful('not watched')} ${owner || 'level 0'}: ${harmless(why)}`)
  lines.push(reached ? `  ${paint.good('✓')} The answer came.` : `  ${paint.bad('✗')} No answer came.`)
  lines.push(
    parting === undefined
      ? `  ${paint.good('✓')} As foretold.`
      : `  ${paint.bad('✗')} Here reality parts from the file: ${harmless(parting)}`,
  )
  return lines
}

function hopText({ hop, ...seen }: SeenHop, paint: Paint): string {
  const mark = (value: boolean | 'unwatched') =>
    value === 'unwatched' ? paint.faint('·') : value ? paint.good('✓') : paint.bad('✗')
  const name = hop.owner === '' ? hop.switchName : `${hop.owner}/${hop.switchName}`
  const out = hop.out ? `${mark(seen.out)} ${hop.out.id}` : paint.bad('dropped, as foretold')
  return `${paint.name(name)}  ${mark(seen.in)} ${hop.in.id} → ${out}`
}
