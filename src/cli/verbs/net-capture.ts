/** `nestlab net capture`: frames of ports as pcapng, into a file or a pipe. */
import { createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Duplex, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LabNetwork } from '#engine'
import { fail } from '../errors.ts'
import { PcapngCount } from '../pcapng-count.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { readPort } from '../port-words.ts'
import { readCount, readDuration } from '../quantities.ts'
import type { Call, Verb } from '../verb.ts'

/** So long may a capture take to send its last frames when it is to end. */
const endLimitMs = 3000
const longestSnapBytes = 262_144

export const capture: Verb = {
  name: 'capture',
  summary: 'write the frames of ports as pcapng, dropped ones with the reason as a comment',
  more: 'It ends with Ctrl-C, after --count or --duration, or when the reader of the pipe goes.',
  arguments: [['[port]', 'the machine (kvm-1/web), or one NIC (kvm-1/web:nic0); without it, all of level 0']],
  options: [
    labOption,
    ['-w, --write <file>', 'where to write; - is standard output'],
    ['--force', 'write over a file that is there'],
    ['--drops', 'only frames that were dropped'],
    ['--snaplen <bytes>', 'keep only so much of each frame'],
    ['--count <frames>', 'end after so many frames'],
    ['--duration <time>', 'end after this time: 10s'],
  ],
  examples: [
    { line: 'nestlab net capture kvm-1 -w kvm-1.pcapng', does: 'both directions, until Ctrl-C' },
    { line: 'nestlab net capture --drops -w - | tshark -r - -V', does: 'watch what level 0 drops, and why' },
    { line: 'nestlab net capture kvm-1/web:nic0 -w - | wireshark -k -i -', does: 'live, at any level' },
  ],
  async run(call) {
    const wanted = readRequest(call)
    const target = call.value('write')
    if (target === undefined) throw wrong('Nowhere to write to: -w FILE, or -w - for a pipe.')
    if (target === '-' && call.json)
      throw wrong('With -w - standard output is the capture: leave --json out.')
    if (target === '-' && call.terminal.stdout.isTTY) throw fail('binary-to-terminal', {})
    const lab = await pickLab(call)
    const setUp = new AbortController()
    const stopSetUp = () => setUp.abort(call.signal.reason)
    call.signal.addEventListener('abort', stopSetUp, { once: true })
    const network = await (await call.services.engine()).network(lab, setUp.signal)
    try {
      const stream = await begin(call, network, { ...wanted, signal: setUp.signal })
      // From now on Ctrl-C is the orderly end, for which the ways into the lab are still needed.
      call.signal.removeEventListener('abort', stopSetUp)
      const count = await record(call, stream, { target, durationMs: wanted.durationMs })
      sayEnd(call, { lab, target, count })
      return 0
    } finally {
      await network.close()
    }
  },
}

interface Request {
  readonly dropsOnly: boolean
  readonly snapBytes: number
  readonly frames: number
  readonly durationMs: number | undefined
}

function readRequest(call: Call): Request {
  const number = <T>(option: string, read: (text: string) => T | undefined, what: string): T | undefined => {
    const text = call.value(option)
    const value = text === undefined ? undefined : read(text)
    if (text !== undefined && value === undefined) throw wrong(`--${option} ${text} is not ${what}.`)
    return value
  }
  const snap = (text: string) => readCount(text, { least: 14, most: longestSnapBytes })
  return {
    dropsOnly: call.has('drops'),
    snapBytes: number('snaplen', snap, `a number of bytes from 14 to ${longestSnapBytes}`) ?? 0,
    frames: number('count', (text) => readCount(text, { least: 1 }), 'a whole number from 1') ?? 0,
    durationMs: number('duration', readDuration, 'a time, as in 10s or 500ms'),
  }
}

async function begin(
  { args: [port] }: Call,
  network: LabNetwork,
  { dropsOnly, snapBytes, frames, signal }: Request & { readonly signal: AbortSignal },
): Promise<Duplex> {
  const request = { dropsOnly, snapBytes, frames }
  if (port === undefined) return await (await network.level('')).capture(request, signal)
  const found = await network.ports(readPort(port), signal)
  return await found.network.capture({ ...request, ports: found.ports }, signal)
}

/** Resolves when the capture has ended in good order. */
async function record(
  call: Call,
  stream: Duplex,
  { target, durationMs }: { readonly target: string; readonly durationMs: number | undefined },
): Promise<PcapngCount> {
  const count = new PcapngCount()
  const sink = await openSink(call, target).catch((error) => {
    stream.destroy()
    throw error
  })
  stream.on('data', (chunk: Buffer) => count.push(chunk))
  let late: NodeJS.Timeout | undefined
  let isAskedToEnd = false
  const end = () => {
    isAskedToEnd = true
    stream.end()
    late ??= setTimeout(() => stream.destroy(), endLimitMs)
  }
  const timer = durationMs === undefined ? undefined : setTimeout(end, durationMs)
  call.signal.addEventListener('abort', end, { once: true })
  if (call.signal.aborted) end()
  call.terminal.tell(call.terminal.paintErrors.faint('Capturing. Ctrl-C ends it.'))
  try {
    await pipeline(stream, sink, { end: target !== '-' })
  } catch (error) {
    if (!isAskedToEnd) throw error
  } finally {
    clearTimeout(timer)
    clearTimeout(late)
    call.signal.removeEventListener('abort', end)
  }
  if (!count.isComplete && !isAskedToEnd) throw fail('capture-broke', { frames: count.frames })
  return count
}

async function openSink({ terminal, has, folder }: Call, target: string): Promise<Writable> {
  if (target === '-') return terminal.stdout
  const file = resolve(folder, target)
  let handle: FileHandle
  try {
    handle = await open(file, has('force') ? 'w' : 'wx', 0o600)
  } catch (error) {
    const { code = '', message = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
    if (code === 'EEXIST') throw fail('capture-file-exists', { file })
    throw fail('cannot-write', { file, reason: message }, error)
  }
  return createWriteStream(file, { fd: handle })
}

function sayEnd(
  { json, terminal }: Call,
  { lab, target, count }: { readonly lab: string; readonly target: string; readonly count: PcapngCount },
): void {
  const { frames, lost } = count
  if (json) {
    terminal.say(JSON.stringify({ lab, file: target, frames, lost }))
    return
  }
  const missed = lost > 0 ? `; ${lost} more went by too fast to be written` : ''
  terminal.tell(`${frames} ${frames === 1 ? 'frame' : 'frames'} written${missed}.`)
}

function wrong(text: string) {
  return fail('wrong-usage', { text, command: 'nestlab net capture' })
}
