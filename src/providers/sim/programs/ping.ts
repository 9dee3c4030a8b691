/** `ping`, printed as busybox prints it; whether an answer comes is computed from the lab's switches. */
import type { Program, Run } from '../shell/shell.ts'

interface Request {
  readonly address: string
  readonly count: number
  readonly payloadBytes: number
  readonly quiet: boolean
}

const usage = 'Usage: ping [-c COUNT] [-s SIZE] [-q] ADDRESS\n'
/** What follows the payload of an ICMP echo in an IPv4 packet: its header and the packet's. */
const mostPayloadBytes = 65_507

export const pingProgram: Program = async (args, run) => {
  const request = readRequest(args)
  if (!request) {
    run.err(usage)
    return 1
  }
  const { address, payloadBytes } = request
  run.out(`PING ${address} (${address}): ${payloadBytes} data bytes\n`)
  const tally = await sendAll(request, run)
  if (tally === undefined) return 1
  const { sent, times } = tally
  const loss = Math.round(((sent - times.length) / sent) * 100)
  run.out(`\n--- ${address} ping statistics ---\n`)
  run.out(`${sent} packets transmitted, ${times.length} packets received, ${loss}% packet loss\n`)
  if (times.length > 0) {
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length
    const texts = [Math.min(...times), mean, Math.max(...times)].map((time) => time.toFixed(3))
    run.out(`round-trip min/avg/max = ${texts.join('/')} ms\n`)
  }
  return times.length > 0 ? 0 : 1
}

async function sendAll({ address, count, payloadBytes, quiet }: Request, run: Run) {
  const times: number[] = []
  let sent = 0
  for (; sent < count; sent += 1) {
    // Ctrl-C ends the waiting; what was counted so far is then printed.
    if (sent > 0) await run.guest.sleep(1000, run.signal).catch(() => undefined)
    if (run.signal.aborted) break
    const answer = await run.guest.ping({ address, payloadBytes })
    if (answer.problem !== undefined) {
      run.err(`ping: sendto: ${answer.problem}\n`)
      return undefined
    }
    if (answer.roundTripMs === undefined) continue
    times.push(answer.roundTripMs)
    const text = `${payloadBytes + 8} bytes from ${address}: seq=${sent} ttl=64 time=${answer.roundTripMs.toFixed(3)} ms\n`
    if (!quiet) run.out(text)
  }
  return { sent, times }
}

function readRequest(args: readonly string[]): Request | undefined {
  const values = new Map([
    ['-c', Number.POSITIVE_INFINITY],
    ['-s', 56],
  ])
  let address: string | undefined
  let quiet = false
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? ''
    const flag = word.slice(0, 2)
    if (/^-[csWwi]/.test(flag)) {
      const text = word.length > 2 ? word.slice(2) : args[++at]
      if (text === undefined || !/^\d+(\.\d+)?$/.test(text)) return undefined
      values.set(flag, Number(text))
    } else if (flag === '-q') quiet = true
    else if (word.startsWith('-') || address !== undefined) return undefined
    else address = word
  }
  if (address === undefined || !/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return undefined
  const payloadBytes = Math.min(values.get('-s') ?? 56, mostPayloadBytes)
  return { address, count: values.get('-c') ?? Number.POSITIVE_INFINITY, payloadBytes, quiet }
}
