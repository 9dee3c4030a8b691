/** Bad links and captures of tap devices, by what the kernel has for it: netem, and packets as tcpdump sees them. */
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Host } from '#host'
import { type DropReason, dropComment, readLearnedSets } from '#switch'
import type { KnownMac, LinkConditions, PortCapture, SwitchMacs } from '../network.ts'
import { captureTaps } from './capture-taps.ts'
import { type DeviceNames, labelDevice, removeDevice } from './device-names.ts'
import { failQemu } from './errors.ts'
import type { ImpairmentChange, PortTools, Wiring } from './plane.ts'
import { lastLines, runScript, words } from './script.ts'

export interface TapOf {
  readonly port: string
  readonly tap: string
  readonly switchName: string
  readonly portgroup: string
  readonly mac: string
}

export class BridgePorts implements PortTools {
  /** netem takes one since Linux 6.6; the kvm-node has 6.1. */
  readonly seeds = false
  readonly #host: Host
  readonly #names: DeviceNames

  constructor(host: Host, names: DeviceNames) {
    this.#host = host
    this.#names = names
  }

  async impair({ all, changed }: ImpairmentChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    const taps = this.#taps(wiring, changed)
    const script = taps.map(({ port, tap }) => {
      const conditions = all.find((one) => one.port === port)?.conditions
      return `[ -e /sys/class/net/${tap} ] || { echo ${words(missingMark + port)} >&2; exit 1; }
${goodLink(tap, this.#names)}
${conditions ? badLink(tap, conditions, this.#names) : ''}`
    })
    await runScript(this.#host, script.join('\n'), {
      doing: 'set the conditions of links',
      signal,
      explain: (stderr) => explained(stderr, this.#host.name),
    })
  }

  async capture(request: PortCapture, wiring: Wiring, signal: AbortSignal): Promise<Duplex> {
    const taps = this.#taps(wiring, request.ports)
    const comment = (reason: DropReason, { switchName, portgroup }: TapOf) =>
      commentIn(wiring.switches, { reason, switchName, portgroup })
    return await captureTaps(this.#host, { ...request, taps, comment }, signal)
  }

  /** Those the switches were told first, then those that the rules have learned, then those of filters. */
  async macs(wiring: Wiring, signal: AbortSignal): Promise<readonly SwitchMacs[]> {
    const taps = this.#taps(wiring, undefined)
    const text = await runScript(this.#host, 'nft -j list sets bridge', { doing: 'list MACs', signal })
    const learned = readLearnedSets(text)
    return wiring.switches.map(({ name }) => {
      const here = taps.filter(({ switchName }) => switchName === name)
      const fixed = here.map(({ mac, port }): KnownMac => ({ mac, port, kind: 'static' }))
      const found = (learned.get(this.#names.bridge(name)) ?? []).map(({ device, ...known }): KnownMac => {
        // What no NIC is plugged into is an uplink.
        return { port: here.find(({ tap }) => tap === device)?.port ?? device, ...known }
      })
      return { switchName: name, macs: [...fixed, ...found.toSorted(inOrder)] }
    })
  }

  #taps({ machines }: Wiring, only: readonly string[] | undefined): readonly TapOf[] {
    const all = machines.flatMap(({ machine }) =>
      machine.nics.map(({ name, switchName, portgroup, mac }) => ({
        port: `${machine.name}:${name}`,
        tap: this.#names.tap(machine.name, name),
        switchName,
        portgroup,
        mac,
      })),
    )
    return only ? all.filter(({ port }) => only.includes(port)) : all
  }
}

function inOrder(a: KnownMac, b: KnownMac): number {
  if (a.kind !== b.kind) return a.kind === 'learned' ? -1 : 1
  return (a.ageS ?? 0) - (b.ageS ?? 0)
}

/** As at level 0. A switch, or a group of it, that has gone since is in no need of words. */
function commentIn(
  switches: Wiring['switches'],
  of: { readonly reason: DropReason; readonly switchName: string; readonly portgroup: string },
): string {
  const on = switches.find(({ name }) => name === of.switchName)
  const portgroup = on?.portgroups.find(({ name }) => name === of.portgroup)
  return on ? dropComment(of.reason, on, portgroup) : of.reason
}

const missingMark = 'nestlab-no-tap '
/** The kernel's. */
const noNetemWords = 'Specified qdisc kind is unknown'

function explained(stderr: string, host: string) {
  if (stderr.includes(noNetemWords)) return failQemu('no-netem', { host, reason: lastLines(stderr) })
  const port = new RegExp(`${missingMark}(.*)`).exec(stderr)?.[1]
  return port === undefined
    ? undefined
    : failQemu('machine-not-running', { machine: port.slice(0, port.lastIndexOf(':')) })
}

/** What enters by the tap is led through a device of its own, since netem holds only what leaves. */
export function entryDevice(tap: string): string {
  return `in.${createHash('sha256').update(tap).digest('hex').slice(0, 12)}`
}

/** Repeatable; nothing there is fine. */
function goodLink(tap: string, names: DeviceNames): string {
  return `tc qdisc del dev ${tap} root 2>/dev/null || :
tc qdisc del dev ${tap} ingress 2>/dev/null || :
${removeDevice(names, entryDevice(tap)).join('\n')}`
}

function badLink(tap: string, conditions: LinkConditions, names: DeviceNames): string {
  const netem = netemWords(conditions)
  const entry = entryDevice(tap)
  const out = `tc qdisc replace dev ${tap} root netem ${netem}`
  // Loaded by the kernel itself it would bring two devices that nobody asked for.
  const into = `modprobe ifb numifbs=0 2>/dev/null || :
ip link add ${entry} type ifb
${labelDevice(names, entry)}
ip link set dev ${entry} up
tc qdisc replace dev ${entry} root netem ${netem}
tc qdisc add dev ${tap} ingress
tc filter add dev ${tap} ingress matchall action mirred egress redirect dev ${entry}`
  if (conditions.direction === 'out') return out
  return conditions.direction === 'in' ? into : `${out}\n${into}`
}

/** With a rate, netem keeps the order of frames whose delays vary; this one is beyond every tap. */
const asGoodAsNone = '100gbit'
/** Frames under way in one direction; as many of full size as level 0 has memory for. */
const limitFrames = 10_000

export function netemWords(conditions: LinkConditions): string {
  const {
    delayMs,
    jitterMs,
    lossPercent,
    duplicatePercent,
    reorderPercent,
    corruptPercent,
    rateBitPerS,
    down,
  } = conditions
  const rate = rateBitPerS > 0 ? `${Math.round(rateBitPerS)}bit` : jitterMs > 0 ? asGoodAsNone : undefined
  return [
    `limit ${limitFrames}`,
    ...(delayMs > 0 || jitterMs > 0 ? [`delay ${delayMs}ms ${jitterMs}ms`] : []),
    ...(down || lossPercent > 0 ? [`loss ${down ? 100 : lossPercent}%`] : []),
    ...(duplicatePercent > 0 ? [`duplicate ${duplicatePercent}%`] : []),
    ...(reorderPercent > 0 ? [`reorder ${reorderPercent}%`] : []),
    ...(corruptPercent > 0 ? [`corrupt ${corruptPercent}%`] : []),
    ...(rate ? [`rate ${rate}`] : []),
  ].join(' ')
}
