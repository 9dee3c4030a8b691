/** Counters of tap devices, and of the drops that nftables and bad links count, read in one round trip. */
import type { Nic } from '#lab'
import type { PortStats } from '../provider.ts'
import { entryDevice } from './bridge-ports.ts'

export interface TapPort {
  readonly machine: string
  readonly nic: Nic
  readonly tap: string
}

/** Shell built-ins only, but for `nft` and `tc`. */
export function statsScript(taps: readonly string[]): string {
  return `
for t in ${taps.join(' ')}; do
  d=/sys/class/net/$t; c=0; r=0; s=0; q=0; i=0; o=0
  [ -e "$d" ] || continue
  { read -r c < "$d/carrier"; } 2>/dev/null || :
  read -r r < "$d/statistics/rx_packets"; read -r s < "$d/statistics/tx_packets"
  read -r q < "$d/statistics/tx_dropped"
  read -r i < "$d/statistics/rx_bytes"; read -r o < "$d/statistics/tx_bytes"
  echo "tap $t $c $r $s $q $i $o"
done
nft list counters 2>/dev/null || :
tc -s qdisc show 2>/dev/null || :`
}

/** What the guest sends is what the tap receives. */
export function readPortCounters(ports: readonly TapPort[], text: string): readonly PortStats[] {
  const rows = new Map(
    text.split('\n').flatMap((line) => {
      const [kind, tap, ...numbers] = line.split(' ')
      return kind === 'tap' && tap ? [[tap, numbers.map(Number)] as const] : []
    }),
  )
  const counters = [...text.matchAll(/counter "?drop_([^\s"]+)"? \{\s*packets (\d+)/g)]
  const lost = lostByDevice(text)
  return ports.map(({ machine, nic, tap }) => {
    const [carrier = 0, received = 0, sent = 0, queueFull = 0, receivedBytes = 0, sentBytes = 0] =
      rows.get(tap) ?? []
    const dropped = counters.flatMap(([, name = '', packets]): [string, number][] =>
      name.startsWith(`${tap}_`) && packets !== '0' ? [[name.slice(tap.length + 1), Number(packets)]] : [],
    )
    const impaired = (lost.get(tap) ?? 0) + (lost.get(entryDevice(tap)) ?? 0)
    const besides = { TX_QUEUE_FULL: queueFull, IMPAIRED_LOSS: impaired }
    const counted = Object.entries(besides).filter(([, frames]) => frames > 0)
    return {
      switchName: nic.switchName,
      portgroup: nic.portgroup,
      port: `${machine}:${nic.name}`,
      connected: carrier === 1,
      received,
      sent,
      receivedBytes,
      sentBytes,
      dropped: Object.fromEntries([...dropped, ...counted]),
    }
  })
}

/** What netem dropped, by chance or because too much was under way: it tells no difference. */
function lostByDevice(text: string): ReadonlyMap<string, number> {
  const found = text.matchAll(/^qdisc netem \S+ dev (\S+) .*\n\s*Sent .*\(dropped (\d+)/gm)
  return new Map([...found].map(([, device = '', frames]) => [device, Number(frames)]))
}
