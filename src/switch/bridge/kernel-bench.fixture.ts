/**
 * For tests: the table of cases on a real kernel. Each port of a case is one of a few links of the kernel, whose other
 * end is a socket of the test, so that the bridge lies between sockets as the live switch does.
 */
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, deliveriesOf, outcomeOf, type Step } from '../cases/case.fixture.ts'
import type { SwitchSpec, VlanSpec } from '../spec.ts'
import { type Argv, compileBridge, compileRules } from './compile.ts'
import { basePlan, planOf, type Seated, seatsOf } from './kernel-seats.fixture.ts'
import { bridgeDeviceName } from './names.ts'
import type { BridgePlan } from './plan.ts'

/** Where the commands run. */
export interface KernelPlace {
  /** Runs a shell script; fails when the script does. */
  run(script: string): Promise<string>
  /** Links for ports, each with the path of the socket that it ends at. The last one shows what has come through. */
  readonly links: readonly { readonly device: string; readonly socket: string }[]
  /** False for kernels without VLAN filtering: cases with tags are then left out. */
  readonly filtersVlans: boolean
  /**
   * What each link but the last is plugged as, once for all cases that need no other links; `shared` is an uplink of
   * every VLAN. Absent: each case plugs its own.
   */
  readonly plugged?: readonly (VlanSpec | 'shared')[]
}

export interface CaseResult {
  readonly title: string
  readonly steps: readonly {
    readonly text: string
    readonly expected: string | undefined
    readonly got: string
  }[]
  /** Drops by letter and reason, of the whole case. */
  readonly drops: { readonly expected: string; readonly got: string }
}

const markerType = 0x88b6
const limitMs = 20_000
const mostTries = 20

class Link {
  readonly #socket: Socket
  readonly #onMarker: (number: number) => void
  #rest = Buffer.alloc(0)
  received: Uint8Array[] = []

  constructor(socket: Socket, onMarker: (number: number) => void) {
    this.#socket = socket
    this.#onMarker = onMarker
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', () => {})
  }

  send(frame: Uint8Array): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(frame.length)
    this.#socket.write(Buffer.concat([length, frame]))
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      const end = 4 + bytes.readUInt32BE(0)
      const frame = bytes.subarray(4, end)
      const type = frame.readUInt16BE(12)
      if (type === markerType) this.#onMarker(frame.readUInt32BE(14))
      // The kernel may speak IPv6 itself when a link comes up.
      else if (type !== 0x86dd) this.received.push(new Uint8Array(frame))
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
  }
}

export class KernelBench {
  readonly #place: KernelPlace
  readonly #links: Link[] = []
  #marker = 0
  #seenMarker = 0
  #woken: () => void = () => {}

  private constructor(place: KernelPlace) {
    this.#place = place
  }

  static async open(place: KernelPlace): Promise<KernelBench> {
    const bench = new KernelBench(place)
    for (const { socket } of place.links) {
      const connected = await connect(socket)
      bench.#links.push(new Link(connected, (number) => bench.#mark(number)))
    }
    await place.run(probeScript(place))
    return bench
  }

  close(): void {
    for (const link of this.#links) link.close()
  }

  /** In an order of its own: cases that need other links come last. */
  async runAll(cases: readonly Case[], pauseMs: (one: Case) => number): Promise<readonly CaseResult[]> {
    const seated = cases.map((one) => ({ one, seats: seatsOf(one, this.#place) }))
    const inPlace = seated.filter(({ seats }) => seats !== undefined)
    const others = seated.filter(({ seats }) => seats === undefined)
    if (inPlace.length > 0)
      await this.#place.run(commandText(compileBridge(basePlan(this.#place)), this.#place))
    const results: CaseResult[] = []
    for (const { one, seats } of [...inPlace, ...others])
      results.push(await this.#run({ one, seats, pauseMs: pauseMs(one) }))
    return results
  }

  async #run({ one, seats, pauseMs }: Seated & { readonly pauseMs: number }): Promise<CaseResult> {
    const at = seats ?? one.ports.map((_, index) => index)
    const devices = at.map((link) => this.#place.links[link]?.device ?? '')
    const plan = planOf(one, devices)
    await this.#place.run(
      seats
        ? rulesScript(plan)
        : resetScript(one.on, this.#idle(devices)) + commandText(compileBridge(plan), this.#place),
    )
    const steps: CaseResult['steps'][number][] = []
    for (const step of one.steps) {
      if (pauseMs > 0 || step.waitS > 0) await sleep(pauseMs + 1000 * step.waitS)
      steps.push(await this.#step(one, step, at))
    }
    return { title: one.title, steps, drops: await this.#drops(one, devices) }
  }

  #idle(used: readonly string[]) {
    return this.#place.links.slice(0, -1).filter(({ device }) => !used.includes(device))
  }

  async #step(one: Case, step: Step, seats: readonly number[]) {
    const at = seats[one.ports.findIndex(({ letter }) => letter === step.from)] ?? 0
    for (const link of this.#links) link.received = []
    this.#links[at]?.send(step.frame)
    // A second time, since QEMU may hand on the first marker before the frames that went before it.
    for (let i = 0; i < 2; i++) await this.#passed(at)
    const outcome = () => {
      const delivered = one.ports.flatMap(({ letter }, index) =>
        (this.#links[seats[index] ?? 0]?.received ?? [])
          .filter((frame) => !isLate(frame, one, step))
          .map((frame) => ({ port: letter, frame: unpadded(frame, step.frame) })),
      )
      return outcomeOf(step.frame, { delivered, drops: [] })
    }
    // Nor does it write to all sockets in the order in which frames came; what is too much stays too much.
    const missing = () => step.expected !== undefined && outcome().length < deliveriesOf(step.expected).length
    for (let tries = 0; tries < mostTries && missing(); tries++) await this.#passed(at)
    return { text: step.text, expected: step.expected, got: outcome() }
  }

  /** Sends the frame by one link over and over while `work` goes on; says how many were sent and came out at another. */
  async during(frame: Uint8Array, way: { from: number; to: number }, work: () => Promise<void>) {
    for (const link of this.#links) link.received = []
    let sent = 0
    let working = true
    const done = work().finally(() => {
      working = false
    })
    while (working) {
      for (let i = 0; i < 10; i++, sent++) this.#links[way.from]?.send(frame)
      await this.#passed(way.from)
    }
    await done
    await this.#passed(way.from)
    return { sent, received: this.#links[way.to]?.received.length ?? 0 }
  }

  /** Returns when all that came in by the link before now has been dealt with. */
  async #passed(at: number): Promise<void> {
    const number = ++this.#marker
    const frame = Buffer.alloc(60)
    frame.writeUIntBE(0x02000000ffff, 6, 6)
    frame.writeUInt16BE(markerType, 12)
    frame.writeUInt32BE(number, 14)
    this.#links[at]?.send(frame)
    const end = performance.now() + limitMs
    while (this.#seenMarker < number) {
      if (performance.now() > end) throw new Error(`marker ${number} of link ${at} never came through`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs)
        this.#woken = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  #mark(number: number): void {
    this.#seenMarker = Math.max(this.#seenMarker, number)
    this.#woken()
  }

  async #drops({ ports, steps, on }: Case, devices: readonly string[]) {
    const text = await this.#place.run(`nft list counters table bridge ${bridgeDeviceName(on.name)}`)
    const counters = text.matchAll(/counter "?drop_([a-z0-9]+)_([A-Z_]+)"? \{\s*packets (\d+)/g)
    const got = [...counters].flatMap(([, device = '', reason = '', packets]) => {
      const letter = ports[devices.indexOf(device)]?.letter
      return Array.from({ length: Number(packets) }, () => `${letter}:${reason}`)
    })
    const expected = steps.flatMap(({ expected = '' }) =>
      expected.split(' ').flatMap((word) => (word.startsWith('!') ? [word.slice(1)] : [])),
    )
    return { expected: expected.sort().join(' '), got: got.sort().join(' ') }
  }
}

const shortest = 60

const addresses = (frame: Uint8Array) => Buffer.from(frame.subarray(0, 12))

/** One of an earlier step, which QEMU wrote after the markers that were sent behind it. */
function isLate(frame: Uint8Array, { steps }: Case, step: Step): boolean {
  const own = addresses(frame)
  const earlier = steps.slice(0, steps.indexOf(step))
  return !own.equals(addresses(step.frame)) && earlier.some((one) => own.equals(addresses(one.frame)))
}

/** QEMU lengthens what Ethernet would not carry. */
function unpadded(frame: Uint8Array, sent: Uint8Array): Uint8Array {
  return frame.length === shortest && sent.length < shortest ? frame.subarray(0, sent.length) : frame
}

async function connect(path: string): Promise<Socket> {
  const end = performance.now() + limitMs
  for (;;) {
    const socket = createConnection(path)
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (connected) return socket
    if (performance.now() > end) throw new Error(`nobody listens at ${path}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Markers go from whatever link they come in by to the last one, past the bridge and behind the frames before them. */
function probeScript({ links }: KernelPlace): string {
  const probe = links.at(-1)?.device
  const chains = links
    .slice(0, -1)
    .flatMap(({ device }) => [
      `add chain netdev probe ${device} { type filter hook ingress device "${device}" priority -500; }`,
      `add rule netdev probe ${device} ether type 0x88b6 fwd to "${probe}"`,
    ])
  const up = links.map(
    ({ device }) => `echo 1 > /proc/sys/net/ipv6/conf/${device}/addr_gen_mode 2>/dev/null || :
ip link set dev ${device} up`,
  )
  return `${up.join('\n')}\nnft -f - <<'END'\nadd table netdev probe\n${chains.join('\n')}\nEND\n`
}

/** What the case before has learned must not stay. */
function resetScript(spec: SwitchSpec, idle: readonly { readonly device: string }[]): string {
  const table = bridgeDeviceName(spec.name)
  const lines = idle.map(({ device }) => `link set dev ${device} nomaster`)
  return `nft 'add table bridge ${table}; delete table bridge ${table}'
ip -batch - <<'END'
${lines.join('\n')}
END
`
}

function commandText(argvs: readonly Argv[], { filtersVlans }: KernelPlace): string {
  const text = argvs.map((argv) => argv[2] ?? '').join('\n')
  if (filtersVlans) return text
  return withoutVlans(text)
}

/** The script for a kernel without VLAN filtering. */
export function withoutVlans(script: string): string {
  return script.replaceAll('vlan_filtering 1 vlan_default_pvid 0 ', '').replaceAll(/ 'vlan [^']*'/g, '')
}

/** Only the rules, of which none of the case before stay. */
function rulesScript(plan: BridgePlan): string {
  const table = bridgeDeviceName(plan.spec.name)
  const script = compileRules(plan)[2] ?? ''
  return script.replace("<<'END'\n", `<<'END'\nadd table bridge ${table}\ndelete table bridge ${table}\n`)
}
