/**
 * Makes a NIC of this machine the uplink of a switch: by a tap that QEMU opens, plugged into a bridge. A bridge that
 * the administrator made gets the tap as one port more; any other NIC gets a bridge of ours, as a wire of two ends.
 * A tap that is there already needs neither: QEMU opens it as it is.
 */
import type { UplinkPaths } from '#store'
import { words } from '../script.ts'

/** Answers of the script when it will not do it; `nic-REASON DETAIL`. */
export const nicMark = 'nestlab-nic'

const tapPrefix = 'nlt'
const bridgePrefix = 'nlb'

/** CAP_NET_ADMIN (linux/capability.h) in the mask of effective capabilities. */
const netAdminBit = 12

/** The tap that we make for an uplink. */
export function tapOf(paths: UplinkPaths): string {
  return `${tapPrefix}-${paths.folder}`
}

function bridgeOf(paths: UplinkPaths): string {
  return `${bridgePrefix}-${paths.folder}`
}

/** Lines that end with a `nicMark` when the NIC cannot be made an uplink; they change nothing. */
export function nicCheckScript(nic: string, paths: UplinkPaths): string {
  return `
nic=${words(nic)} bridge=${bridgeOf(paths)}
dev="/sys/class/net/$nic"
refuse() { echo "${nicMark} $*" >&2; exit 1; }
[ -e "$dev" ] || refuse unknown $(ls /sys/class/net)
read -r caps <<END
$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)
END
[ $(( (0x$caps >> ${netAdminBit}) & 1 )) = 1 ] || refuse rights
master=; [ ! -e "$dev/master" ] || { master=$(readlink "$dev/master"); master=\${master##*/}; }
if [ ! -d "$dev/bridge" ]; then
  [ ! -e "$dev/phy80211" ] || refuse wireless
  [ "$nic" != lo ] || refuse loopback
  [ -z "$master" ] || [ "$master" = "$bridge" ] || refuse port "$master"
  addresses=$(ip -o addr show dev "$nic" scope global </dev/null)
  [ -z "$addresses$(ip -o route show default dev "$nic" </dev/null)" ] || refuse addresses
fi`
}

export function nicUpScript(nic: string, paths: UplinkPaths): string {
  return `${nicCheckScript(nic, paths)}
tap=${tapOf(paths)} before=${words(paths.nicBefore)} into=$nic
quiet() { [ ! -e "/proc/sys/net/ipv6/conf/$1/addr_gen_mode" ] || echo 1 > "/proc/sys/net/ipv6/conf/$1/addr_gen_mode"; }
wire() { ip link set dev "$1" type bridge_slave learning off flood on mcast_flood on bcast_flood on </dev/null; }
if [ ! -d "$dev/bridge" ]; then
  into=$bridge
  if [ ! -e "/sys/class/net/$bridge" ]; then
    read -r flags < "$dev/flags"
    mode=-; { read -r mode < "/proc/sys/net/ipv6/conf/$nic/addr_gen_mode"; } 2>/dev/null || :
    [ -e "$before" ] || { echo "$nic $(( flags & 1 )) $mode" > "$before.new"; mv "$before.new" "$before"; }
    ip link add name "$bridge" type bridge stp_state 0 mcast_snooping 0 group_fwd_mask 65528 </dev/null
    quiet "$bridge"
    read -r mtu < "$dev/mtu"
    ip link set dev "$bridge" mtu "$mtu" up </dev/null
  fi
  quiet "$nic"
  [ "$master" = "$bridge" ] || ip link set dev "$nic" master "$bridge" </dev/null
  ip link set dev "$nic" up </dev/null
  wire "$nic"
fi
if [ ! -e "/sys/class/net/$tap" ]; then
  ip tuntap add dev "$tap" mode tap </dev/null
  quiet "$tap"
fi
read -r mtu < "/sys/class/net/$into/mtu"
ip link set dev "$tap" mtu "$mtu" master "$into" up </dev/null
[ "$into" = "$nic" ] || wire "$tap"`
}

/** Takes everything back; each part may be missing, and without links of ours nothing needs a right. */
export function nicDownScript(paths: UplinkPaths): string {
  return `
tap=${tapOf(paths)} bridge=${bridgeOf(paths)} before=${words(paths.nicBefore)}
[ ! -e "/sys/class/net/$tap" ] || ip link del dev "$tap" </dev/null
if [ -e "$before" ]; then
  read -r nic up mode < "$before"
  master=; [ ! -e "/sys/class/net/$nic/master" ] || { master=$(readlink "/sys/class/net/$nic/master"); master=\${master##*/}; }
  if [ "$master" = "$bridge" ]; then
    ip link set dev "$nic" nomaster </dev/null
    [ "$up" = 1 ] || ip link set dev "$nic" down </dev/null
    [ "$mode" = - ] || echo "$mode" > "/proc/sys/net/ipv6/conf/$nic/addr_gen_mode"
  fi
fi
[ ! -e "/sys/class/net/$bridge" ] || ip link del dev "$bridge" </dev/null
rm -f "$before"`
}
