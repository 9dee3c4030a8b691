/** Says before anything is started why this machine's kernel cannot carry the frames of a lab, and what to do. */
import { openLocalHost } from '#host'
import { type LabSwitch, type ResolvedLab, uplinkWords } from '#lab'
import { asksForVlans } from '#switch'

/** One whole sentence with its remedy each. */
export async function kernelLacks(lab: ResolvedLab, signal: AbortSignal): Promise<readonly string[]> {
  const { switches } = lab.top
  const asked = switches.flatMap(uplinksOf)
  const host = openLocalHost()
  const script = checkScript(switches.some(asksForVlans))
  const { stdout } = await host.run(['sh', '-s'], { stdin: script, signal })
  const found = stdout.split('\n').flatMap((line): string[] => {
    const mark = marks.find((one) => one === line)
    return mark ? [texts[mark](switches)] : []
  })
  return [...asked, ...found]
}

function uplinksOf({ name, uplinks }: LabSwitch): string[] {
  return uplinks.map(
    (uplink) =>
      `${name}: the kernel plane has no uplinks yet, and this switch has ${uplinkWords(uplink)}; the switch process has them.`,
  )
}

const marks = [
  'no-ip',
  'no-nft',
  'no-rights',
  'no-tun',
  'no-bridge',
  'no-rules',
  'no-vlans',
  'iptables',
] as const

const texts: Readonly<Record<(typeof marks)[number], (switches: readonly LabSwitch[]) => string>> = {
  'no-ip': () => 'The programs ip and bridge are not there. `apt install iproute2` brings them.',
  'no-nft': () => 'The program nft is not there. `apt install nftables` brings it.',
  'no-rights': () =>
    'It takes the right to change networks (CAP_NET_ADMIN). `sudo nestlab up --switch kernel` has it.',
  'no-tun': () => '/dev/net/tun is not there. `sudo modprobe tun` brings it.',
  'no-bridge': () =>
    'The kernel has no bridges. `sudo modprobe bridge` loads them, where its packager built them.',
  'no-rules': () =>
    'The kernel has no nftables for bridges. `sudo modprobe nf_tables_bridge` loads them, where its packager built them.',
  'no-vlans': (switches) =>
    `${vlanUsers(switches).join(', ')}: the bridges of this kernel do not tell VLANs apart (CONFIG_BRIDGE_VLAN_FILTERING is off). Without VLANs in these port groups, or with another kernel, it works.`,
  iptables: () =>
    `iptables judges what crosses bridges here, and would drop frames of the lab. \`sudo sysctl -w ${judges.map((name) => `net.bridge.${name}=0`).join(' ')}\` ends that for all bridges of this machine (those of containers too).`,
}

const judges = ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables', 'bridge-nf-call-arptables']

function vlanUsers(switches: readonly LabSwitch[]): string[] {
  return switches.flatMap(({ name, portgroups }) =>
    portgroups.filter(({ vlan }) => vlan.mode !== 'none').map((group) => `${name}/${group.name}`),
  )
}

/** CAP_NET_ADMIN (linux/capability.h) in the mask of effective capabilities. */
const netAdminBit = 12

/**
 * Prints a mark for each thing that is wanting. What only a try can tell is tried in a network namespace that ends
 * with the script; where there can be none, the first real command will tell.
 */
function checkScript(withVlans: boolean): string {
  return `
can() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]; }
can ip && can bridge || echo no-ip
can nft || echo no-nft
caps=$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)
[ $(( (0x$caps >> ${netAdminBit}) & 1 )) = 1 ] || { echo no-rights; exit 0; }
[ -e /dev/net/tun ] || echo no-tun
for name in ${judges.join(' ')}; do
  value=0; { read -r value < "/proc/sys/net/bridge/$name"; } 2>/dev/null || :
  [ "$value" = 0 ] || { echo iptables; break; }
done
can ip && can nft && unshare -n true 2>/dev/null || exit 0
unshare -n sh -s <<'END'
ip link add name probe type bridge 2>/dev/null || { echo no-bridge; exit 0; }
nft add table bridge probe 2>/dev/null && nft 'add chain bridge probe in { type filter hook prerouting priority -200; }' 2>/dev/null || echo no-rules
${withVlans ? 'ip link set dev probe type bridge vlan_filtering 1 2>/dev/null || echo no-vlans' : ''}
END
`
}
