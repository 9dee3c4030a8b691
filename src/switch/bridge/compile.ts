/**
 * Compiles a switch to the commands that make a Linux bridge behave like it: VLAN filtering, and nftables rules for
 * the rest. They need root, iproute2 and nftables. All can be repeated, and none interrupts what goes on to pass.
 */
import { dropLogPattern } from './drop-log.ts'
import { bridgeDeviceName, checkedLink } from './names.ts'
import { asksForVlans, type BridgePlan, type BridgePort, deviceOf, planned } from './plan.ts'
import { tableStatements, withoutPort } from './table.ts'
import { type BridgeVlans, bridgeVlans, uplinkVlans, vlanCommands } from './vlans.ts'

export type Argv = readonly string[]

/** Uplinks carry this mark, by which a later run finds those no longer wanted. */
const uplinkMark = 'nestlab-uplink'

/**
 * Multicast is flooded, not left to what guests report. The mask passes on what bridges usually keep to themselves
 * (LLDP, 802.1X); pause frames and LACP, which it must not name, stay behind.
 */
const settings = 'stp_state 0 mcast_snooping 0 group_fwd_mask 65528'
const filtering = 'vlan_filtering 1 vlan_default_pvid 0'

/** Commands that create the bridge or bring an existing one, and those of its ports that are there, to the plan. */
export function compileBridge(plan: BridgePlan): Argv[] {
  const { spec, ports } = plan
  const bridge = deviceOf(plan)
  const uplinks = uplinkPlugs(plan)
  const all = filtersVlans(plan) ? `${filtering} ${settings}` : settings
  const bridgeItself = [
    `link set dev ${bridge} type bridge ${all}`,
    `link set dev ${bridge} mtu ${spec.mtu} up`,
  ]
  const taps = ports.map((port) => portPlug(plan, port))
  return [
    script([
      `[ -e /sys/class/net/${bridge} ] || ip link add name ${bridge} type bridge ${all}`,
      quiet(bridge),
      ...(filtersVlans(plan) ? [] : [unfiltered(bridge)]),
      ...(plan.shared ? [] : [blindToIp]),
      ...rules(plan),
      ...plugged(bridge, { always: uplinks, ifThere: taps, also: bridgeItself }),
      unplugOthers(
        bridge,
        [...uplinks, ...taps].map(({ device }) => device),
      ),
    ]),
  ]
}

function filtersVlans({ spec, shared }: BridgePlan): boolean {
  return !shared || asksForVlans(spec)
}

/** Kernels without VLAN filtering have no such files. The kernel lets nobody change the second one while it filters. */
function unfiltered(bridge: string): string {
  const file = `/sys/class/net/${bridge}/bridge`
  return `[ ! -e ${file}/vlan_filtering ] || { echo 0 > ${file}/vlan_filtering; echo 0 > ${file}/default_pvid; }`
}

function uplinkPlugs({ spec, uplinks }: BridgePlan): Plug[] {
  const taken = uplinks.flatMap(({ vlan }) => vlan ?? [])
  const shared = uplinkVlans(
    spec.portgroups.map(({ vlan }) => vlan),
    taken,
  )
  return uplinks.map(({ device, vlan }) => ({
    device,
    mtu: spec.mtu,
    vlans: vlan ? bridgeVlans(vlan) : shared,
    words: vlan ? '' : `alias ${uplinkMark}`,
  }))
}

/** Commands that plug existing tap devices of the plan into their port groups, and tell the other ports. */
export function compilePorts(plan: BridgePlan, ports: readonly BridgePort[]): Argv[] {
  const always = ports.map((port) => portPlug(plan, port))
  return [
    script([
      // The rules come first: no port is ever open without them.
      ...rules(plan),
      ...plugged(deviceOf(plan), { always }),
    ]),
  ]
}

/** A command that brings the rules of all ports to the plan, and plugs none. */
export function compileRules(plan: BridgePlan): Argv {
  return script(rules(plan))
}

/** Commands that unplug ports; the taps go with their QEMU or `ip link del`. The plan is that without them. */
export function removePorts(plan: BridgePlan, ports: readonly BridgePort[]): Argv[] {
  const before = planned({ ...plan, ports, uplinks: [] })
  return [
    script([
      ...before.ports.map(
        ({ device }) => `[ ! -e /sys/class/net/${device} ] || ip link set dev ${device} nomaster`,
      ),
      ...rules(
        plan,
        before.ports.flatMap((one) => withoutPort(before.table, one)),
      ),
    ]),
  ]
}

/** Commands that remove the bridge and all its rules; nothing there is fine. */
export function removeBridge(switchName: string): Argv[] {
  const bridge = bridgeDeviceName(switchName)
  return [script([`[ ! -e /sys/class/net/${bridge} ] || ip link del dev ${bridge}`, withoutTable(bridge)])]
}

/** A command that removes all rules of a bridge, by its link's name; nothing there is fine. */
export function removeRules(bridge: string): Argv {
  return script([withoutTable(checkedLink(bridge))])
}

const withoutTable = (table: string) => nft([`add table bridge ${table}`, `delete table bridge ${table}`])

/** Where br_netfilter is there, it would judge the IP packets in the frames, and drop those it finds wrong. */
const blindToIp = `for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 > "$file"; done`

interface Plug {
  readonly device: string
  readonly mtu: number
  /** Undefined where the bridge does not tell VLANs apart. */
  readonly vlans: BridgeVlans | undefined
  /** Further words for `ip link set`. */
  readonly words: string
}

/** The kernel lets through four bytes more than a port's MTU, for a tag that it does not count anyway. */
const tagRoom = 4

function portPlug(plan: BridgePlan, { portgroup, tapDevice }: BridgePort): Plug {
  const { spec } = plan
  const vlan = spec.portgroups.find(({ name }) => name === portgroup)?.vlan ?? { mode: 'none' }
  return {
    device: checkedLink(tapDevice),
    mtu: spec.mtu - tagRoom,
    vlans: filtersVlans(plan) ? bridgeVlans(vlan) : undefined,
    words: '',
  }
}

interface Plugging {
  readonly always: readonly Plug[]
  /** Taps of machines that may not run. */
  readonly ifThere?: readonly Plug[]
  /** Further lines for `ip`. */
  readonly also?: readonly string[]
}

function plugged(bridge: string, { always, ifThere = [], also = [] }: Plugging): string[] {
  const link = ({ device, mtu, words }: Plug) =>
    `link set dev ${device} mtu ${mtu} ${words} master ${bridge} up`
  const way = ({ device, vlans }: Plug) => [
    `link set dev ${device} learning off flood on mcast_flood on bcast_flood on`,
    ...(vlans ? vlanCommands(device, vlans) : []),
  ]
  const lines = (of: (plug: Plug) => readonly string[]) => [
    ...(always.length > 0 ? [here(always.flatMap(of))] : []),
    ...ifThere.map((plug) => `if [ -e /sys/class/net/${plug.device} ]; then\n${here(of(plug))}\nfi`),
  ]
  const plugs = [...always, ...ifThere]
  return [
    ...plugs.map(({ device }) => quiet(device)),
    batch('ip', [here(also), ...lines((plug) => [link(plug)])]),
    ...(plugs.length > 0 ? [batch('bridge', lines(way))] : []),
  ]
}

/** Without this the kernel would send its own IPv6 neighbour discovery into the lab. Without IPv6 there is no file. */
function quiet(device: string): string {
  const file = `/proc/sys/net/ipv6/conf/${device}/addr_gen_mode`
  return `[ ! -e ${file} ] || echo 1 > ${file}`
}

/** Uplinks of before that are no port any more. */
function unplugOthers(bridge: string, ports: readonly string[]): string {
  const wanted = ports.length > 0 ? `${ports.join('|')}) ;; ` : ''
  return [
    `for port in /sys/class/net/${bridge}/brif/*; do device="\${port##*/}"`,
    `[ "$(cat "/sys/class/net/$device/ifalias" 2>/dev/null)" = ${uplinkMark} ] || continue`,
    `case "$device" in ${wanted}*) ip link set dev "$device" nomaster alias '' ;; esac; done`,
  ].join('\n')
}

/** One process for all lines that `parts` print; the first that fails ends it. */
function batch(program: 'ip' | 'bridge', parts: readonly string[]): string {
  return `{\n${parts.filter(Boolean).join('\n')}\n} | ${program} -batch -`
}

/** The shell itself prints them: `cat` would be a process. */
function here(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}`
}

function rules(plan: BridgePlan, also: readonly string[] = []): string[] {
  const statements = [...tableStatements(planned(plan)), ...also]
  return plan.logGroup === undefined ? [nft(statements)] : [logReady, nft(statements, 'nft_where_it_logs')]
}

/** There when the kernel can tell programs what rules log. */
const kernelLog = '/proc/net/netfilter/nfnetlink_log'

/** Rules without the words for the log do the same, where the kernel has none. */
const logReady = `[ -e ${kernelLog} ] || modprobe -a nft_log nfnetlink_log 2>/dev/null || :
nft_where_it_logs() { if [ -e ${kernelLog} ]; then nft -f -; else sed 's/${dropLogPattern}//' | nft -f -; fi; }`

/** One transaction: the kernel takes all of it or nothing. */
function nft(statements: readonly string[], how = 'nft -f -'): string {
  return `${how} <<'END'\n${statements.join('\n')}\nEND`
}

/** One command instead of many: over SSH each would cost a round trip, and under TCG each process 50 ms. */
function script(lines: readonly string[]): Argv {
  return ['sh', '-ec', lines.join('\n')]
}
