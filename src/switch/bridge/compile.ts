/**
 * Compiles a switch to the commands that make a Linux bridge behave like it: VLAN filtering, and nftables rules for
 * the rest. They need root, iproute2 and nftables. All can be repeated, and none interrupts what goes on to pass.
 */
import { fail } from '../errors.ts'
import type { SwitchSpec, VlanSpec } from '../spec.ts'
import { portRules, tableRules, withoutPortRules } from './filter.ts'
import { bridgeDeviceName, checkedLink, checkedMac } from './names.ts'
import { type BridgeVlans, bridgeVlans, uplinkVlans, vlanCommands } from './vlans.ts'

export type Argv = readonly string[]

export interface BridgePort {
  readonly portgroup: string
  readonly tapDevice: string
  /** The MAC of the guest's NIC, not of the tap. */
  readonly mac: string
}

/** An uplink with a VLAN of its own, which no other one carries. */
export interface OwnUplink {
  readonly device: string
  readonly vlan: VlanSpec
}

/** Uplinks carry this mark, by which a later run finds those no longer wanted. */
const uplinkMark = 'nestlab-uplink'

/**
 * Multicast is flooded, not left to what guests report. The mask passes on what bridges usually keep to themselves
 * (LLDP, 802.1X); pause frames and LACP, which it must not name, stay behind.
 */
const settings = 'vlan_filtering 1 vlan_default_pvid 0 stp_state 0 mcast_snooping 0 group_fwd_mask 65528'

/**
 * Commands that create the bridge or bring an existing one to `spec`. `uplinkDevices` are the links that serve as
 * its uplinks, the active one first; `own` are further ones.
 */
export function compileBridge(
  spec: SwitchSpec,
  { uplinkDevices, own }: { readonly uplinkDevices: readonly string[]; readonly own: readonly OwnUplink[] },
): Argv[] {
  const bridge = bridgeDeviceName(spec.name)
  const uplinks = uplinkDevices.map(checkedLink)
  const [active, ...standby] = uplinks
  return [
    script([
      `[ -e /sys/class/net/${bridge} ] || ip link add name ${bridge} type bridge ${settings}`,
      quiet(bridge),
      blindToIp,
      batch('ip', [
        `link set dev ${bridge} type bridge ${settings}`,
        `link set dev ${bridge} mtu ${spec.mtu} up`,
      ]),
      nft(
        tableRules(bridge, {
          ...(active !== undefined && { active }),
          standby,
          overlays: own.map(({ device }) => checkedLink(device)),
        }),
      ),
      ...plugged(spec, [
        ...uplinks.map((device) => ({
          device,
          vlans: uplinkVlans(spec.portgroups.map(({ vlan }) => vlan).filter((vlan) => !isOneOf(vlan, own))),
          words: `alias ${uplinkMark}`,
        })),
        ...own.map(({ device, vlan }) => ({ device, vlans: bridgeVlans(vlan), words: '' })),
      ]),
      unplugOthers(bridge, uplinks),
    ]),
  ]
}

/** Commands that plug an existing tap device into a port group, or bring a plugged one to the group's policies. */
export function compilePort(spec: SwitchSpec, port: BridgePort): Argv[] {
  const group = spec.portgroups.find(({ name }) => name === port.portgroup)
  if (!group) throw fail('bridge-name', { what: `a port group of ${spec.name}`, value: port.portgroup })
  const device = checkedLink(port.tapDevice)
  const filtered = { device, mac: checkedMac(port.mac) }
  return [
    script([
      // The rules come first: the port is never open without them.
      nft(portRules(bridgeDeviceName(spec.name), filtered, group)),
      ...plugged(spec, [{ device, vlans: bridgeVlans(group.vlan), words: '' }]),
    ]),
  ]
}

/** Commands that unplug a port and take its rules away; the tap itself goes with its QEMU or `ip link del`. */
export function removePort(spec: SwitchSpec, port: BridgePort): Argv[] {
  const device = checkedLink(port.tapDevice)
  const filtered = { device, mac: checkedMac(port.mac) }
  return [
    script([
      `[ ! -e /sys/class/net/${device} ] || ip link set dev ${device} nomaster`,
      nft(withoutPortRules(bridgeDeviceName(spec.name), filtered)),
    ]),
  ]
}

/** Commands that remove the bridge and all its rules; nothing there is fine. */
export function removeBridge(switchName: string): Argv[] {
  const bridge = bridgeDeviceName(switchName)
  return [
    script([
      `[ ! -e /sys/class/net/${bridge} ] || ip link del dev ${bridge}`,
      nft([`add table bridge ${bridge}`, `delete table bridge ${bridge}`]),
    ]),
  ]
}

/** Where br_netfilter is there, it would judge the IP packets in the frames, and drop those it finds wrong. */
const blindToIp = `for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 > "$file"; done`

function isOneOf(vlan: VlanSpec, own: readonly OwnUplink[]): boolean {
  return own.some((uplink) => JSON.stringify(uplink.vlan) === JSON.stringify(vlan))
}

interface Plug {
  readonly device: string
  readonly vlans: BridgeVlans
  /** Further words for `ip link set`. */
  readonly words: string
}

function plugged(spec: SwitchSpec, plugs: readonly Plug[]): string[] {
  if (plugs.length === 0) return []
  const bridge = bridgeDeviceName(spec.name)
  return [
    ...plugs.map(({ device }) => quiet(device)),
    batch(
      'ip',
      plugs.map(({ device, words }) => `link set dev ${device} mtu ${spec.mtu} ${words} master ${bridge} up`),
    ),
    batch(
      'bridge',
      plugs.flatMap(({ device, vlans }) => [
        `link set dev ${device} learning off flood on mcast_flood on bcast_flood on`,
        ...vlanCommands(device, vlans),
      ]),
    ),
  ]
}

/** Without this the kernel would send its own IPv6 neighbour discovery into the lab. Without IPv6 there is no file. */
function quiet(device: string): string {
  const file = `/proc/sys/net/ipv6/conf/${device}/addr_gen_mode`
  return `[ ! -e ${file} ] || echo 1 > ${file}`
}

function unplugOthers(bridge: string, uplinks: readonly string[]): string {
  const wanted = uplinks.length > 0 ? `${uplinks.join('|')}) ;; ` : ''
  return [
    `for port in /sys/class/net/${bridge}/brif/*; do device="\${port##*/}"`,
    `[ "$(cat "/sys/class/net/$device/ifalias" 2>/dev/null)" = ${uplinkMark} ] || continue`,
    `case "$device" in ${wanted}*) ip link set dev "$device" nomaster alias '' ;; esac; done`,
  ].join('\n')
}

/** One process for all of them; the first that fails ends it. */
function batch(program: 'ip' | 'bridge', lines: readonly string[]): string {
  return `${program} -batch - <<'END'\n${lines.join('\n')}\nEND`
}

/** One transaction: the kernel takes all of it or nothing. */
function nft(statements: readonly string[]): string {
  return `nft -f - <<'END'\n${statements.join('\n')}\nEND`
}

/** One command instead of many: over SSH each would cost a round trip, and under TCG each process 50 ms. */
function script(lines: readonly string[]): Argv {
  return ['sh', '-ec', lines.join('\n')]
}
