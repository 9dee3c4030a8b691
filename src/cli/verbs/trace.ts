/** `nestlab trace`: would it arrive, and if not, why? */
import { relative } from 'node:path'
import type { Trace } from '#trace'
import { fail } from '../errors.ts'
import { liveLines, traceLive } from '../live-trace.ts'
import { fileOption, type Loaded, loadLab } from '../pick-lab.ts'
import { probeFrom, probeOptions } from '../probe-options.ts'
import {
  carryOutFix,
  fixOptions,
  type Proposal,
  printsDiffOnly,
  proposalDocument,
  proposalLines,
  propose,
} from '../trace-fix.ts'
import { reachOptions, traceMany, writeDrawing } from '../trace-reach.ts'
import { traceLines } from '../trace-text.ts'
import type { Call, Exit, Verb } from '../verb.ts'

export const trace: Verb = {
  name: 'trace',
  summary: 'follow a frame through every switch of the lab file, and say which setting stops it',
  more: 'Nothing is started: the file alone is looked at, but for --live. Exit code 1 says that the frame does not arrive.',
  arguments: [
    ['[from]', 'path of the machine that sends, as in kvm-1/web, or kvm-1/web:nic1'],
    ['[to]', 'path of the machine that it is meant for'],
  ],
  options: [
    fileOption,
    ...probeOptions,
    ['--return', 'tell the way of the answer switch by switch, too'],
    [
      '--live',
      'also send it on the running lab, watch every port, and say where reality parts from the file',
    ],
    ...fixOptions,
    ...reachOptions,
  ],
  examples: [
    { line: 'nestlab trace kvm-1/web kvm-2/web', does: 'a ping and its answer' },
    { line: 'nestlab trace kvm-1/web kvm-2/web --tcp 443 --return', does: 'a connection, both ways in full' },
    {
      line: 'nestlab trace kvm-1/web kvm-2/web --fix',
      does: 'write the smallest change that helps into the file',
    },
    { line: 'nestlab trace --all-pairs', does: 'a table of all machines' },
    { line: 'nestlab trace --diff old.lab.yaml new.lab.yaml', does: 'what a changed file changes' },
  ],
  run: async (call) => (await traceMany(call)) ?? (await tracePair(call)),
}

async function tracePair(call: Call): Promise<Exit> {
  const [from, to] = call.args
  if (from === undefined || to === undefined) {
    throw fail('wrong-usage', { text: 'A trace needs two machines.', command: 'nestlab trace' })
  }
  const probe = await probeFrom(call, from, to)
  const loaded = await loadLab(call)
  if (!loaded) return 1
  const tracing = await call.services.tracing()
  const traced = tracing.trace(loaded.lab, probe)
  await writeDrawing(call, () => tracing.draw(traced))
  if (call.has('live')) return await besideReality(call, loaded, traced)
  const proposal = traced.reached ? undefined : await propose(call, loaded.file, probe)
  if (call.json) {
    const fixes = proposal && proposalDocument(proposal)
    call.terminal.say(JSON.stringify({ ...asDocument(traced, loaded), ...fixes }))
  } else if (!printsDiffOnly(call)) sayTrace(call, traced, loaded, proposal)
  return traced.reached ? 0 : await carryOutFix(call, proposal)
}

/** Exit code 0 says that it arrived, on the file and in reality. */
async function besideReality(call: Call, loaded: Loaded, traced: Trace): Promise<Exit> {
  const live = await traceLive(call, loaded.lab, traced)
  if (call.json) call.terminal.say(JSON.stringify({ ...asDocument(traced, loaded), live }))
  else {
    sayTrace(call, traced, loaded, undefined)
    call.terminal.say(liveLines(live, call.terminal.paint).join('\n'))
  }
  return traced.reached && live.reached ? 0 : 1
}

function sayTrace(
  call: Call,
  traced: Trace,
  { file, placeOf }: Loaded,
  proposal: Proposal | undefined,
): void {
  const { paint, say } = call.terminal
  const place = traced.cause && placeOf?.(traced.cause.at)
  const shortFile = relative(call.folder, file)
  const words = {
    paint,
    withReturn: call.has('return'),
    place,
    file: shortFile.startsWith('..') ? file : shortFile,
  }
  say([...traceLines(traced, words), ...proposalLines(call, proposal)].join('\n'))
}

/** With the frame's bytes as digits, and the cause with its place in the file. */
function asDocument(traced: Trace, { file, placeOf }: Loaded): object {
  const { probe, cause } = traced
  const { what } = probe
  const sent = what.kind === 'frame' ? { ...what, bytes: Buffer.from(what.bytes).toString('hex') } : what
  const place = cause && placeOf?.(cause.at)
  return {
    file,
    ...traced,
    probe: { ...probe, what: sent },
    ...(cause && { cause: { ...cause, ...(place && { place }) } }),
  }
}
