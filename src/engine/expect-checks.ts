/** How one expectation is checked from inside a machine, with what every small Linux has. */
import { type Expectation, isInNetworkOf, type Machine, type Nic } from '#lab'
import type { Inside } from './contract.ts'

export interface Found {
  readonly holds: boolean
  /** What was seen, for people. */
  readonly seen: string
}

export interface Hosts {
  machine(path: string): Machine
  enter(path: string): Promise<Inside>
}

/** One lost first packet is no failure: an address must be asked for before. */
const pings = 3
const pingLimitMs = 15_000
const requestLimitMs = 20_000
const commandLimitMs = 60_000
const longestExcerpt = 200

export async function checkOne(hosts: Hosts, expected: Expectation, signal: AbortSignal): Promise<Found> {
  if (expected.kind === 'exec') return await runs(await hosts.enter(expected.on), expected, signal)
  const way = wayBetween(hosts.machine(expected.from), hosts.machine(expected.to))
  if (!way) {
    const seen = `${expected.from} and ${expected.to} have no addresses of one network`
    return { holds: expected.kind === 'isolated', seen }
  }
  const from = await hosts.enter(expected.from)
  if (expected.kind === 'http') return await answersHttp(from, { ...expected, ip: way.ip }, signal)
  const answered = await answersPing(from, way, signal)
  return { ...answered, holds: answered.holds === (expected.kind === 'reach') }
}

interface Way {
  readonly ip: string
  /** Two machines may have one address: the one that answers must be the one that is meant. */
  readonly mac: string
}

function wayBetween(from: Machine, to: Machine): Way | undefined {
  for (const { address, mac } of to.nics) {
    const reaches = (own: Nic['address']) => own && address && isInNetworkOf(own, address.ip)
    if (address && from.nics.some((nic) => reaches(nic.address))) return { ip: address.ip, mac }
  }
  return undefined
}

async function answersPing(from: Inside, { ip, mac }: Way, signal: AbortSignal): Promise<Found> {
  const ping = ['ping', '-c', String(pings), '-W', '1', ip]
  const { code, stdout, stderr } = await from.run(ping, { limitMs: pingLimitMs, signal })
  const received = Number(/(\d+)(?: packets)? received/.exec(stdout)?.[1] ?? Number.NaN)
  if (Number.isNaN(received) && !/unreachable/i.test(stdout + stderr))
    throw new Error(`ping on ${from.name} ended with ${code}: ${excerpt(stderr || stdout)}`)
  if (!(received > 0)) return { holds: false, seen: `no answer from ${ip}` }
  const answering = await neighbour(from, ip, signal)
  if (answering !== undefined && answering !== mac)
    return { holds: false, seen: `${ip} is answered by another machine (${answering})` }
  const trip = /= [\d.]+\/([\d.]+)\//.exec(stdout)?.[1]
  return { holds: true, seen: `${received} of ${pings} answers from ${ip}${trip ? `, ${trip} ms` : ''}` }
}

/** The MAC behind an address, where the guest tells it. */
async function neighbour(from: Inside, ip: string, signal: AbortSignal): Promise<string | undefined> {
  const { stdout } = await from.run(['cat', '/proc/net/arp'], { limitMs: pingLimitMs, signal })
  const row = stdout.split('\n').find((line) => line.split(/\s+/)[0] === ip)
  const mac = row?.split(/\s+/)[3]?.toLowerCase()
  return mac && mac !== '00:00:00:00:00:00' ? mac : undefined
}

/** Prints the status line. Not wget: in Debian's static busybox 1.35 it ends with a segmentation fault. */
const askHttp = `
if command -v curl > /dev/null; then curl -s -o /dev/null -m 5 -w 'HTTP/1.1 %{http_code}' "http://$1:$2/"
else printf 'GET / HTTP/1.0\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$1" | nc -w 5 "$1" "$2" | head -n 1
fi`

async function answersHttp(
  from: Inside,
  { ip, port, status }: { ip: string; port: number; status: number },
  signal: AbortSignal,
): Promise<Found> {
  const url = `http://${ip}:${port}/`
  const argv = ['sh', '-c', askHttp, 'sh', ip, String(port)]
  const { stdout, stderr } = await from.run(argv, { limitMs: requestLimitMs, signal })
  const said = /HTTP\/[\d.]+ (\d{3})/.exec(stdout)?.[1]
  if (said === undefined || said === '000')
    return { holds: false, seen: `no answer from ${url} ${excerpt(stderr)}`.trim() }
  return { holds: Number(said) === status, seen: `${url} answered ${said}` }
}

async function runs(
  on: Inside,
  { command, exitCode }: { command: readonly string[]; exitCode: number },
  signal: AbortSignal,
): Promise<Found> {
  const { code, stdout, stderr } = await on.run(command, { limitMs: commandLimitMs, signal })
  const holds = code === exitCode
  const said = holds ? '' : excerpt(stderr || stdout)
  return { holds, seen: `exit code ${code}${said && `: ${said}`}` }
}

function excerpt(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? ''
  return line.length > longestExcerpt ? `${line.slice(0, longestExcerpt)}…` : line
}
