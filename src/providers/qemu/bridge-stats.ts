/** Counters of tap devices and of the drops that nftables counts, read in one round trip. */
import type { Nic } from '#lab'
import type { PortStats } from '../provider.ts'

export interface TapPort {
  readonly machine: string
  readonly nic: Nic
  readonly tap: string
}

/** Shell built-ins only, but for `nft`. */
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
nft list counters 2>/dev/null || :`
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
  return ports.map(({ machine, nic, tap }) => {
    const [carrier = 0, received = 0, sent = 0, queueFull = 0, receivedBytes = 0, sentBytes = 0] =
      rows.get(tap) ?? []
    const dropped = counters.flatMap(([, name = '', packets]): [string, number][] =>
      name.startsWith(`${tap}_`) && packets !== '0' ? [[name.slice(tap.length + 1), Number(packets)]] : [],
    )
    return {
      switchName: nic.switchName,
      portgroup: nic.portgroup,
      port: `${machine}:${nic.name}`,
      connected: carrier === 1,
      received,
      sent,
      receivedBytes,
      sentBytes,
      dropped: Object.fromEntries(queueFull > 0 ? [...dropped, ['TX_QUEUE_FULL', queueFull]] : dropped),
    }
  })
}
