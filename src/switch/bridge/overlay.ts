/**
 * Ends of VXLAN tunnels as ports of a bridge. Each end sends what is for all, or for a MAC not known to be behind one
 * peer, to every peer of a fixed list; the kernel's VXLAN device, not the bridge, learns which peer a MAC is behind.
 */
import { fail } from '../errors.ts'
import { bridgeDeviceName, checkedLink } from './names.ts'

/** Addresses are IPv4. */
export interface VxlanEnd {
  readonly vni: number
  /** The hypervisor's own link and address that tunnelled frames leave from. */
  readonly nic: string
  readonly local: string
  readonly peers: readonly string[]
  readonly udpPort: number
  readonly learning: boolean
}

/** The uplink's device: unique in a hypervisor, since a VNI is, and always short enough. */
export function vxlanDevice({ vni }: Pick<VxlanEnd, 'vni'>): string {
  return checkedLink(`vxlan${vni}`)
}

/**
 * A command that makes the devices, before the bridge takes them as uplinks. One that is there already stays, unless
 * something is wanted that the kernel does not change.
 */
export function makeOverlays(ends: readonly VxlanEnd[]): string[][] {
  return ends.length === 0 ? [] : [script(ends.flatMap(makeLines))]
}

function makeLines(end: VxlanEnd): string[] {
  const device = vxlanDevice(end)
  const way = `id ${end.vni} local ${checkedIp(end.local)} dev ${checkedLink(end.nic)}`
  const told = `dstport ${end.udpPort} ${end.learning ? '' : 'nolearning '}ttl 64`
  return [
    `case "$(ip -d -o link show dev ${device} 2>/dev/null)" in *' ${way} '*' ${told} '*) ;; *)`,
    `[ ! -e /sys/class/net/${device} ] || ip link del dev ${device}`,
    `ip link add name ${device} type vxlan ${way} ${told} ;;`,
    'esac',
  ]
}

/**
 * A command that brings the devices on a bridge to the wanted peers, without interrupting the others, and removes those
 * that are not among `ends`. What was learned about a peer that goes is forgotten with it.
 */
export function settleOverlays(switchName: string, ends: readonly VxlanEnd[]): string[][] {
  return [script([...ends.flatMap(pruneLines), ...peerLines(ends), ...dropLines(switchName, ends)])]
}

/** A command that removes all of them; to be run while the bridge is still there. */
export function removeOverlays(switchName: string): string[][] {
  return [script(dropLines(switchName, []))]
}

/** The entry for frames whose MAC no other entry names. */
const toAll = '00:00:00:00:00:00'

function pruneLines(end: VxlanEnd): string[] {
  const device = vxlanDevice(end)
  const wanted = ` ${end.peers.map(checkedIp).join(' ')} `
  return [
    `bridge fdb show dev ${device} | while read -r mac rest; do`,
    `case " $rest" in *' dst '*) ;; *) continue ;; esac`,
    `peer="\${rest#*dst }"; peer="\${peer%% *}"`,
    `case '${wanted}' in *" $peer "*) continue ;; esac`,
    // What was learned may be forgotten between the two commands.
    `bridge fdb del "$mac" dev ${device} dst "$peer" || [ "$mac" != ${toAll} ]`,
    'done',
  ]
}

/** Adding what exists changes nothing. */
function peerLines(ends: readonly VxlanEnd[]): string[] {
  const entries = ends.flatMap((end) =>
    end.peers.map((peer) => `fdb append ${toAll} dev ${vxlanDevice(end)} dst ${checkedIp(peer)}`),
  )
  return entries.length === 0 ? [] : [`bridge -batch - <<'END'\n${entries.join('\n')}\nEND`]
}

/** Also those that no bridge has any more. */
function dropLines(switchName: string, ends: readonly VxlanEnd[]): string[] {
  const wanted =
    ends.length > 0 ? [`case "$device" in ${ends.map(vxlanDevice).join('|')}) continue ;; esac`] : []
  return [
    `for link in /sys/class/net/vxlan*; do device="\${link##*/}"`,
    ...wanted,
    `[ -e /sys/class/net/${bridgeDeviceName(switchName)}/brif/"$device" ] || { [ -e "$link" ] && [ ! -e "$link/master" ]; } || continue`,
    'ip link del dev "$device"; done',
  ]
}

function script(lines: readonly string[]): string[] {
  return ['sh', '-ec', lines.join('\n')]
}

function checkedIp(ip: string): string {
  const octets = ip.split('.')
  const right =
    octets.length === 4 && octets.every((octet) => /^[0-9]{1,3}$/.test(octet) && Number(octet) < 256)
  if (!right) throw fail('bridge-name', { what: 'the IPv4 address', value: ip })
  return ip
}
